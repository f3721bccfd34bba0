//! Generated host glue that is checked in: it is what witgen makes today, and it works for other
//! worlds than `proxy` too.

use std::path::Path;

use http::Extensions;
use http::StatusCode;
use pretty_assertions::assert_eq;
use testkit::golden::is_blessing;
use testkit_serve::{ENGINE, component};
use wasmtime::component::{Accessor, HasSelf};
use witgen::emit::rust_host::{self, Options};
use witgen::fileset::WriteOptions;
use witgen::source::{Features, Source, load};

mod worlds;
use worlds::edge::imports::place;
use worlds::{edge, middleware, service};

/// A world's glue, and where it stands in this crate.
struct Glue {
    /// A folder of `tests/packages`, or the embedded package.
    package: Option<&'static str>,
    world: &'static str,
    folder: &'static str,
}

const GLUE: &[Glue] = &[
    Glue {
        package: None,
        world: "proxy",
        folder: "src/proxy",
    },
    Glue {
        package: None,
        world: "service",
        folder: "tests/worlds/service",
    },
    Glue {
        package: None,
        world: "middleware",
        folder: "tests/worlds/middleware",
    },
    Glue {
        package: Some("edge"),
        world: "edge",
        folder: "tests/worlds/edge",
    },
    Glue {
        package: Some("pipes"),
        world: "pipes",
        folder: "tests/worlds/pipes",
    },
    Glue {
        package: Some("pipes"),
        world: "labelled",
        folder: "tests/worlds/labelled",
    },
    Glue {
        package: Some("everything"),
        world: "all",
        folder: "tests/worlds/all",
    },
];

/// Rewrites it under `WITGEN_BLESS=1`.
#[test]
fn it_is_up_to_date() {
    let mut findings = Vec::new();
    for glue in GLUE {
        let package = match glue.package {
            Some(name) => testkit_serve::package(name),
            None => load(&Source::Embedded, &Features::default()).unwrap(),
        };
        let world = package.select_world(Some(glue.world)).unwrap();
        let options = Options {
            folder: Some(glue.folder.to_owned()),
            ..Options::default()
        };
        let files = rust_host::render(package, world, &options).unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(glue.folder);
        if is_blessing() {
            files.write(&folder, &WriteOptions::default()).unwrap();
        }
        findings.extend(files.check(&folder).unwrap());
    }
    let findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[tokio::test]
async fn a_service_has_no_origin_to_be_given() {
    let hello = component("hello");
    let hello = service::Service::builder(&ENGINE, &hello).build().unwrap();
    let response = hello.handle(service::Request::default()).await.unwrap();
    assert_eq!(testkit_serve::text(response.into_body()).await, "hello\n");

    let stamp = component("stamp");
    let error = service::Service::builder(&ENGINE, &stamp).build();
    let error = error.expect_err("a proxy is no service");
    assert_eq!(
        error.to_string(),
        "the component imports `wasi:http/origin@0.3.3`, which `wasi:http/service@0.3.3` does not \
         have; if the host has it, `Builder::link` gives it"
    );
}

#[tokio::test]
async fn the_next_hop_of_a_middleware_is_a_handler() {
    let relay = component("relay");
    let error = middleware::Middleware::builder(&ENGINE, &relay).build();
    let error = error.expect_err("it has a next hop");
    assert_eq!(
        error.to_string(),
        "the component imports `wasi:http/handler@0.3.3`, and there is none: \
         `Builder::handler` gives it"
    );
    let relay = middleware::Middleware::builder(&ENGINE, &relay)
        .handler(|_| async {
            let mut response = middleware::Response::new("next".into());
            *response.status_mut() = StatusCode::ACCEPTED;
            Ok(response)
        })
        .build()
        .unwrap();
    let response = relay.handle(middleware::Request::default()).await.unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    assert_eq!(response.headers()["x-relayed"], "1");
    assert_eq!(testkit_serve::text(response.into_body()).await, "next");
}

#[tokio::test]
async fn a_component_of_other_glue_may_be_the_next_hop() {
    let hello = component("hello");
    let hello = service::Service::builder(&ENGINE, &hello).build().unwrap();
    let relay = component("relay");
    let relay = middleware::Middleware::builder(&ENGINE, &relay)
        .handler(middleware::upstream(move |request| {
            let hello = hello.clone();
            async move { hello.handle(request).await }
        }))
        .build()
        .unwrap();
    let response = relay.handle(middleware::Request::default()).await.unwrap();
    assert_eq!(response.headers()["x-relayed"], "1");
    assert_eq!(testkit_serve::text(response.into_body()).await, "hello\n");
}

/// Where a test runs.
#[derive(Clone)]
struct Region(&'static str);

impl place::Host for edge::State {
    async fn region(&mut self) -> wasmtime::Result<String> {
        let region = self.extensions().get::<Region>();
        Ok(region.map_or("nowhere", |region| region.0).to_owned())
    }
}

impl place::HostWithStore<edge::State> for HasSelf<edge::State> {
    async fn distance(
        _: &Accessor<edge::State, Self>,
        to: String,
    ) -> wasmtime::Result<Result<u32, String>> {
        tokio::task::yield_now().await;
        Ok(match to.as_str() {
            "south" => Ok(1200),
            _ => Err("unknown".to_owned()),
        })
    }
}

#[tokio::test]
async fn what_a_world_imports_besides_is_the_embedders() {
    let place = component("place");
    let place = edge::Edge::builder(&ENGINE, &place)
        .origin(|_| async { Ok(edge::Response::default()) })
        .extensions(|| {
            let mut extensions = Extensions::new();
            extensions.insert(Region("north"));
            extensions
        })
        .build()
        .unwrap();
    let response = place.handle(edge::Request::default()).await.unwrap();
    assert_eq!(response.headers()["x-place"], "north, 1200 km");
}
