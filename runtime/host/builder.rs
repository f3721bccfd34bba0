//! A component and its peers, put together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use http::Extensions;
use wasmtime::Engine;
use wasmtime::component::Linker;
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi_http::p3::bindings::ServicePre;

use super::error::{BuildError, BuildErrorKind};
use super::handler::Handler;
use super::instances::{Instances, Reuse, Setup};
use super::limits::Limits;
use super::linking::{self, Route};
use super::source::Source;
use super::state::State;
use super::upstream::{AnyUpstream, Denied, Upstream};
use super::world::{Peer, World, is_compatible};
use super::{clock, members};

type Link = Box<dyn FnOnce(&mut Linker<State>) -> wasmtime::Result<()>>;

/// Upstreams, by the names of their peers.
type Upstreams = BTreeMap<String, Arc<dyn AnyUpstream>>;

/// What a [`Handler`] is made of: what the builder in the glue of each world wraps.
///
/// ```ignore
/// let proxy = builder
///     .client(HttpUpstream::to_target())
///     .on_failure(|error| eprintln!("{error:?}"))
///     .build()?;
/// ```
pub struct Builder<'a> {
    world: &'static World,
    engine: &'a Engine,
    source: Source<'a>,
    upstreams: Upstreams,
    /// Those of members whose imports are their own, by the names of the members.
    members: BTreeMap<String, Upstreams>,
    links: Vec<Link>,
    setup: Setup,
}

impl<'a> Builder<'a> {
    /// Begins with a component of a world: a file's path, what is in the file, or what wasmtime has made of it.
    ///
    /// ```ignore
    /// let builder = runtime::Builder::new(&WORLD, &engine, "component.wasm");
    /// ```
    pub fn new(
        world: &'static World,
        engine: &'a Engine,
        component: impl Into<Source<'a>>,
    ) -> Self {
        Builder {
            world,
            engine,
            source: component.into(),
            upstreams: Upstreams::new(),
            members: BTreeMap::new(),
            links: Vec::new(),
            setup: Setup::default(),
        }
    }

    /// Sets what answers the requests to one of the world's peers.
    ///
    /// Without it, side calls are [`Denied`], and a component that imports a next hop isn't built.
    ///
    /// ```ignore
    /// let builder = runtime::Builder::new(&WORLD, &engine, "component.wasm");
    /// builder.upstream("origin", HttpUpstream::new("http://127.0.0.1:3000".parse()?))
    /// ```
    pub fn upstream(mut self, peer: &str, upstream: impl Upstream) -> Self {
        self.upstreams.insert(peer.to_owned(), Arc::new(upstream));
        self
    }

    /// Sets what answers the requests of one member of a chain that was composed with split imports; those of the others
    /// go where [`Builder::upstream`] says.
    ///
    /// ```ignore
    /// let builder = runtime::Builder::new(&WORLD, &engine, "component.wasm");
    /// builder.member_upstream("gate", "client", HttpUpstream::to_target())
    /// ```
    pub fn member_upstream(mut self, member: &str, peer: &str, upstream: impl Upstream) -> Self {
        let upstreams = self.members.entry(member.to_owned()).or_default();
        upstreams.insert(peer.to_owned(), Arc::new(upstream));
        self
    }

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
    ///     Ok(proxy) => Some(proxy),
    ///     Err(error) => {
    ///         eprintln!("error: {error}");
    ///         None
    ///     }
    /// }
    /// ```
    pub fn build(self) -> Result<Handler, BuildError> {
        let source = self.source;
        self.checked()
            .map_err(|kind| BuildError::new(source.file(), kind))
    }

