//! The imports of a component, added to its linker.

use std::collections::BTreeSet;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use http::Method;
use http::uri::PathAndQuery;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Accessor, Component, Linker, Resource};
use wasmtime::{AsContextMut as _, Engine};
use wasmtime_wasi::p3::{cli, clocks, filesystem, random, sockets};
use wasmtime_wasi_http::p3::bindings::http::types::{self, ErrorCode};
use wasmtime_wasi_http::p3::{Request as WasiRequest, Response as WasiResponse};
use wasmtime_wasi_http::{WasiHttp, WasiHttpView as _};

use super::body::Response;
use super::checked_body::Call;
use super::error::BuildErrorKind;
use super::request_handle::RequestHandle;
use super::state::State;
use super::transmission::Transmission;
use super::upstream::AnyUpstream;
use super::world::{World, is_compatible, is_wasi_0_2};
use super::{content_length, messages};

/// Adds the imports of a world that wasmtime or the world's glue implements.
pub(super) fn add_world(linker: &mut Linker<State>, world: &World) -> wasmtime::Result<()> {
    // A world may import a package in several compatible versions, and wasmtime has one for all of them.
    let packages = world
        .wasi
        .iter()
        .map(|id| id.split('@').next().unwrap_or(id));
    for package in packages.collect::<BTreeSet<_>>() {
        match package {
            "wasi:cli" => cli::add_to_linker(linker)?,
            "wasi:clocks" => clocks::add_to_linker(linker)?,
            "wasi:filesystem" => filesystem::add_to_linker(linker)?,
            "wasi:random" => random::add_to_linker(linker)?,
            "wasi:sockets" => sockets::add_to_linker(linker)?,
            _ => {
                let message = format!("wasmtime-wasi doesn't implement the package `{package}`");
                return Err(wasmtime::Error::msg(message));
            }
        }
    }
    types::add_to_linker::<_, WasiHttp>(linker, State::http)?;
    // The glue's own imports use types of interfaces that are linked already.
    linker.allow_shadowing(true);
    hide_asterisks(linker)?;
    (world.link)(linker)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Gives a component a request with the target `*` as one without a path: in this form, the path is empty (RFC 9112,
/// section 3.3).
///
/// wasmtime's setter rejects `*` (wasmtime-wasi-http 48), so a component that copies the path into a new request would fail.
/// A request without a path that has the method OPTIONS is sent with `*`.
fn hide_asterisks(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut types = linker.instance("wasi:http/types@0.3.0")?;
    types.func_wrap(
        "[method]request.get-path-with-query",
        |mut store, (request,): (Resource<WasiRequest>,)| {
            let request = store.data_mut().http().table.get(&request)?;
            let path = request.path_with_query.as_ref().map(PathAndQuery::as_str);
            Ok((path.filter(|path| *path != "*").map(str::to_owned),))
        },
    )
}

/// An import of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Import {
    pub name: String,
    /// The interface that a label stands for; else the name.
    pub interface: String,
}

impl Import {
    /// Returns the imports of a component, in its order.
    pub fn all_of(component: &Component, engine: &Engine) -> Vec<Self> {
        let ty = component.component_type();
        let imports = ty.imports(engine).map(|(name, item)| Import {
            name: name.to_owned(),
            interface: item.implements.unwrap_or(name).to_owned(),
        });
        imports.collect()
    }

    /// Whether the import has a label.
    pub fn is_labelled(&self) -> bool {
        self.name != self.interface
    }
}

impl fmt::Display for Import {
    /// As in WIT: `wasi:http/client@0.3.1002`, or `gate-client: wasi:http/client@0.3.1002`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_labelled() {
            write!(formatter, "{}: {}", self.name, self.interface)
        } else {
            formatter.write_str(&self.name)
        }
    }
}

/// Returns the name of the only function of an instance that a component imports.
pub(super) fn only_function(
    component: &Component,
    engine: &Engine,
    import: &str,
) -> Option<String> {
    let ty = component.component_type();
    let ComponentItem::ComponentInstance(instance) = ty.get_import(engine, import)?.ty else {
        return None;
    };
    let mut functions = instance.exports(engine).filter_map(|(name, item)| {
        matches!(item.ty, ComponentItem::ComponentFunc(_)).then(|| name.to_owned())
    });
    let only = functions.next()?;
    functions.next().is_none().then_some(only)
}

/// The upstream that responds to the requests of one import.
pub(super) struct Route<'a> {
    /// An interface with one function, from a request to a response.
    pub import: &'a str,
    pub function: &'a str,
    /// The builder's method that sets the upstream.
    pub method: String,
    pub upstream: Option<Arc<dyn AnyUpstream>>,
}

