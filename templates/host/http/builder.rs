//! A component and its peers, put together.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::Extensions;
use wasmtime::Engine;
use wasmtime::component::Linker;
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi_http::handler::ProxyHandler;
use wasmtime_wasi_http::p3::bindings::ServicePre;

use super::error::{BuildError, BuildErrorKind};
use super::instances::{Instances, Reuse, Setup};
use super::limits::{self, Limits};
use super::linking::{self, Peer};
use super::upstream::AnyUpstream;
use super::{Denied, Source, State, Upstream, members, world};

type Link = Box<dyn FnOnce(&mut Linker<State>) -> wasmtime::Result<()>>;

/// What a [`{{ glue.type_name }}`](super::{{ glue.type_name }}) is made of.
///
/// ```ignore
/// let {{ glue.module_name }} = builder
///     .client(HttpUpstream::to_target())
///     .on_failure(|error| eprintln!("{error:?}"))
///     .build()?;
/// ```
pub struct Builder<'a> {
    engine: &'a Engine,
    source: Source<'a>,
{%- for hop in glue.hops %}
    {{ hop.kind.name }}: Option<Arc<dyn AnyUpstream>>,
{%- endfor %}
    /// Side calls of members whose imports are their own.
    members: BTreeMap<String, Arc<dyn AnyUpstream>>,
    links: Vec<Link>,
    setup: Setup,
}

impl<'a> Builder<'a> {
    pub(super) fn new(engine: &'a Engine, source: Source<'a>) -> Self {
        Builder {
            engine,
            source,
{%- for hop in glue.hops %}
            {{ hop.kind.name }}: {% if hop.kind.is_side_call %}Some(Arc::new(Denied)){% else %}None{% endif %},
{%- endfor %}
            members: BTreeMap::new(),
            links: Vec::new(),
            setup: Setup::default(),
        }
    }
{%- for hop in glue.hops %}

    /// {% if hop.kind.is_side_call %}Side calls{% else %}The next hop{% endif %}: what answers requests to `{{ hop.id }}`.
    ///
    /// {% if hop.kind.is_side_call %}They are [`Denied`] unless this is called.{% else %}A component that imports it is not built without.{% endif %}
    ///
    /// ```ignore
    /// builder.{{ hop.kind.name }}({% if hop.kind.is_side_call %}HttpUpstream::to_target(){% else %}HttpUpstream::new("http://127.0.0.1:3000".parse()?){% endif %})
    /// ```
    pub fn {{ hop.kind.name }}(mut self, upstream: impl Upstream) -> Self {
        self.{{ hop.kind.name }} = Some(Arc::new(upstream));
        self
    }
{%- endfor %}
{%- for hop in glue.hops %}{% if hop.kind.is_side_call %}

    /// Side calls of one member of a chain that was composed with split imports; those of the others go where
    /// [`Builder::{{ hop.kind.name }}`] says.
    ///
    /// ```ignore
    /// builder.member_{{ hop.kind.name }}("gate", HttpUpstream::to_target())
    /// ```
    pub fn member_{{ hop.kind.name }}(mut self, member: &str, upstream: impl Upstream) -> Self {
        self.members.insert(member.to_owned(), Arc::new(upstream));
        self
    }
{%- endif %}{% endfor %}

    /// What each instance has of WASI: output, environment, clocks, random numbers.
    ///
    /// Unless this is called, output is lost and the environment is empty.
    ///
    /// ```ignore
    /// use wasmtime_wasi::WasiCtx;
    ///
    /// builder.wasi(|| WasiCtx::builder().inherit_stderr().build())
    /// ```
    pub fn wasi(mut self, context: impl Fn() -> WasiCtx + Send + Sync + 'static) -> Self {
        self.setup.wasi = Box::new(context);
        self
    }

    /// What one member of a chain that was composed with split imports has of `wasi:cli`: its own output and
    /// environment.
    ///
    /// Up to 32 members can have their own.
    ///
    /// ```ignore
    /// use wasmtime_wasi::WasiCtx;
    ///
    /// builder.member_wasi("gate", || WasiCtx::builder().env("LEVEL", "debug").build())
    /// ```
    pub fn member_wasi(
        mut self,
        member: &str,
        context: impl Fn() -> WasiCtx + Send + Sync + 'static,
    ) -> Self {
        let context = Box::new(context);
        self.setup.members.insert(member.to_owned(), context);
        self
    }

    /// What else each instance has: data for what [`Builder::link`] adds, found there by its type in
    /// [`State::extensions`].
    ///
    /// ```ignore
    /// builder.extensions(|| {
    ///     let mut extensions = http::Extensions::new();
    ///     extensions.insert(String::from("north"));
    ///     extensions
    /// })
    /// ```
    pub fn extensions(mut self, make: impl Fn() -> Extensions + Send + Sync + 'static) -> Self {
        self.setup.extensions = Box::new(make);
        self
    }

    /// How long instances are kept, and for how many requests.
    ///
    /// ```ignore
    /// builder.reuse(Reuse {
    ///     concurrent: 1,
    ///     total: 1,
    ///     ..Reuse::default()
    /// })
    /// ```
    pub fn reuse(mut self, reuse: Reuse) -> Self {
        self.setup.reuse = reuse;
        self
    }

