//! A running component of the world, and its builder.

use std::error::Error as StdError;

use bytes::Bytes;
use http::Extensions;
use wasmtime::Engine;
use wasmtime::component::Linker;
use wasmtime_wasi::WasiCtx;

use super::runtime::{
    self, BuildError, CallObserver, ErrorCode, InstanceFailure, Limits, Request, Response, Reuse,
    Source, State, TotalMemory, Upstream,
};
use super::world::WORLD;

/// A running component of the world `{{ glue.world }}`, with its peers.
///
/// Clones are cheap, and are the same component. A component is also an [`Upstream`], so it can be the next hop of another
/// one.
///
/// ```ignore
/// let response = {{ glue.module_name }}.handle(request).await?;
/// ```
#[derive(Clone, Debug)]
pub struct {{ glue.type_name }}(runtime::Handler);

impl {{ glue.type_name }} {
    /// Starts with a component: a file's path, the file's content, or a compiled component.
    ///
    /// ```ignore
    /// let builder = {{ glue.type_name }}::builder(&engine, "component.wasm");
    /// ```
    pub fn builder<'a>(engine: &'a Engine, component: impl Into<Source<'a>>) -> Builder<'a> {
        Builder::new(engine, component.into())
    }

    /// Sends the component a request, and returns its response as soon as its head is complete. Both bodies
    /// may still be on their way.
    ///
    /// # Errors
    ///
    /// As [`runtime::Handler::handle`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, since instances run as tasks of one.
    ///
    /// ```ignore
    /// let response = {{ glue.module_name }}.handle(request).await?;
    /// ```
    pub async fn handle<B>(&self, request: http::Request<B>) -> Result<Response, ErrorCode>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        self.0.handle(request).await
    }
}

impl Upstream for {{ glue.type_name }} {
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, ErrorCode>> + Send {
        self.0.handle(request)
    }
}

/// Builds a [`{{ glue.type_name }}`] from a component and its peers.
///
/// ```ignore
/// let {{ glue.module_name }} = builder
///     .client(HttpUpstream::to_target())
///     .on_failure(|failure| eprintln!("{failure:?}"))
///     .build()?;
/// ```
pub struct Builder<'a>(runtime::Builder<'a>);

impl<'a> Builder<'a> {
    fn new(engine: &'a Engine, component: Source<'a>) -> Self {
        Builder(runtime::Builder::new(&WORLD, engine, component))
    }
{%- for hop in glue.hops %}

    /// Sets {% if hop.is_side_call %}the target of side calls{% else %}the next hop{% endif %}: the upstream that responds to requests to `{{ hop.id }}`.
    ///
    /// {% if hop.is_side_call %}Without it, they are [`Denied`](super::Denied).{% else %}Without it, a component that imports it isn't built.{% endif %}
    ///
    /// ```ignore
    /// builder.{{ hop.name }}({% if hop.is_side_call %}HttpUpstream::to_target(){% else %}HttpUpstream::new("http://127.0.0.1:3000".parse()?){% endif %})
    /// ```
    pub fn {{ hop.name }}(self, upstream: impl Upstream) -> Self {
        Builder(self.0.upstream("{{ hop.name }}", upstream))
    }
{%- endfor %}
{%- for hop in glue.hops %}{% if hop.is_side_call %}

    /// Sets the target of the side calls of one member of a chain that was composed with split imports. Those of the
    /// other members go to that of [`Builder::{{ hop.name }}`].
    ///
    /// ```ignore
    /// builder.member_{{ hop.name }}("gate", HttpUpstream::to_target())
    /// ```
    pub fn member_{{ hop.name }}(self, member: &str, upstream: impl Upstream) -> Self {
        Builder(self.0.member_upstream(member, "{{ hop.name }}", upstream))
    }
{%- endif %}{% endfor %}

    /// Sets the upstream of one import, by its name in the component, as [`runtime::Builder::import_upstream`].
    ///
    /// ```ignore
    /// builder.import_upstream("primary", HttpUpstream::new("http://127.0.0.1:3000".parse()?))
    /// ```
    pub fn import_upstream(self, import: &str, upstream: impl Upstream) -> Self {
        Builder(self.0.import_upstream(import, upstream))
    }