impl Route<'_> {
    /// Adds the import to a linker. Without an upstream, this fails if a component with these imports needs one.
    pub fn add_to_linker(
        self,
        linker: &mut Linker<State>,
        imports: &[Import],
    ) -> Result<(), BuildErrorKind> {
        let Some(upstream) = self.upstream else {
            let mut imports = imports.iter();
            return match imports.find(|import| is_compatible(&import.name, self.import)) {
                Some(import) => Err(BuildErrorKind::NoUpstream {
                    import: import.to_string(),
                    method: self.method,
                }),
                None => Ok(()),
            };
        };
        if let Some(why) = upstream.fault() {
            let method = self.method;
            return Err(BuildErrorKind::InvalidUpstream { method, why });
        }
        linker
            .instance(self.import)
            .and_then(|mut instance| {
                instance.func_wrap_concurrent(self.function, move |accessor, (request,)| {
                    let upstream = upstream.clone();
                    Box::pin(async move { Ok((send(accessor, request, &*upstream).await?,)) })
                })
            })
            .map_err(BuildErrorKind::Link)
    }
}

/// Returns why a component with these imports can't be linked. If the linker has been extended, only the first missing
/// import is known: the one that wasmtime names.
pub(super) fn link_error(
    world: &World,
    imports: &[Import],
    is_extended: bool,
    error: wasmtime::Error,
) -> BuildErrorKind {
    let message = error.to_string();
    let is_missing = |import: &&Import| {
        let is_named = message.contains(&format!("`{}`", import.name));
        let is_of_world = world.has_import(&import.name) || world.has_import(&import.interface);
        let is_of_0_2 = is_wasi_0_2(&import.interface);
        !is_of_world && !is_of_0_2 && (!is_extended || is_named)
    };
    let imports: Vec<_> = imports
        .iter()
        .filter(is_missing)
        .map(Import::to_string)
        .collect();
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

/// Sends a request of the component to the upstream, and returns the response to the component.
async fn send(
    accessor: &Accessor<State>,
    request: Resource<WasiRequest>,
    upstream: &dyn AnyUpstream,
) -> wasmtime::Result<Result<Resource<WasiResponse>, ErrorCode>> {
    let Some(permit) = accessor.with(|mut store| store.get().usage().acquire_call()) else {
        return Ok(Err(ErrorCode::ConnectionLimitReached));
    };
    let handled = accessor.with(|mut store| {
        let root = store.as_context_mut().async_call_stack()?.last();
        let tasks = store.get().tasks();
        wasmtime::error::Ok(root.and_then(|root| tasks.request(root)))
    })?;
    let (transmission, transmitted) = Transmission::new();
    let converted = accessor.with(|store| {
        messages::outgoing_request(store, request, transmission.clone(), transmitted)
    })?;
    let mut request = match converted {
        Ok(request) => request,
        Err(code) => return Ok(Err(code)),
    };
    if let Some(inbound) = handled.as_ref().and_then(|handled| handled.inbound.clone()) {
        request.extensions_mut().insert(inbound);
    }
    let method = request.method().clone();
    let handled = handled.map(|handled| handled.request);
    let response = unless_cancelled(handled.as_deref(), upstream.send_boxed(request)).await;
    match response.and_then(|response| checked_response(&method, response)) {
        Ok(response) => {
            let call = Call { permit, handled };
            accessor
                .with(|store| messages::incoming_response(store, &method, response, call))
                .map(Ok)
        }
        Err(code) => {
            transmission.report(Err(code.clone().into()));
            Ok(Err(code))
        }
    }
}

/// Checks and normalizes the head of an upstream's response.
pub(super) fn checked_response(
    method: &Method,
    mut response: Response,
) -> Result<Response, ErrorCode> {
    let status = response.status();
    // RFC 9110, section 15.2: a final response would have to follow. 101 can't be meant, since requests of components
    // have no `Upgrade`.
    if status.is_informational() {
        return Err(ErrorCode::HttpProtocolError);
    }
    content_length::normalize_response(method, status, response.headers_mut())?;
    Ok(response)
}

/// Waits for a response, or until the request that the component handles is cancelled.
pub(super) async fn unless_cancelled(
    handled: Option<&RequestHandle>,
    response: impl Future<Output = Result<Response, ErrorCode>>,
) -> Result<Response, ErrorCode> {
    let Some(handled) = handled else {
        return response.await;
    };
    if handled.is_cancelled() {
        return Err(ErrorCode::ConnectionTerminated);
    }
    let (mut response, mut cancelled) = (pin!(response), pin!(handled.cancelled()));
    poll_fn(|context| {
        if let Poll::Ready(response) = response.as_mut().poll(context) {
            return Poll::Ready(response);
        }
        let cancelled = cancelled.as_mut().poll(context);
        cancelled.map(|()| Err(ErrorCode::ConnectionTerminated))
    })
    .await
}
