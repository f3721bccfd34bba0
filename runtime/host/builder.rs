//! Builds a handler from a component and its peers.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::Extensions;
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi_http::handler::ProxyPre;
use wasmtime_wasi_http::p2::bindings::ProxyPre as OldServicePre;
use wasmtime_wasi_http::p3::bindings::ServicePre;

use super::error::{BuildError, BuildErrorKind};
use super::handler::Handler;
use super::instance_failure::InstanceFailure;
use super::instances::{InstanceConfig, Instances, Reuse};
use super::limits::Limits;
use super::linking::{self, Import, Route};
use super::member_calls::{self, CallObserver, MemberCall};
use super::source::Source;
use super::state::State;
use super::total_memory::TotalMemory;
use super::upstream::{AnyUpstream, Denied, Upstream};
use super::world::{Peer, World, is_compatible, is_wasi_0_2};
use super::{clock, members, wasi_0_2};

type Link = Box<dyn FnOnce(&mut Linker<State>) -> wasmtime::Result<()>>;

/// Upstreams, by the names of their peers.
type Upstreams = BTreeMap<String, Arc<dyn AnyUpstream>>;

/// Builds a [`Handler`]. The builder in the glue of each world wraps this one.
///
/// ```ignore
/// let proxy = builder
///     .client(HttpUpstream::to_target())
///     .on_failure(|failure| eprintln!("{failure:?}"))
///     .build()?;
/// ```
pub struct Builder<'a> {
    world: &'static World,
    engine: &'a Engine,
    source: Source<'a>,
    upstreams: Upstreams,
    /// The upstreams of single members, by the names of the members.
    members: BTreeMap<String, Upstreams>,
    /// The upstreams of single imports, by the names that the component has for them.
    imports: Upstreams,
    links: Vec<Link>,
    member_calls: Vec<MemberCall>,
    config: InstanceConfig,
}