    /// What each instance may use of its host.
    ///
    /// ```ignore
    /// builder.limits(Limits {
    ///     memory: 64 << 20,
    ///     ..Limits::default()
    /// })
    /// ```
    pub fn limits(mut self, limits: Limits) -> Self {
        self.setup.limits = limits;
        self
    }

    /// Is told why an instance ended before its time: of a trap, for one. Those whose requests were
    /// in it see `internal-error`.
    ///
    /// ```ignore
    /// builder.on_failure(|error| eprintln!("{error:?}"))
    /// ```
    pub fn on_failure(mut self, tell: impl Fn(&wasmtime::Error) + Send + Sync + 'static) -> Self {
        self.setup.on_failure = Arc::new(tell);
        self
    }

    /// Gives the component more than its world has.
    ///
    /// ```ignore
    /// builder.link(|linker| wasmtime_wasi::p3::filesystem::add_to_linker(linker))
    /// ```
    pub fn link(
        mut self,
        add: impl FnOnce(&mut Linker<State>) -> wasmtime::Result<()> + 'static,
    ) -> Self {
        self.links.push(Box::new(add));
        self
    }

    /// Compiles the component, if it isn't yet, and checks it against its world and its peers.
    ///
    /// # Errors
    ///
    /// What is wrong with the component, or missing; each [`BuildErrorKind`] says.
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
    pub fn build(self) -> Result<super::{{ glue.type_name }}, BuildError> {
        let source = self.source;
        self.checked()
            .map_err(|kind| BuildError::new(source.file(), kind))
    }
{%- for hop in glue.hops %}{% if hop.kind.is_side_call %}

    fn upstream_of(&self, member: &str) -> Option<Arc<dyn AnyUpstream>> {
        let own = self.members.get(member);
        own.or(self.{{ hop.kind.name }}.as_ref()).cloned()
    }
{%- endif %}{% endfor %}

    fn checked(self) -> Result<super::{{ glue.type_name }}, BuildErrorKind> {
        let Setup { limits, reuse, .. } = &self.setup;
        if let Some(limit) = limits.zero().or(reuse.zero()) {
            return Err(BuildErrorKind::ZeroLimit(limit));
        }
        if self.setup.members.len() > members::OWN {
            return Err(BuildErrorKind::TooManyMembers(members::OWN));
        }
        let component = self.source.compile(self.engine)?;
        limits::keep_time(self.engine).map_err(BuildErrorKind::NoClock)?;
        let ty = component.component_type();
        let exports = ty.exports(self.engine).map(|(name, _)| name.to_owned());
        let exports: Vec<_> = exports.collect();
        if !exports
            .iter()
            .any(|name| world::is_compatible(name, world::HANDLER))
        {
            return Err(BuildErrorKind::NoHandler(exports));
        }

        let imports = ty.imports(self.engine).map(|(name, _)| name.to_owned());
        let imports: Vec<_> = imports.collect();
        let mut linker = Linker::new(self.engine);
        linking::add_wasi(&mut linker).map_err(BuildErrorKind::Link)?;
{%- for hop in glue.hops %}
        let {{ hop.kind.name }} = Peer {
            import: "{{ hop.id }}",
            function: "{{ hop.kind.function }}",
            method: "{{ hop.kind.name }}",
            upstream: self.{{ hop.kind.name }}.clone(),
        };
        {{ hop.kind.name }}.add_to_linker(&mut linker, &imports)?;
{%- endfor %}
        let mut strangers = self.members.clone();
        for import in &imports {
            let Some((member, interface)) = members::split(import) else {
                continue;
            };
            let own = self.setup.members.keys().position(|own| own == member);
            members::add_wasi(&mut linker, import, &interface, own)
                .map_err(BuildErrorKind::Link)?;
{%- for hop in glue.hops %}
            if world::is_compatible(&interface, "{{ hop.id }}") {
{%- if hop.kind.is_side_call %}
                strangers.remove(member);
{%- endif %}
                let own = Peer {
                    import,
                    function: "{{ hop.kind.function }}",
{%- if hop.kind.is_side_call %}
                    method: "member_{{ hop.kind.name }}",
                    upstream: self.upstream_of(member),
{%- else %}
                    method: "{{ hop.kind.name }}",
                    upstream: self.{{ hop.kind.name }}.clone(),
{%- endif %}
                };
                own.add_to_linker(&mut linker, &imports)?;
            }
{%- endfor %}
        }
        if let Some((member, _)) = strangers.pop_first() {
            return Err(BuildErrorKind::NoMember(member));
        }
        let is_extended = !self.links.is_empty();
        for add in self.links {
            add(&mut linker).map_err(BuildErrorKind::Link)?;
        }

        let instance = linker.instantiate_pre(&component);
        let instance = instance.map_err(|error| linking::refused(imports, is_extended, error))?;
        let component = ServicePre::new(instance).map_err(BuildErrorKind::MismatchedHandler)?;
        Ok(super::{{ glue.type_name }} {
            handler: ProxyHandler::new(Instances::new(component, self.setup)),
        })
    }
}
