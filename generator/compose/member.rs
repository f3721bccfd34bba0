//! A member of a chain: a component that exports `wasi:http/handler`.

use std::borrow::Cow;

use wasmparser::types::Types;
use wasmparser::{Parser, Validator, WasmFeatures};

use super::externs::{ExternNames, Import};
use super::hop::{self, Hop};
use super::identity::Identity;
use super::name::{self, HANDLER, INCOMING_HANDLER, InterfaceName};
use super::renamed;
use crate::component;
use crate::diagnostic::{Code, Diagnostic, Place, Result, codes};
use crate::panics::catch_panic;
use crate::undecodable::{self, Undecodable};

/// A member of a chain, or what a member's side calls go to.
#[derive(Clone, Debug)]
pub struct Member {
    name: String,
    place: Option<Place>,
    identity: Identity,
    pub(super) component: Vec<u8>,
    pub(super) handler: InterfaceName,
    hops: Vec<Hop>,
    pub(super) imports: Vec<Import>,
    pub(super) exports: Vec<String>,
}

impl Member {
    /// Reads a member: a component, or a core module that names its world, both as binary or as text. Messages, plans and split
    /// imports use the name.
    ///
    /// # Errors
    ///
    /// A name that isn't kebab case; and what is no member: what [`component::encode`] refuses, a WIT
    /// package, one without a handler.
    pub fn new(name: impl Into<String>, wasm: &[u8]) -> Result<Self> {
        let name = name.into();
        if !name::is_kebab_case(&name) {
            return Err(Diagnostic::error(
                codes::MEMBER_NAME,
                format!("`{name}` is not a valid name for a member"),
            )
            .help("names are lower case, words joined by hyphens: `auth`, `rate-limit`")
            .into());
        }
        let component = renamed::with_whole_versions(component_of(wasm)?);
        let types = validate(&component)?;
        let ExternNames { imports, exports } = ExternNames::of(&component)?;
        Ok(Member {
            name,
            place: None,
            identity: Identity::of(wasm, &component),
            handler: handler(&exports)?,
            hops: catch_panic(|| hop::find(&imports, &types)).unwrap_or_default(),
            imports,
            exports,
            component,
        })
    }

    /// Where the member came from, for messages.
    #[must_use]
    pub fn from_place(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Sets the package of a registry that the member is, and its fetched version if the reference named one.
    #[must_use]
    pub fn from_package(mut self, package: impl Into<String>, version: Option<String>) -> Self {
        self.identity.package = Some(package.into());
        self.identity.version = version.or(self.identity.version);
        self
    }

    /// By what operators recognize the component.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Its name in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The component, in binary form.
    pub fn component(&self) -> &[u8] {
        &self.component
    }

    /// The imports through which it passes requests on, in the component's order: `wasi:http/origin`, or
    /// `wasi:http/handler` of a middleware, or several of any name; none for a service.
    pub fn next_hops(&self) -> impl Iterator<Item = &Hop> {
        self.hops.iter().filter(|hop| !hop.is_side_call())
    }

    /// The imports through which it makes side calls, in the component's order.
    pub fn side_calls(&self) -> impl Iterator<Item = &Hop> {
        self.hops.iter().filter(|hop| hop.is_side_call())
    }

    /// Whether it is a service of WASI 0.2, which exports `wasi:http/incoming-handler`. No component can contain both such a
    /// service and components that call it: its handler is synchronous and must not block there. A host can run both.
    pub fn is_wasi_0_2(&self) -> bool {
        self.handler.path == INCOMING_HANDLER
    }

    /// Returns the interface that an import is: what its label stands for, or its name.
    pub fn interface_of(&self, import: &str) -> Option<InterfaceName> {
        let import = self.imports.iter().find(|own| own.name == import)?;
        Some(import.interface())
    }

    /// Returns the names of the component's imports: `wasi:cli/environment@0.3.0`.
    pub fn imports(&self) -> impl Iterator<Item = &str> {
        self.imports.iter().map(|import| import.name.as_str())
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
        return Err(crate::decode::not_wasm().into());
    }
    if crate::decode::holds_types_only(&binary) {
        return Err(Diagnostic::error(
            codes::WIT_PACKAGE,
            "the file is a WIT package, which contains types and no code",
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
    Ok(binary.into_owned())
}

/// The types of a component, if it is valid.
fn validate(component: &[u8]) -> Result<Types> {
    let validated = catch_panic(|| {
        let mut validator = Validator::new_with_features(WasmFeatures::all());
        let types = validator.validate_all(component);
        types.map_err(|error| error.message().to_owned())
    });
    validated.unwrap_or_else(|panic| Err(panic.to_string())).map_err(|why| {
        let message = format!("the component is not valid: {why}");
        Diagnostic::error(codes::DAMAGED_WASM, message)
            .help("build it again; it may have been copied or written only in part")
            .into()
    })
}

/// The handler among what a component exports, that of WASI 0.3 if there are several.
fn handler(exports: &[String]) -> Result<InterfaceName> {
    if let Some(handler) = find(exports, HANDLER) {
        return Ok(handler);
    }
    if let Some(incoming) = find(exports, INCOMING_HANDLER) {
        return Ok(incoming);
    }
    let exports: Vec<_> = exports.iter().map(|name| format!("`{name}`")).collect();
    let exports: Cow<'_, str> = match exports.as_slice() {
        [] => "exports no interface".into(),
        exports => format!("exports {}", exports.join(", ")).into(),
    };
    Err(Diagnostic::error(
        codes::NO_HANDLER,
        format!("the component doesn't export `{HANDLER}`: it {exports}"),
    )
    .help("a member of a chain is a service, a proxy or a middleware of wasi:http 0.3")
    .into())
}

fn find(names: &[String], path: &str) -> Option<InterfaceName> {
    let mut names = names.iter().map(|name| InterfaceName::parse(name));
    names.find(|name| name.path == path)
}
