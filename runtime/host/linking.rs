//! The imports of a component, added to its linker.

use std::sync::Arc;

use wasmtime::AsContextMut as _;
use wasmtime::component::{Accessor, Linker, Resource};
use wasmtime_wasi::p3::{cli, clocks, filesystem, random, sockets};
use wasmtime_wasi_http::p3::bindings::http::types::{self, ErrorCode};
use wasmtime_wasi_http::p3::{Request as Sent, Response as Received};
use wasmtime_wasi_http::{WasiHttp, WasiHttpView as _};

use super::error::BuildErrorKind;
use super::messages;
use super::state::State;
use super::upstream::AnyUpstream;
use super::whole::Outcome;
use super::world::{World, is_compatible};

/// Adds what wasmtime implements of a world, and what its glue adds.
pub(super) fn add_world(linker: &mut Linker<State>, world: &World) -> wasmtime::Result<()> {
    for package in world.wasi {
        match package.split('@').next() {
            Some("wasi:cli") => cli::add_to_linker(linker)?,
            Some("wasi:clocks") => clocks::add_to_linker(linker)?,
            Some("wasi:filesystem") => filesystem::add_to_linker(linker)?,
            Some("wasi:random") => random::add_to_linker(linker)?,
            Some("wasi:sockets") => sockets::add_to_linker(linker)?,
            _ => {
                let message = format!("`{package}` is no package that wasmtime-wasi implements");
                return Err(wasmtime::Error::msg(message));
            }
        }
    }
    types::add_to_linker::<_, WasiHttp>(linker, State::http)?;
    // What the glue's own imports take types from is there already, and is the same.
    linker.allow_shadowing(true);
    (world.link)(linker)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// What answers the requests that leave by one import.
pub(super) struct Route<'a> {
    /// An interface with one function, from a request to a response.
    pub import: &'a str,
    pub function: &'static str,
    /// The builder's method that sets the upstream.
    pub method: String,
    pub upstream: Option<Arc<dyn AnyUpstream>>,
}

impl Route<'_> {
    /// Adds it to a linker. Without an upstream, it fails if a component with these imports needs one.
    pub fn add_to_linker(
        self,
        linker: &mut Linker<State>,
        imports: &[String],
    ) -> Result<(), BuildErrorKind> {
        let Some(upstream) = self.upstream else {
            let mut imports = imports.iter();
            return match imports.find(|name| is_compatible(name, self.import)) {
                Some(import) => Err(BuildErrorKind::NoUpstream {
                    import: import.clone(),
                    method: self.method,
                }),
                None => Ok(()),
            };
        };
        if let Some(why) = upstream.fault() {
            let method = self.method;
            return Err(BuildErrorKind::InvalidUpstream { method, why });
        }
        let instance = linker.instance(self.import);
        instance
            .and_then(|mut instance| {
                instance.func_wrap_concurrent(self.function, move |accessor, (request,)| {
                    let upstream = upstream.clone();
                    Box::pin(async move { Ok((send(accessor, request, &*upstream).await?,)) })
                })
            })
            .map_err(BuildErrorKind::Link)
    }
}

/// Why a component with these imports can't be linked. Of what an extended linker lacks only the
/// first is known, which is the one that wasmtime names.
pub(super) fn refused(
    world: &World,
    imports: Vec<String>,
    is_extended: bool,
    error: wasmtime::Error,
) -> BuildErrorKind {
    let message = error.to_string();
    let is_missing = |name: &String| {
        !world.has_import(name) && (!is_extended || message.contains(&format!("`{name}`")))
    };
    let imports: Vec<_> = imports.into_iter().filter(is_missing).collect();
    if imports.is_empty() {
        BuildErrorKind::MismatchedImport(error)
    } else {
        BuildErrorKind::MissingImport {
            world: world.name,
            imports,
            error,
        }
    }
}

/// Takes a request from the component to the upstream, and the response back.
async fn send(
    accessor: &Accessor<State>,
    request: Resource<Sent>,
    upstream: &dyn AnyUpstream,
) -> wasmtime::Result<Result<Resource<Received>, ErrorCode>> {
    let Some(call) = accessor.with(|mut store| store.get().usage().call()) else {
        return Ok(Err(ErrorCode::ConnectionLimitReached));
    };
    let inbound = accessor.with(|mut store| {
        let has_any = store.get().tasks().has_any();
        let root = match has_any {
            true => store.as_context_mut().async_call_stack()?.last(),
            false => None,
        };
        let tasks = store.get().tasks();
        wasmtime::error::Ok(root.and_then(|root| tasks.inbound(root)))
    })?;
    let (outcome, transmitted) = Outcome::new();
    let sent = accessor.with(|store| messages::sent(store, request, outcome.clone(), transmitted));
    let mut request = match sent? {
        Ok(request) => request,
        Err(code) => return Ok(Err(code)),
    };
    if let Some(inbound) = inbound {
        request.extensions_mut().insert(inbound);
    }
    let method = request.method().clone();
    let answer = match upstream.send_boxed(request).await {
        // RFC 9110, section 15.2: there would have to be another response. Nobody asked for another
        // protocol: `Upgrade` doesn't leave a component.
        Ok(response) if response.status().is_informational() => Err(ErrorCode::HttpProtocolError),
        answer => answer,
    };
    match answer {
        Ok(response) => {
            let received =
                accessor.with(|store| messages::received(store, &method, response, call));
            received.map(Ok)
        }
        Err(code) => {
            outcome.is(Err(code.clone().into()));
            Ok(Err(code))
        }
    }
}
