//! What a component does wrong, and what its host says of it.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body::Frame;
use http_body_util::StreamBody;
use pretty_assertions::assert_eq;
use testkit_serve::{ENGINE, builder, component, content};
use tokio_stream::wrappers::ReceiverStream;
use wasmtime::Engine;
use wasmtime::component::Component;
use witgen_serve::proxy::{
    Body, BuildError, BuildErrorKind, ErrorCode, Proxy, Request, Reuse, Source, config,
};

fn build_error<'a>(source: impl Into<Source<'a>>) -> BuildError {
    match Proxy::builder(&ENGINE, source).build() {
        Ok(_) => panic!("it was built"),
        Err(error) => error,
    }
}

/// Returns the error of building a component in text form.
fn build_error_of_text(wat: &str) -> BuildError {
    build_error(&wat::parse_str(wat).unwrap())
}

#[test]
fn a_proxy_without_an_origin_is_not_built() {
    let error = build_error(&component("stamp"));
    let BuildErrorKind::NoUpstream { import, method } = error.kind() else {
        panic!("{error:?}");
    };
    assert_eq!(
        (import.as_str(), method.as_str()),
        ("wasi:http/origin@0.3.1002", "origin")
    );
    assert_eq!(
        error.to_string(),
        "the component imports `wasi:http/origin@0.3.1002`, which has no upstream: \
         set one with `Builder::origin`"
    );
}

#[test]
fn a_service_needs_no_origin() {
    builder("hello").build().unwrap();
}

#[test]
fn a_core_module_is_told_from_a_component() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("core.wasm");
    fs::write(&file, b"\0asm\x01\0\0\0").unwrap();
    let error = build_error(file.as_path());
    assert!(
        matches!(error.kind(), BuildErrorKind::CoreModule),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        format!(
            "`{}` is a core module; `witgen component` builds a component from it",
            file.display()
        )
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = build_error(Path::new("no/such.wasm"));
    assert!(
        matches!(error.kind(), BuildErrorKind::Unreadable(_)),
        "{error:?}"
    );
    assert_eq!(error.file(), Some(Path::new("no/such.wasm")));
    assert!(
        error.to_string().starts_with("`no/such.wasm` cannot be read: "),
        "{error}"
    );
}

#[test]
fn what_is_no_wasm_is_refused() {
    for bytes in [&b""[..], b"hello", b"(component)"] {
        let error = build_error(bytes);
        assert!(matches!(error.kind(), BuildErrorKind::NotWasm), "{error:?}");
    }
    for bytes in [&b"\0asm"[..], b"\0asm\x0d\0\x01\0junk"] {
        let error = build_error(bytes);
        assert!(
            matches!(error.kind(), BuildErrorKind::Invalid(_)),
            "{error:?}"
        );
    }
}

#[test]
fn a_component_of_another_world_is_refused_for_what_it_exports() {
    let error = build_error_of_text("(component)");
    assert_eq!(
        error.to_string(),
        "the component exports nothing, but must export `wasi:http/handler@0.3.1002`"
    );
    let older = r#"(component
        (instance $none)
        (export "wasi:http/incoming-handler@0.2.3" (instance $none)))"#;
    let error = build_error_of_text(older);
    assert!(
        matches!(error.kind(), BuildErrorKind::MismatchedHandler(_)),
        "{error:?}"
    );
    for version in ["0.4.0", "0.3.0-rc-2026-01-06", "1.0.0"] {
        let error = build_error_of_text(&format!(
            r#"(component
                (instance $none)
                (export "wasi:http/handler@{version}" (instance $none)))"#
        ));
        assert!(
            matches!(error.kind(), BuildErrorKind::NoHandler { .. }),
            "{error:?}"
        );
    }
}

#[test]
fn a_handler_of_another_shape_is_refused() {
    let error = build_error_of_text(
        r#"(component
            (instance $none)
            (export "wasi:http/handler@0.3.0" (instance $none)))"#,
    );
    assert!(
        matches!(error.kind(), BuildErrorKind::MismatchedHandler(_)),
        "{error:?}"
    );
    assert!(error.to_string().contains("`handle`"), "{error}");
}

/// A component with a `handler`, so far as its name goes, and these imports.
fn importing(imports: &str) -> String {
    format!(
        r#"(component {imports}
            (instance $none)
            (export "wasi:http/handler@0.3.1002" (instance $none)))"#
    )
}

const KEY_VALUE: &str = r#"
    (import "acme:kv/store@1.0.0" (instance (export "get" (func))))
    (import "acme:kv/watch@1.0.0" (instance (export "next" (func))))"#;

#[test]
fn every_import_that_is_missing_is_named() {
    let error = build_error_of_text(&importing(KEY_VALUE));
    let BuildErrorKind::MissingImport { imports, .. } = error.kind() else {
        panic!("{error:?}");
    };
    assert_eq!(*imports, ["acme:kv/store@1.0.0", "acme:kv/watch@1.0.0"]);
    assert_eq!(
        error.to_string(),
        "the component imports `acme:kv/store@1.0.0`, `acme:kv/watch@1.0.0`, which \
         `wasi:http/proxy@0.3.1002` does not have; `Builder::link` adds imports that the host implements"
    );
}