    fn checked(mut self) -> Result<Handler, BuildErrorKind> {
        self.check_settings()?;
        let component = self.source.compile(self.engine)?;
        clock::start(self.engine).map_err(BuildErrorKind::NoClock)?;
        let ty = component.component_type();
        let exports = ty.exports(self.engine).map(|(name, _)| name.to_owned());
        let exports: Vec<_> = exports.collect();
        let handler = self.world.handler;
        if !exports.iter().any(|name| is_compatible(name, handler)) {
            return Err(BuildErrorKind::NoHandler { handler, exports });
        }

        let imports = ty.imports(self.engine).map(|(name, _)| name.to_owned());
        let imports: Vec<_> = imports.collect();
        let mut linker = Linker::new(self.engine);
        linking::add_world(&mut linker, self.world).map_err(BuildErrorKind::Link)?;
        for peer in self.world.peers {
            let route = Route {
                import: peer.interface,
                function: peer.function,
                method: peer.name.to_owned(),
                upstream: self.upstream_of(peer),
            };
            route.add_to_linker(&mut linker, &imports)?;
        }
        self.add_members(&mut linker, &imports)?;
        let is_extended = !self.links.is_empty();
        for add in self.links.drain(..) {
            add(&mut linker).map_err(BuildErrorKind::Link)?;
        }

        let instance = linker
            .instantiate_pre(&component)
            .map_err(|error| linking::refused(self.world, imports, is_extended, error))?;
        let component = ServicePre::new(instance).map_err(BuildErrorKind::MismatchedHandler)?;
        Ok(Handler::new(Instances::new(component, self.setup)))
    }

    /// Checks what the builder was given, before the component is looked at.
    fn check_settings(&self) -> Result<(), BuildErrorKind> {
        let Setup { limits, reuse, .. } = &self.setup;
        if let Some(limit) = limits.zero().or(reuse.zero()) {
            return Err(BuildErrorKind::ZeroLimit(limit));
        }
        if self.setup.members.len() > members::OWN {
            return Err(BuildErrorKind::TooManyMembers(members::OWN));
        }
        let names = self.members.values().flat_map(BTreeMap::keys);
        let mut names = self.upstreams.keys().chain(names);
        let peers = self.world.peers;
        match names.find(|name| peers.iter().all(|peer| peer.name != name.as_str())) {
            Some(peer) => Err(BuildErrorKind::UnknownPeer {
                world: self.world.name,
                peer: peer.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Adds the imports of members that are their own.
    fn add_members(
        &self,
        linker: &mut Linker<State>,
        imports: &[String],
    ) -> Result<(), BuildErrorKind> {
        let names = self.members.iter().flat_map(|(member, upstreams)| {
            let peers = upstreams.keys();
            peers.map(move |peer| (member.as_str(), peer.as_str()))
        });
        let mut unused: BTreeSet<(&str, &str)> = names.collect();
        for import in imports {
            let Some((member, interface)) = members::split(import) else {
                continue;
            };
            let own = self.setup.members.keys().position(|own| own == member);
            members::add_wasi(linker, import, &interface, own).map_err(BuildErrorKind::Link)?;
            let mut peers = self.world.peers.iter();
            let Some(peer) = peers.find(|peer| is_compatible(&interface, peer.interface)) else {
                continue;
            };
            unused.remove(&(member, peer.name));
            let own = self.members.get(member);
            let own = own.and_then(|upstreams| upstreams.get(peer.name));
            let route = Route {
                import,
                function: peer.function,
                method: if peer.is_side_call {
                    format!("member_{}", peer.name)
                } else {
                    peer.name.to_owned()
                },
                upstream: own.cloned().or_else(|| self.upstream_of(peer)),
            };
            route.add_to_linker(linker, imports)?;
        }
        match unused.pop_first() {
            Some((member, _)) => Err(BuildErrorKind::NoMember(member.to_owned())),
            None => Ok(()),
        }
    }

    /// What answers the requests to a peer, if anything does.
    fn upstream_of(&self, peer: &Peer) -> Option<Arc<dyn AnyUpstream>> {
        let upstream = self.upstreams.get(peer.name).cloned();
        if peer.is_required {
            upstream
        } else {
            upstream.or_else(|| Some(Arc::new(Denied)))
        }
    }
}
