//! A component of the world, and what it is made of.

use std::error::Error as StdError;

use bytes::Bytes;
use http::Extensions;
use wasmtime::Engine;
use wasmtime::component::Linker;
use wasmtime_wasi::WasiCtx;

use super::runtime::{
    self, BuildError, ErrorCode, Limits, Request, Response, Reuse, Source, State, Upstream,
};
use super::world::WORLD;

/// A component of the world `{{ glue.world }}` and its peers, at work.
///
/// Clones are cheap, and are the same component. It is an [`Upstream`] itself, and so can be another
/// one's next hop.
///
/// ```ignore
/// let response = {{ glue.module_name }}.handle(request).await?;
/// ```
#[derive(Clone, Debug)]
pub struct {{ glue.type_name }}(runtime::Handler);

impl {{ glue.type_name }} {
    /// Begins with a component: a file's path, what is in the file, or what wasmtime has made of it.
    ///
    /// ```ignore
    /// let builder = {{ glue.type_name }}::builder(&engine, "component.wasm");
    /// ```
    pub fn builder<'a>(engine: &'a Engine, component: impl Into<Source<'a>>) -> Builder<'a> {
        Builder::new(engine, component.into())
    }

    /// Gives the component a request, and returns its response as soon as there is one; both bodies
    /// may still run then.
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

/// What a [`{{ glue.type_name }}`] is made of.
///
/// ```ignore
/// let {{ glue.module_name }} = builder
///     .client(HttpUpstream::to_target())
///     .on_failure(|error| eprintln!("{error:?}"))
///     .build()?;
/// ```
pub struct Builder<'a>(runtime::Builder<'a>);

impl<'a> Builder<'a> {
    fn new(engine: &'a Engine, component: Source<'a>) -> Self {
        Builder(runtime::Builder::new(&WORLD, engine, component))
    }
{%- for hop in glue.hops %}

    /// {% if hop.kind.is_side_call %}Side calls{% else %}The next hop{% endif %}: what answers requests to `{{ hop.id }}`.
    ///
    /// {% if hop.kind.is_side_call %}They are [`Denied`](super::Denied) unless this is called.{% else %}A component that imports it is not built without.{% endif %}
    ///
    /// ```ignore
    /// builder.{{ hop.kind.name }}({% if hop.kind.is_side_call %}HttpUpstream::to_target(){% else %}HttpUpstream::new("http://127.0.0.1:3000".parse()?){% endif %})
    /// ```
    pub fn {{ hop.kind.name }}(self, upstream: impl Upstream) -> Self {
        Builder(self.0.upstream("{{ hop.kind.name }}", upstream))
    }
{%- endfor %}
{%- for hop in glue.hops %}{% if hop.kind.is_side_call %}

    /// Side calls of one member of a chain that was composed with split imports; those of the others go where
    /// [`Builder::{{ hop.kind.name }}`] says.
    ///
    /// ```ignore
    /// builder.member_{{ hop.kind.name }}("gate", HttpUpstream::to_target())
    /// ```
    pub fn member_{{ hop.kind.name }}(self, member: &str, upstream: impl Upstream) -> Self {
        Builder(self.0.member_upstream(member, "{{ hop.kind.name }}", upstream))
    }
{%- endif %}{% endfor %}

    /// What each instance has of WASI, as [`runtime::Builder::wasi`].
    ///
    /// ```ignore
    /// builder.wasi(|| wasmtime_wasi::WasiCtx::builder().inherit_stderr().build())
    /// ```
    pub fn wasi(self, context: impl Fn() -> WasiCtx + Send + Sync + 'static) -> Self {
        Builder(self.0.wasi(context))
    }

    /// What one member of a chain has of `wasi:cli`, as [`runtime::Builder::member_wasi`].
    ///
    /// ```ignore
    /// builder.member_wasi("gate", || wasmtime_wasi::WasiCtx::builder().env("LEVEL", "debug").build())
    /// ```
    pub fn member_wasi(
        self,
        member: &str,
        context: impl Fn() -> WasiCtx + Send + Sync + 'static,
    ) -> Self {
        Builder(self.0.member_wasi(member, context))
    }

    /// What else each instance has, as [`runtime::Builder::extensions`].
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

    /// How long instances are kept, and for how many requests.
    ///
    /// ```ignore
    /// builder.reuse(Reuse { concurrent: 1, total: 1, ..Reuse::default() })
    /// ```
    pub fn reuse(self, reuse: Reuse) -> Self {
        Builder(self.0.reuse(reuse))
    }

    /// What each instance may use of its host.
    ///
    /// ```ignore
    /// builder.limits(Limits { memory: 64 << 20, ..Limits::default() })
    /// ```
    pub fn limits(self, limits: Limits) -> Self {
        Builder(self.0.limits(limits))
    }

    /// Is told why an instance ended before its time, as [`runtime::Builder::on_failure`].
    ///
    /// ```ignore
    /// builder.on_failure(|error| eprintln!("{error:?}"))
    /// ```
    pub fn on_failure(self, tell: impl Fn(&wasmtime::Error) + Send + Sync + 'static) -> Self {
        Builder(self.0.on_failure(tell))
    }

    /// Gives the component more than its world has.
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
    /// What is wrong with the component, or missing; each [`BuildErrorKind`](super::BuildErrorKind) says.
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