    /// Sets what observes the requests that the component handles, as [`runtime::Builder::observer`].
    ///
    /// ```ignore
    /// builder.observer(())
    /// ```
    pub fn observer(self, observer: impl CallObserver) -> Self {
        Builder(self.0.observer(observer))
    }

    /// Makes and observes the calls of one member of a chain to another, as [`runtime::Builder::member_call`].
    ///
    /// ```ignore
    /// builder.member_call("gate-origin", "stamp-handler", ())
    /// ```
    pub fn member_call(self, import: &str, export: &str, observer: impl CallObserver) -> Self {
        Builder(self.0.member_call(import, export, observer))
    }

    /// Sets the WASI context of each instance, as [`runtime::Builder::wasi`].
    ///
    /// ```ignore
    /// builder.wasi(|_| wasmtime_wasi::WasiCtx::builder().inherit_stderr().build())
    /// ```
    pub fn wasi(self, context: impl Fn(&Extensions) -> WasiCtx + Send + Sync + 'static) -> Self {
        Builder(self.0.wasi(context))
    }

    /// Sets the `wasi:cli` of one member of a chain, as [`runtime::Builder::member_wasi`].
    ///
    /// ```ignore
    /// builder.member_wasi("gate", |_| wasmtime_wasi::WasiCtx::builder().env("LEVEL", "debug").build())
    /// ```
    pub fn member_wasi(
        self,
        member: &str,
        context: impl Fn(&Extensions) -> WasiCtx + Send + Sync + 'static,
    ) -> Self {
        Builder(self.0.member_wasi(member, context))
    }

    /// Sets the extensions of each instance, as [`runtime::Builder::extensions`].
    ///
    /// ```ignore
    /// builder.extensions(|| {
    ///     let mut extensions = http::Extensions::new();
    ///     extensions.insert(String::from("north"));
    ///     extensions
    /// })
    /// ```
    pub fn extensions(self, make: impl Fn() -> Extensions + Send + Sync + 'static) -> Self {
        Builder(self.0.extensions(make))
    }

    /// Sets how long instances are kept, and for how many requests.
    ///
    /// ```ignore
    /// builder.reuse(Reuse { concurrent: 1, total: 1, ..Reuse::default() })
    /// ```
    pub fn reuse(self, reuse: Reuse) -> Self {
        Builder(self.0.reuse(reuse))
    }

    /// Sets what each instance may use of its host.
    ///
    /// ```ignore
    /// builder.limits(Limits { memory: 64 << 20, ..Limits::default() })
    /// ```
    pub fn limits(self, limits: Limits) -> Self {
        Builder(self.0.limits(limits))
    }

    /// Sets a limit on the memory of all instances together, as [`runtime::Builder::total_memory`].
    ///
    /// ```ignore
    /// let memory = TotalMemory::new(4 << 30);
    /// builder.total_memory(&memory)
    /// ```
    pub fn total_memory(self, memory: &TotalMemory) -> Self {
        Builder(self.0.total_memory(memory))
    }

    /// Sets a function that receives the failure of each instance that failed, as [`runtime::Builder::on_failure`].
    ///
    /// ```ignore
    /// builder.on_failure(|failure| eprintln!("{failure:?}"))
    /// ```
    pub fn on_failure(self, report: impl Fn(&InstanceFailure<'_>) + Send + Sync + 'static) -> Self {
        Builder(self.0.on_failure(report))
    }

    /// Adds imports that the component's world doesn't have.
    ///
    /// ```ignore
    /// builder.link(|linker| wasmtime_wasi::p3::filesystem::add_to_linker(linker))
    /// ```
    pub fn link(
        self,
        add: impl FnOnce(&mut Linker<State>) -> wasmtime::Result<()> + 'static,
    ) -> Self {
        Builder(self.0.link(add))
    }

    /// Compiles the component, if it isn't yet, and checks it against its world and its peers.
    ///
    /// # Errors
    ///
    /// An invalid component, or a missing part; [`BuildErrorKind`](super::BuildErrorKind) lists the causes.
    ///
    /// ```ignore
    /// match builder.build() {
    ///     Ok({{ glue.module_name }}) => Some({{ glue.module_name }}),
    ///     Err(error) => {
    ///         eprintln!("error: {error}");
    ///         None
    ///     }
    /// }
    /// ```
    pub fn build(self) -> Result<{{ glue.type_name }}, BuildError> {
        self.0.build().map({{ glue.type_name }})
    }
}