#[test]
fn what_the_embedder_links_is_there() {
    let component = wat::parse_str(importing(KEY_VALUE)).unwrap();
    let builder = Proxy::builder(&ENGINE, &component).link(|linker| {
        let mut store = linker.instance("acme:kv/store@1.0.0")?;
        store.func_wrap("get", |_, (): ()| Ok(()))
    });
    let error = builder.build().expect_err("one is missing");
    let BuildErrorKind::MissingImport { imports, .. } = error.kind() else {
        panic!("{error:?}");
    };
    assert_eq!(*imports, ["acme:kv/watch@1.0.0"]);
}

#[test]
fn an_import_of_another_shape_is_refused_for_it() {
    let client = r#"(import "wasi:http/client@0.3.1002" (instance (export "send" (func))))"#;
    let error = build_error_of_text(&importing(client));
    assert!(
        matches!(error.kind(), BuildErrorKind::MismatchedImport(_)),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("wasi:http/client@0.3.1002"),
        "{error}"
    );
}

#[test]
fn a_component_of_another_engine_is_refused() {
    let other = Engine::new(&config()).unwrap();
    let component = Component::new(&other, wat::parse_str("(component)").unwrap()).unwrap();
    let error = build_error(&component);
    assert!(
        matches!(error.kind(), BuildErrorKind::OtherEngine),
        "{error:?}"
    );
}

#[test]
fn an_engine_without_what_is_needed_says_so() {
    let mut bare = config();
    bare.wasm_component_model_async(false);
    let engine = Engine::new(&bare).unwrap();
    let component = component("hello");
    let error = Proxy::builder(&engine, &component).build().err().unwrap();
    assert!(error.to_string().contains("async"), "{error}");
}

fn to(path: &'static str) -> Request {
    let mut request = Request::default();
    *request.uri_mut() = http::Uri::from_static(path);
    request
}

#[tokio::test]
async fn a_trap_is_an_internal_error_and_the_next_request_is_answered() {
    let failures = Arc::new(Mutex::new(Vec::new()));
    let told = failures.clone();
    let bad = builder("bad")
        .on_failure(move |error| told.lock().unwrap().push(format!("{error:?}")))
        .build()
        .unwrap();
    for _ in 0..3 {
        let code = bad.handle(to("/panic")).await.unwrap_err();
        assert!(matches!(code, ErrorCode::InternalError(_)), "{code}");
        assert!(!code.to_string().contains("wasm backtrace"), "{code}");
        let response = bad.handle(to("/")).await.unwrap();
        assert_eq!(content(response).await, "good\n");
    }
    let failures = failures.lock().unwrap();
    assert_eq!(failures.len(), 3, "{failures:#?}");
    assert!(failures[0].contains("unreachable"), "{}", failures[0]);
}

/// Whether a request that waits for its content is answered, when another one traps meanwhile.
async fn survives_trap(reuse: Reuse) -> bool {
    let bad = builder("bad").reuse(reuse).build().unwrap();
    let (content, frames) = tokio::sync::mpsc::channel(1);
    let body = StreamBody::new(ReceiverStream::new(frames));
    let request = to("/read").map(|_| Body::new(body));
    let waiting = tokio::spawn({
        let bad = bad.clone();
        async move { bad.handle(request).await.is_ok() }
    });
    // When the first piece is taken out of the channel, the request is in its instance.
    let piece = || Ok::<_, ErrorCode>(Frame::data(Bytes::from("piece")));
    content.send(piece()).await.unwrap();
    content.send(piece()).await.unwrap();
    assert!(bad.handle(to("/panic")).await.is_err());
    drop(content);
    waiting.await.unwrap()
}

#[tokio::test]
async fn a_trap_costs_the_requests_of_its_instance_and_no_others() {
    let own = Reuse {
        concurrent: 1,
        total: 1,
        ..Reuse::default()
    };
    assert!(survives_trap(own).await);
    assert!(!survives_trap(Reuse::default()).await);
}

/// Returns the failures that `on_failure` receives while requests are handled in a runtime that then ends.
fn reported_failures(reuse: Reuse) -> Vec<String> {
    let failures: Arc<Mutex<Vec<String>>> = Arc::default();
    let recorded = failures.clone();
    let hello = builder("hello")
        .reuse(reuse)
        .on_failure(move |error| recorded.lock().unwrap().push(error.to_string()))
        .build()
        .unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        for _ in 0..2 {
            let response = hello.handle(Request::default()).await.unwrap();
            assert_eq!(content(response).await, "hello\n");
            // The instance waits for more.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    });
    drop(runtime);
    failures.lock().unwrap().clone()
}

#[test]
fn an_instance_that_waits_when_its_runtime_ends_has_not_failed() {
    assert_eq!(reported_failures(Reuse::default()), Vec::<String>::new());
}

#[test]
fn an_instance_may_be_kept_for_good() {
    let idle = std::time::Duration::MAX;
    let reuse = Reuse {
        idle,
        ..Reuse::default()
    };
    assert_eq!(reported_failures(reuse), Vec::<String>::new());
}