impl<'a> Builder<'a> {
    /// Starts with a component of a world: a file's path, the file's content, or a compiled component.
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
            imports: Upstreams::new(),
            links: Vec::new(),
            member_calls: Vec::new(),
            config: InstanceConfig::default(),
        }
    }

    /// Sets the upstream that responds to the requests to one of the world's peers.
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

    /// Sets the upstream of one member of a chain that was composed with split imports. The requests of the other members
    /// go to that of [`Builder::upstream`]. `peer` may also be a label of the member.
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

    /// Sets the upstream of one import, by the component's name for it: a label, or the name of an interface with a
    /// single function from a request to a response. It takes precedence over the upstreams of peers and members.
    ///
    /// ```ignore
    /// let builder = runtime::Builder::new(&WORLD, &engine, "component.wasm");
    /// builder.import_upstream("primary", HttpUpstream::new("http://127.0.0.1:3000".parse()?))
    /// ```
    pub fn import_upstream(mut self, import: &str, upstream: impl Upstream) -> Self {
        self.imports.insert(import.to_owned(), Arc::new(upstream));
        self
    }

    /// Sets what observes the requests that the component handles: in a chain, those that its first member handles.
    ///
    /// ```ignore
    /// let builder = runtime::Builder::new(&WORLD, &engine, "component.wasm");
    /// builder.observer(())
    /// ```
    pub fn observer(mut self, observer: impl CallObserver) -> Self {
        self.config.observer = Some(Arc::new(observer));
        self
    }

    /// Makes the calls of an import to a handler that the component exports, and observes them. Chains that were composed
    /// with observed calls have such imports and exports.
    ///
    /// ```ignore
    /// let builder = runtime::Builder::new(&WORLD, &engine, "component.wasm");
    /// builder.member_call("gate-origin", "stamp-handler", ())
    /// ```
    pub fn member_call(mut self, import: &str, export: &str, observer: impl CallObserver) -> Self {
        self.member_calls.push(MemberCall {
            import: import.to_owned(),
            export: export.to_owned(),
            observer: Arc::new(observer),
        });
        self
    }

    /// Sets the WASI context of each instance: output, environment, clocks, random numbers. The function receives the
    /// instance's extensions, which [`Builder::extensions`] makes.
    ///
    /// Unless this is called, output is lost and the environment is empty.
    ///
    /// ```ignore
    /// use wasmtime_wasi::WasiCtx;
    ///
    /// builder.wasi(|_| WasiCtx::builder().inherit_stderr().build())
    /// ```
    pub fn wasi(
        mut self,
        context: impl Fn(&Extensions) -> WasiCtx + Send + Sync + 'static,
    ) -> Self {
        self.config.wasi = Box::new(context);
        self
    }

    /// Sets the `wasi:cli` of one member of a chain that was composed with split imports: its output and environment.
    ///
    /// Up to 32 members can have their own.
    ///
    /// ```ignore
    /// use wasmtime_wasi::WasiCtx;
    ///
    /// builder.member_wasi("gate", |_| WasiCtx::builder().env("LEVEL", "debug").build())
    /// ```
    pub fn member_wasi(
        mut self,
        member: &str,
        context: impl Fn(&Extensions) -> WasiCtx + Send + Sync + 'static,
    ) -> Self {
        let context = Box::new(context);
        self.config.members.insert(member.to_owned(), context);
        self
    }

    /// Sets the extensions of each instance: data for the functions that [`Builder::link`] adds, which find it by its
    /// type in [`State::extensions`].
    ///
    /// ```ignore
    /// builder.extensions(|| {
    ///     let mut extensions = http::Extensions::new();
    ///     extensions.insert(String::from("north"));
    ///     extensions
    /// })
    /// ```
    pub fn extensions(mut self, make: impl Fn() -> Extensions + Send + Sync + 'static) -> Self {
        self.config.extensions = Box::new(make);
        self
    }

    /// Sets how long instances are kept, and for how many requests.
    ///
    /// ```ignore
    /// builder.reuse(Reuse {
    ///     concurrent: 1,
    ///     total: 1,
    ///     ..Reuse::default()
    /// })
    /// ```
    pub fn reuse(mut self, reuse: Reuse) -> Self {
        self.config.reuse = reuse;
        self
    }

    /// Sets what each instance may use of its host.
    ///
    /// ```ignore
    /// builder.limits(Limits {
    ///     memory: 64 << 20,
    ///     ..Limits::default()
    /// })
    /// ```
    pub fn limits(mut self, limits: Limits) -> Self {
        self.config.limits = limits;
        self
    }

    /// Sets a limit on the memory of all instances together, which several components can share. By default there is none.
    ///
    /// ```ignore
    /// let memory = TotalMemory::new(4 << 30);
    /// builder.total_memory(&memory)
    /// ```
    pub fn total_memory(mut self, memory: &TotalMemory) -> Self {
        self.config.total_memory = Some(memory.clone());
        self
    }

    /// Sets a function that receives the failure of each instance that failed, such as a trap, and the requests in it. The
    /// callers of these requests receive `internal-error`.
    ///
    /// ```ignore
    /// builder.on_failure(|failure| eprintln!("{failure:?}"))
    /// ```
    pub fn on_failure(
        mut self,
        report: impl Fn(&InstanceFailure<'_>) + Send + Sync + 'static,
    ) -> Self {
        self.config.on_failure = Arc::new(report);
        self
    }

    /// Adds imports that the component's world doesn't have.
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
    /// The problem of the component, or the missing part; see [`BuildErrorKind`].
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
        self.build_unnamed()
            .map_err(|kind| BuildError::new(source.file(), kind))
    }

    /// Builds without the component's file in errors.
    fn build_unnamed(mut self) -> Result<Handler, BuildErrorKind> {
        self.check_settings()?;
        let component = self.source.compile(self.engine)?;
        clock::start(self.engine).map_err(BuildErrorKind::NoClock)?;
        let ty = component.component_type();
        let exports: Vec<_> = ty
            .exports(self.engine)
            .map(|(name, _)| name.to_owned())
            .collect();
        let handler = self.world.handler;
        let exports_any = |interface| exports.iter().any(|name| is_compatible(name, interface));
        let is_of_0_2 = !exports_any(handler) && exports_any(wasi_0_2::INCOMING_HANDLER);
        if !is_of_0_2 && !exports_any(handler) {
            return Err(BuildErrorKind::NoHandler { handler, exports });
        }

        let imports = Import::all_of(&component, self.engine);
        let mut linker = Linker::new(self.engine);
        linking::add_world(&mut linker, self.world).map_err(BuildErrorKind::Link)?;
        self.check_imports(&imports)?;
        for peer in self.world.peers {
            let route = Route {
                import: peer.interface,
                function: peer.function,
                method: peer.name.to_owned(),
                upstream: self.upstream_of(peer),
            };
            // The settings of single imports are added below.
            if !self
                .imports
                .keys()
                .any(|import| is_compatible(import, peer.interface))
            {
                route.add_to_linker(&mut linker, &imports)?;
            }
        }
        if imports.iter().any(|import| is_wasi_0_2(&import.interface)) {
            wasi_0_2::add_to_linker(&mut linker).map_err(BuildErrorKind::Link)?;
            self.add_outgoing_handlers(&mut linker, &imports)?;
        }
        self.add_labels(&mut linker, &imports)?;
        self.add_imports(&mut linker, &component, &imports)?;
        member_calls::add_to_linker(&mut linker, &self.member_calls, |import| {
            linking::only_function(&component, self.engine, import)
        })?;
        let is_extended = !self.links.is_empty();
        // An embedder may replace what the runtime has of WASI 0.2.
        linker.allow_shadowing(true);
        for add in self.links.drain(..) {
            add(&mut linker).map_err(BuildErrorKind::Link)?;
        }

        let instance = linker
            .instantiate_pre(&component)
            .map_err(|error| linking::link_error(self.world, &imports, is_extended, error))?;
        self.config.handlers = member_calls::handler_indices(&component, &self.member_calls)?;
        let component = if is_of_0_2 {
            OldServicePre::new(instance).map(ProxyPre::P2)
        } else {
            ServicePre::new(instance).map(ProxyPre::P3)
        };
        let component = component.map_err(BuildErrorKind::MismatchedHandler)?;
        let instances = Instances::new(self.engine.clone(), component, self.config);
        Ok(Handler::new(instances))
    }

    /// Checks the builder's own settings, before the component is read.
    fn check_settings(&self) -> Result<(), BuildErrorKind> {
        let InstanceConfig { limits, reuse, .. } = &self.config;
        if let Some(limit) = limits.zero().or(reuse.zero()) {
            return Err(BuildErrorKind::ZeroLimit(limit));
        }
        if self.config.members.len() > members::MAX_OWN_CLI {
            return Err(BuildErrorKind::TooManyMembers(members::MAX_OWN_CLI));
        }
        let peers = self.world.peers;
        let unknown = self
            .upstreams
            .keys()
            .find(|name| peers.iter().all(|peer| peer.name != name.as_str()));
        match unknown {
            Some(peer) => Err(BuildErrorKind::UnknownPeer {
                world: self.world.name,
                peer: peer.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Checks that the component has the imports that upstreams are set for.
    fn check_imports(&self, imports: &[Import]) -> Result<(), BuildErrorKind> {
        let has = |name: &str| imports.iter().any(|import| import.name == name);
        if let Some(unknown) = self.imports.keys().find(|name| !has(name)) {
            return Err(BuildErrorKind::UnknownImport(unknown.clone()));
        }
        let is_side_call = |name: &str| {
            let mut peers = self.world.peers.iter();
            peers.any(|peer| peer.is_side_call && peer.name == name)
        };
        let is_unused = |member: &str, peer: &str| {
            // A member of WASI 0.2 makes its side calls through another interface.
            let old = label(member, wasi_0_2::OUTGOING_HANDLER_NAME);
            !(has(&label(member, peer)) || is_side_call(peer) && has(&old))
        };
        let unused = self
            .members
            .iter()
            .find(|(member, upstreams)| upstreams.keys().any(|peer| is_unused(member, peer)));
        match unused {
            Some((member, _)) => Err(BuildErrorKind::NoMember(member.clone())),
            None => Ok(()),
        }
    }

    /// Adds the imports that have labels, among them those of single members.
    fn add_labels(
        &self,
        linker: &mut Linker<State>,
        imports: &[Import],
    ) -> Result<(), BuildErrorKind> {
        for import in imports.iter().filter(|import| import.is_labelled()) {
            let is_peers = self
                .world
                .peers
                .iter()
                .any(|peer| peer.interface == import.name);
            let is_outgoing = wasi_0_2::is_outgoing_handler(import);
            if is_peers
                || is_outgoing
                || self.imports.contains_key(&import.name)
                || self
                    .member_calls
                    .iter()
                    .any(|call| call.import == import.name)
            {
                continue;
            }
            let own_cli = members::position(import, self.config.members.keys());
            members::add_wasi(linker, import, own_cli).map_err(BuildErrorKind::Link)?;
            let is_peer = |peer: &&Peer| is_compatible(&import.interface, peer.interface);
            let Some(peer) = self.world.peers.iter().find(is_peer) else {
                continue;
            };
            let own_upstream = self.members.iter().find_map(|(member, upstreams)| {
                let mut upstreams = upstreams.iter();
                upstreams.find(|(peer, _)| label(member, peer) == import.name)
            });
            let route = Route {
                import: &import.name,
                function: peer.function,
                method: if peer.is_side_call {
                    format!("member_{}", peer.name)
                } else {
                    peer.name.to_owned()
                },
                upstream: match own_upstream {
                    Some((_, upstream)) => Some(upstream.clone()),
                    None => self.upstream_of(peer),
                },
            };
            route.add_to_linker(linker, imports)?;
        }
        Ok(())
    }

    /// Adds the imports through which components of WASI 0.2 send requests: each is a side call of its member.
    fn add_outgoing_handlers(
        &self,
        linker: &mut Linker<State>,
        imports: &[Import],
    ) -> Result<(), BuildErrorKind> {
        let side_calls = self.world.peers.iter().find(|peer| peer.is_side_call);
        for import in imports
            .iter()
            .filter(|import| wasi_0_2::is_outgoing_handler(import))
        {
            let names: Vec<_> = self.members.keys().collect();
            let member = members::position(import, names.iter().copied());
            let by_label = || {
                self.members.iter().find_map(|(member, upstreams)| {
                    let mut upstreams = upstreams.iter();
                    let own = upstreams.find(|(peer, _)| label(member, peer) == import.name);
                    own.map(|(_, upstream)| upstream.clone())
                })
            };
            let of_member = || self.members[names[member?]].get(side_calls?.name).cloned();
            let of_all = || self.upstreams.get(side_calls?.name).cloned();
            let own = self.imports.get(&import.name).cloned();
            let upstream = own
                .or_else(by_label)
                .or_else(of_member)
                .or_else(of_all)
                .unwrap_or_else(|| Arc::new(Denied));
            if let Some(why) = upstream.fault() {
                let method = "import_upstream".to_owned();
                return Err(BuildErrorKind::InvalidUpstream { method, why });
            }
            wasi_0_2::add_outgoing_handler(linker, &import.name, upstream)
                .map_err(BuildErrorKind::Link)?;
        }
        Ok(())
    }

    /// Adds the imports that have upstreams of their own.
    fn add_imports(
        &self,
        linker: &mut Linker<State>,
        component: &Component,
        imports: &[Import],
    ) -> Result<(), BuildErrorKind> {
        let is_of_0_2 = |name: &str| {
            let mut old = imports
                .iter()
                .filter(|import| wasi_0_2::is_outgoing_handler(import));
            old.any(|import| import.name == name)
        };
        for (import, upstream) in self.imports.iter().filter(|(import, _)| !is_of_0_2(import)) {
            let function = linking::only_function(component, self.engine, import)
                .ok_or_else(|| BuildErrorKind::UnknownImport(import.clone()))?;
            let route = Route {
                import,
                function: &function,
                method: "import_upstream".to_owned(),
                upstream: Some(upstream.clone()),
            };
            route.add_to_linker(linker, imports)?;
        }
        Ok(())
    }

    /// Returns the upstream that responds to the requests to a peer.
    fn upstream_of(&self, peer: &Peer) -> Option<Arc<dyn AnyUpstream>> {
        let upstream = self.upstreams.get(peer.name).cloned();
        if peer.is_required {
            upstream
        } else {
            upstream.or_else(|| Some(Arc::new(Denied)))
        }
    }
}

/// Returns the label of a member's import in a chain that was composed with split imports.
fn label(member: &str, peer: &str) -> String {
    format!("{member}-{peer}")
}
