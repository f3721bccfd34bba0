//! A member of a chain: a component that exports `wasi:http/handler`.

use std::borrow::Cow;

use wasmparser::{Parser, Validator, WasmFeatures};

use super::name::{self, CLIENT, HANDLER, INCOMING_HANDLER, InterfaceName, ORIGIN};
use crate::component;
use crate::diagnostic::{Code, Diagnostic, Place, Result, codes};
use crate::extern_names::ExternNames;
use crate::panics::catch_panic;
use crate::undecodable::{self, Undecodable};

/// A member of a chain, or what a member's side calls go to.
#[derive(Clone, Debug)]
pub struct Member {
    name: String,
    place: Option<Place>,
    pub(super) component: Vec<u8>,
    pub(super) handler: InterfaceName,
    pub(super) next_hop: Option<InterfaceName>,
    pub(super) client: Option<InterfaceName>,
    imports: Vec<String>,
}

impl Member {
    /// Reads a member: a component, or a core module that says which world it was made for, both as
    /// binary or as text. The name is what messages, plans and split imports call it by.
    ///
    /// # Errors
    ///
    /// A name that isn't kebab case; and what is no member: what [`component::encode`] refuses, a WIT
    /// package, a component of WASI 0.2, one without a handler, one with two next hops.
    pub fn new(name: impl Into<String>, wasm: &[u8]) -> Result<Self> {
        let name = name.into();
        if !name::is_kebab_case(&name) {
            return Err(Diagnostic::error(
                codes::MEMBER_NAME,
                format!("`{name}` is no name for a member"),
            )
            .help("names are lower case, words joined by hyphens: `auth`, `rate-limit`")
            .into());
        }
        let component = component_of(wasm)?;
        let outside = ExternNames::of(&component)?;
        let handler = handler(&outside)?;
        let next_hop = next_hop(&outside)?;
        Ok(Member {
            name,
            place: None,
            handler,
            next_hop,
            client: find(&outside.imports, CLIENT),
            imports: outside.imports,
            component,
        })
    }

    /// Where the member came from, for messages.
    #[must_use]
    pub fn from_place(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// What messages call it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The component, in binary form.
    pub fn component(&self) -> &[u8] {
        &self.component
    }

    /// The import that the following member is linked to: `wasi:http/origin`, or `wasi:http/handler`
    /// of a middleware; none for a service.
    pub fn next_hop(&self) -> Option<&InterfaceName> {
        self.next_hop.as_ref()
    }

    /// The import that side calls go through, if there is one.
    pub fn client(&self) -> Option<&InterfaceName> {
        self.client.as_ref()
    }

    /// What the component imports, by name: `wasi:cli/environment@0.3.0`.
    pub fn imports(&self) -> impl Iterator<Item = &str> {
        self.imports.iter().map(String::as_str)
    }

    /// An error about this member, at its place.
    pub(super) fn error(&self, code: Code, message: String) -> Diagnostic {
        let error = Diagnostic::error(code, message);
        match &self.place {
            Some(place) => error.at(place.clone()),
            None => error,
        }
    }
}

/// The component itself, or the one that a core module makes.
fn component_of(wasm: &[u8]) -> Result<Vec<u8>> {
    let binary = component::binary(wasm)?;
    if Parser::is_core_wasm(&binary) {
        return component::encode(&binary, &[]);
    }
    if !Parser::is_component(&binary) {
        return Err(component::not_wasm().into());
    }
    if component::holds_types_only(&binary) {
        return Err(Diagnostic::error(
            codes::WIT_PACKAGE,
            "this is a WIT package: types, and nothing that runs",
        )
        .help("name the component that implements one of its worlds")
        .into());
    }
    let undecodable = undecodable::find(&binary).map(|why| match why {
        Undecodable::PackageCycle(package) => {
            format!("package `{package}` of the component's types depends on itself")
        }
        Undecodable::TooDeep(what) => format!("the component's types can't be read: {what}"),
    });
    if let Some(message) = undecodable {
        return Err(Diagnostic::error(codes::DAMAGED_WASM, message)
            .help("build the component again")
            .into());
    }
    let validated = catch_panic(|| {
        let mut validator = Validator::new_with_features(WasmFeatures::all());
        let result = validator.validate_all(&binary).map(drop);
        result.map_err(|error| error.message().to_owned())
    });
    if let Err(why) = validated.unwrap_or_else(|panic| Err(panic.to_string())) {
        let message = format!("the component is not valid: {why}");
        return Err(Diagnostic::error(codes::DAMAGED_WASM, message)
            .help("was it copied or written only in part? build it again")
            .into());
    }
    Ok(binary.into_owned())
}

/// Returns the handler that a component exports.
fn handler(names: &ExternNames) -> Result<InterfaceName> {
    if let Some(handler) = find(&names.exports, HANDLER) {
        return Ok(handler);
    }
    if let Some(incoming) = find(&names.exports, INCOMING_HANDLER) {
        return Err(Diagnostic::error(
            codes::WASI_0_2,
            format!("the component is one of WASI 0.2: it exports `{incoming}`"),
        )
        .help(format!(
            "chains are of WASI 0.3, whose components export `{HANDLER}`; build it for 0.3"
        ))
        .into());
    }
    let exports: Vec<_> = names.exports.iter().map(|name| format!("`{name}`")).collect();
    let exports: Cow<'_, str> = match exports.as_slice() {
        [] => "exports no interface".into(),
        exports => format!("exports {}", exports.join(", ")).into(),
    };
    Err(Diagnostic::error(
        codes::NO_HANDLER,
        format!("the component has no `{HANDLER}`: it {exports}"),
    )
    .help("a member of a chain is a service, a proxy or a middleware of wasi:http 0.3")
    .into())
}

/// Returns the next hop that a component imports, if it does.
fn next_hop(names: &ExternNames) -> Result<Option<InterfaceName>> {
    match (find(&names.imports, ORIGIN), find(&names.imports, HANDLER)) {
        (Some(origin), Some(handler)) => Err(Diagnostic::error(
            codes::TWO_NEXT_HOPS,
            format!("the component imports two next hops: `{origin}` and `{handler}`"),
        )
        .help("a proxy imports `origin`, a middleware imports `handler`; give it one of them")
        .into()),
        (origin, handler) => Ok(origin.or(handler)),
    }
}

fn find(names: &[String], path: &str) -> Option<InterfaceName> {
    let mut names = names.iter().map(|name| InterfaceName::parse(name));
    names.find(|name| name.path == path)
}
