//! `witgen::compose` and the validator agree on what fits.

use pretty_assertions::assert_eq;
use proptest::prelude::*;
use testkit::components::of_wit;
use wasm_encoder::{ComponentBuilder, ComponentExportKind};
use wasmparser::{Validator, WasmFeatures};
use witgen::compose::{Chain, Member};
use witgen::diagnostic::Failure;

/// What stands in an interface of the next hop, or of the handler behind it.
#[derive(Clone, Debug)]
struct Shape {
    parameter: &'static str,
    request: &'static str,
    result: &'static str,
    is_async: bool,
    more: &'static str,
    version: &'static str,
}

fn shape() -> impl Strategy<Value = Shape> {
    use proptest::sample::select;
    (
        select(&["request", "request", "request", "req"][..]),
        select(
            &[
                "request",
                "request",
                "request",
                "borrow<request>",
                "response",
            ][..],
        ),
        select(
            &[
                "result<response, error-code>",
                "result<response, error-code>",
                "result<response>",
                "response",
            ][..],
        ),
        proptest::bool::weighted(0.8),
        select(
            &[
                "",
                "",
                "",
                "more: func();",
                "more: func(x: u8);",
                "type extra = u8;",
            ][..],
        ),
        select(&["0.3.1002", "0.3.1002", "0.3.2", "0.4.0"][..]),
    )
        .prop_map(
            |(parameter, request, result, is_async, more, version)| Shape {
                parameter,
                request,
                result,
                is_async,
                more,
                version,
            },
        )
}

impl Shape {
    /// The package, with an interface of this shape in the place of `handler`.
    fn http(&self, name: &str) -> String {
        let is_async = if self.is_async { "async " } else { "" };
        let Shape {
            parameter,
            request,
            result,
            more,
            version,
            ..
        } = self;
        format!(
            "package wasi:http@{version} {{\n\
             interface types {{ resource request; resource response; variant error-code {{ a, b(u8) }} }}\n\
             interface {name} {{\n\
             use types.{{request, response, error-code}};\n\
             handle: {is_async}func({parameter}: {request}) -> {result};\n{more}\n}}\n}}\n"
        )
    }
}

/// No arguments.
const NOTHING: [(&str, ComponentExportKind, u32); 0] = [];

/// Whether the validator takes an instance of `inner` as the next hop of `outer`. Both get their types
/// from a third component, which has them in one version, under the name that each asks for.
fn validator_links(outer: &[u8], inner: &[u8], shapes: [&Shape; 2]) -> bool {
    let types = of_wit(
        "package test:types;\nworld types { export wasi:http/types@0.3.1002; }\n\
         package wasi:http@0.3.1002 { interface types { resource request; resource response; \
         variant error-code { a, b(u8) } } }",
    );
    let [outer_version, inner_version] = shapes.map(|shape| shape.version);
    let instance = ComponentExportKind::Instance;
    let mut linked = ComponentBuilder::default();
    let types = linked.component_raw(None, &types);
    let types = linked.instantiate(None, types, NOTHING);
    let types = linked.alias_export(types, "wasi:http/types@0.3.1002", instance);
    let types_of = |version| (format!("wasi:http/types@{version}"), instance, types);
    let inner = linked.component_raw(None, inner);
    let inner = linked.instantiate(None, inner, [types_of(inner_version)]);
    let handler = format!("wasi:http/handler@{inner_version}");
    let handler = linked.alias_export(inner, &handler, instance);
    let outer = linked.component_raw(None, outer);
    let origin = (
        format!("wasi:http/origin@{outer_version}"),
        instance,
        handler,
    );
    linked.instantiate(None, outer, [types_of(outer_version), origin]);
    let component = linked.finish();
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    validator.validate_all(&component).is_ok()
}

/// Whether two members of these shapes are linked, by us and by the validator, and what we say.
fn linked(outer: &Shape, inner: &Shape) -> (bool, bool, Option<Failure>) {
    let front = "export wasi:http/handler@";
    let service = of_wit(&format!(
        "package test:inner;\nworld inner {{ {front}{}; }}\n{}",
        inner.version,
        inner.http("handler")
    ));
    // The front of the proxy is asked by nobody.
    let http = outer.http("origin").replace(
        "interface origin",
        "interface handler { f: func(); }\ninterface origin",
    );
    let version = outer.version;
    let proxy = of_wit(&format!(
        "package test:outer;\nworld outer {{ import wasi:http/origin@{version}; {front}{version}; }}\n{http}"
    ));
    let validated = validator_links(&proxy, &service, [outer, inner]);
    let members = [("outer", proxy), ("inner", service)]
        .map(|(name, bytes)| Member::new(name, &bytes).unwrap());
    let composed = Chain::new(members.into()).and_then(|chain| chain.compose());
    // By its front the proxy is none of wasi:http, which is said of what has been linked.
    let error = composed.err();
    let is_linked = error.as_ref().is_none_or(|error| error.code() == "misfit");
    (is_linked, validated, error)
}

#[test]
fn equal_shapes_are_linked_and_others_are_not() {
    let shape = Shape {
        parameter: "request",
        request: "request",
        result: "response",
        is_async: true,
        more: "",
        version: "0.3.1002",
    };
    let older = Shape {
        version: "0.3.2",
        ..shape.clone()
    };
    let other = Shape {
        parameter: "req",
        ..shape.clone()
    };
    for (inner, expected) in [(&shape, true), (&older, true), (&other, false)] {
        let (is_linked, validated, error) = linked(&shape, inner);
        assert_eq!((is_linked, validated), (expected, expected), "{error:?}");
    }
}

proptest! {
    /// But for versions: that 0.3 and 0.4 are not one line is in their names, and not in their types.
    #[test]
    fn members_are_linked_exactly_if_the_validator_accepts_them(outer in shape(), inner in shape()) {
        let (is_linked, validated, error) = linked(&outer, &inner);
        let is_one_line = (outer.version == "0.4.0") == (inner.version == "0.4.0");
        prop_assert_eq!(is_linked, is_one_line && validated, "{:?}\n{:?}\n{:?}", outer, inner, error);
    }
}
