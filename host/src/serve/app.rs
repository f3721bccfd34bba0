//! Loads the chain that is served: reads its members, links them, and configures each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::Extensions;
use prometheus_client::metrics::gauge::Gauge;
use tracing::warn;
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime_wasi::WasiCtx;
use witgen::compose::{Chain, Member};
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};
use witgen_serve::proxy::{Builder, ConnectionLimit, HttpUpstream, Proxy, Source, TotalMemory};

use super::args::Args;
use super::calls::MemberObserver;
use super::code_cache::CodeCache;
use super::engine::engine;
use super::failure::{self, list};
use super::files::Files;
use super::host_calls::{HostCalls, Links, NextHop, Servers};
use super::imports;
use super::log::member::MemberLog;
use super::metrics::Metrics;
use super::output;
use super::panics::Panics;
use super::policy::{Policy, Rule};
use super::resources::Resources;
use super::side_calls::{Network, Origin};
use super::tls::{self, Identity};
use super::trace::{Tracing, guest};
use super::traps;

/// The maximum size of a component.
const MAX_COMPONENT_BYTES: u64 = 1 << 30;

/// What is needed to load the chain, at the start and on each reload.
pub struct App {
    pub args: Args,
    pub engine: Engine,
    pub code: CodeCache,
    pub metrics: Arc<Metrics>,
    pub files: Arc<Files>,
    /// What the instances of all chains may have together: one that is replaced still handles its requests.
    pub total_memory: Option<TotalMemory>,
    pub connection_limit: ConnectionLimit,
    pub resources: Resources,
    /// The certificate and its key, if the server uses TLS.
    pub identity: Option<Arc<Identity>>,
    /// Sends traces, if a collector is named.
    pub tracing: Option<Arc<Tracing>>,
}

/// A chain that is ready to be served.
pub struct LoadedChain {
    pub proxy: Proxy,
    /// Whether it has a next hop.
    pub is_open: bool,
}

impl App {
    /// Prepares what each loading of the chain needs.
    ///
    /// # Errors
    ///
    /// If the certificate, the code cache or wasmtime can't be used.
    pub fn new(args: Args) -> Result<Self, Failure> {
        let files = Arc::new(Files::default());
        let identity = match (&args.tls_cert, &args.tls_key) {
            (Some(certificates), Some(key)) => {
                Some(Arc::new(Identity::read(files.clone(), certificates, key)?))
            }
            _ => None,
        };
        let code = CodeCache::open(&args.code_cache)?;
        let engine = engine(&args).map_err(|error| {
            let message = format!("wasmtime cannot be started: {error:#}");
            Diagnostic::error(codes::NO_ENGINE, message)
        })?;
        let metrics = Arc::new(Metrics::new());
        let tracing = args.trace.start(&args.ca, &files, &metrics)?;
        let resources = Resources::new(&args);
        let total_memory = resources.memory.map(|bytes| {
            let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
            TotalMemory::new(bytes)
        });
        Ok(App {
            total_memory,
            connection_limit: ConnectionLimit::new(resources.upstream_connections),
            resources,
            engine,
            code,
            metrics,
            tracing,
            files,
            identity,
            args,
        })
    }

    /// Whether members are called through the host, which measures their times and makes their spans.
    pub fn observes_members(&self) -> bool {
        self.tracing.is_some() || self.args.trace.measures_members()
    }

    /// Returns the paths of the files to read: of members that are files, and of certificates.
    pub fn paths(&self) -> Vec<PathBuf> {
        let members = self.args.chain().files().into_iter();
        let identity =
            self.identity.iter().flat_map(|identity| identity.paths()).map(Path::to_owned);
        members
            .chain(identity)
            .chain(self.args.ca.iter().cloned())
            .filter(|file| file.exists())
            .collect()
    }

    /// Reads the members, links them, and builds a handler from the result.
    ///
    /// # Errors
    ///
    /// If a member, the chain, or an option is wrong.
    pub fn load(&self) -> Result<LoadedChain, Failure> {
        let args = &self.args;
        let read = |file: &Path| self.files.read(file, MAX_COMPONENT_BYTES);
        let registries = args.registries()?;
        let chain = args.chain().load_with(&registries, &read);
        for report in registries.take_reports() {
            warn!(target: "server", "{}", report.message);
        }
        let chain = chain?;
        let members: Vec<&Member> = chain.members().iter().chain(chain.services()).collect();
        let names: Vec<String> = members.iter().map(|member| member.name().to_owned()).collect();
        self.check_names(&names)?;
        self.warn_about_unused_environment(&members);
        let servers = self.next_hop_servers(&chain)?;
        // Each next hop that is left open is checked below.
        let mut chain = chain.leave_open().split_imports(true).link_by_host().name_modules();
        if self.observes_members() {
            chain = chain.observe_calls();
        }
        let composed = chain.compose()?;
        for warning in &composed.warnings {
            warn!(target: "chain", help = warning.help.join(" "), "{}", warning.message);
        }
        let calls = HostCalls::of(&composed.plan, &servers, args.origin.as_ref())?;
        let callers = calls.callers();
        self.warn_about_unused_options(&names, &callers);
        self.metrics.initialize(&names, &callers);
        let is_open = !calls.next_hops.is_empty();

        let tls = tls::client_config(&args.ca, &self.files)?;
        let upstreams = |upstream: HttpUpstream| {
            upstream.tls(tls.clone()).connection_limit(&self.connection_limit)
        };
        let network = Network::new(self.policy(), &args.route, &upstreams);
        let links = Links {
            calls: &calls,
            network,
            metrics: &self.metrics,
        };
        // Services first: members beside the chain may make side calls to them.
        let mut beside: BTreeMap<String, Proxy> = BTreeMap::new();
        let runs_beside = |member: &&Member| calls.runs_beside(member.name());
        let others: Vec<_> = chain.services().chain(chain.members()).filter(runs_beside).collect();
        imports::check(&composed, &calls, &others, &names)?;
        for member in others {
            let compiled = self.compiled(member.name(), member.component())?;
            let name = member.name().to_owned();
            let log = MemberLog::new(&name, args.log.output_limit());
            let builder = self.builder(
                source(&compiled, member.component()),
                std::slice::from_ref(&name),
            );
            let builder = if self.observes_members() {
                builder.observer(MemberObserver::new(&name, &self.metrics))
            } else {
                builder
            };
            let builder = links.add_to(builder.wasi(self.wasi(&log)), &log, true, &beside);
            let proxy = builder
                .build()
                .map_err(|error| failure::build_error(&error, std::slice::from_ref(&name)))?;
            beside.insert(name, proxy);
        }
        let compiled = self.compiled("chain", &composed.component)?;
        let mut builder = self.builder(source(&compiled, &composed.component), &names);
        if self.observes_members()
            && let Some(outermost) = composed.plan.members.first()
        {
            builder = builder.observer(MemberObserver::new(outermost, &self.metrics));
        }
        let is_alone = chain.members()[0].is_wasi_0_2();
        for name in names.iter().filter(|name| calls.is_linked(name)) {
            let log = MemberLog::new(name, args.log.output_limit());
            builder = if is_alone {
                builder.wasi(self.wasi(&log))
            } else {
                builder.member_wasi(name, self.wasi(&log))
            };
            builder = links.add_to(builder, &log, false, &beside);
        }
        for (import, member) in guest::imports(&composed.plan) {
            let tracing = self.tracing.clone();
            builder =
                builder.link(move |linker| guest::add_to_linker(linker, &import, member, tracing));
        }
        // Next hops to the same server share its connections.
        let mut origins: BTreeMap<String, HttpUpstream> = BTreeMap::new();
        for NextHop {
            member,
            import,
            server,
        } in &calls.next_hops
        {
            let upstream = origins.entry(server.to_string()).or_insert_with(|| {
                let upstream = upstreams(HttpUpstream::new(server.clone()));
                if args.origin_host {
                    upstream.own_host()
                } else {
                    upstream
                }
            });
            let origin = Origin {
                member: member.as_str().into(),
                server: server.clone(),
                upstream: upstream.clone(),
            };
            builder = builder.import_upstream(import, origin);
        }
        let proxy = builder.build().map_err(|error| failure::build_error(&error, &names))?;
        Ok(LoadedChain { proxy, is_open })
    }

    /// Returns a component in compiled form; `None` if it can't be compiled, which the builder reports.
    ///
    /// # Errors
    ///
    /// If its code is only to be kept, and can't be.
    fn compiled(&self, name: &str, component: &[u8]) -> Result<Option<Component>, Failure> {
        Ok(self.code.component(&self.engine, name, component)?)
    }

    /// Returns a builder of a component of these members, without their output and calls.
    fn builder<'a>(&'a self, component: Source<'a>, names: &[String]) -> Builder<'a> {
        let args = &self.args;
        let builder = Proxy::builder(&self.engine, component)
            .limits(args.limits())
            .reuse(args.reuse())
            .extensions(self.instance_extensions())
            .on_failure(traps::report(self.metrics.clone(), names.to_vec()));
        match &self.total_memory {
            Some(memory) => builder.total_memory(memory),
            None => builder,
        }
    }

    /// Returns a function that makes the WASI context of a member.
    fn wasi(
        &self,
        log: &Arc<MemberLog>,
    ) -> impl Fn(&Extensions) -> WasiCtx + Send + Sync + 'static {
        // If a key is repeated, its last value counts.
        let environment: BTreeMap<_, _> = self
            .args
            .env
            .iter()
            .filter(|variable| *variable.member == *log.member)
            .map(|variable| (variable.key.clone(), variable.value.clone()))
            .collect();
        let variables: Vec<_> = environment.into_iter().collect();
        let log = log.clone();
        move |extensions| {
            let panics = extensions.get::<Panics>().cloned().unwrap_or_default();
            output::context(&log, &panics, &variables)
        }
    }

    fn policy(&self) -> Arc<Policy> {
        let mut rules = self.args.allow.clone();
        rules.extend(self.args.allow_all.then(Rule::all));
        Arc::new(Policy::new(rules, self.args.allow_address.clone()))
    }

    /// Rejects options that name an unknown member.
    fn check_names(&self, names: &[String]) -> Result<(), Failure> {
        let from_rules = self
            .args
            .allow
            .iter()
            .filter_map(|rule| Some((rule.member()?, format!("--allow {rule}"))));
        let from_env = self
            .args
            .env
            .iter()
            .map(|variable| (variable.member.as_str(), format!("--env {variable}")));
        let unknown = from_rules
            .chain(from_env)
            .filter(|(name, _)| !names.iter().any(|member| member == name))
            .map(|(name, argument)| {
                let message = format!("no member `{name}`; the members are {}", list(names));
                Diagnostic::error(codes::UNKNOWN_MEMBER, message)
                    .at(Place::argument(argument))
                    .help(format!(
                        "members have the names of their files; `{name}=FILE` gives another one"
                    ))
            });
        Failure::of(unknown.collect()).map_or(Ok(()), Err)
    }

    /// Returns the servers that `--hop` leads next hops to.
    fn next_hop_servers(&self, chain: &Chain) -> Result<Servers, Failure> {
        let hops = self.args.hops.iter().filter_map(|hop| Some((hop, hop.url()?.parse().ok()?)));
        hops.map(|(hop, server)| {
            let (member, found) = chain.find_hop(&hop.member, hop.name.as_deref())?;
            Ok(((member.name().to_owned(), found.name().to_owned()), server))
        })
        .collect()
    }

    /// Warns about the environment of members that don't read it.
    fn warn_about_unused_environment(&self, members: &[&Member]) {
        for member in members {
            let name = member.name();
            let is_environment = |import: &str| import.starts_with("wasi:cli/environment@");
            let has_variable = self.args.env.iter().any(|variable| variable.member == name);
            if !member.imports().any(is_environment) && has_variable {
                warn!(target: "server", member = name, "--env changes nothing: it doesn't import wasi:cli/environment");
            }
        }
    }

    /// Warns about options without an effect; `callers` are the members whose side calls this host sends.
    fn warn_about_unused_options(&self, names: &[String], callers: &[String]) {
        let args = &self.args;
        let is_for_all = args.allow_all || args.allow.iter().any(|rule| rule.member().is_none());
        let has_option = is_for_all || !args.route.is_empty();
        if has_option && callers.is_empty() {
            warn!(target: "server", "--allow, --allow-all and --route change nothing: nobody makes requests on the side");
        }
        for name in names.iter().filter(|name| !callers.contains(name)) {
            if args.allow.iter().any(|rule| rule.member() == Some(name)) {
                warn!(target: "server", member = name, "--allow changes nothing: it makes no requests on the side");
            }
        }
        let has_server = args.origin.is_some() || args.hops.iter().any(|hop| hop.url().is_some());
        if args.origin_host && !has_server {
            warn!(target: "server", "--origin-host changes nothing: no next hop leads to a server");
        }
    }

    /// Returns a function that counts instances while they exist, and keeps their panic messages.
    fn instance_extensions(&self) -> impl Fn() -> Extensions + Send + Sync + 'static {
        let gauge = self.metrics.instances.clone();
        move || {
            let mut extensions = Extensions::new();
            extensions.insert(Arc::new(InstanceCount::new(gauge.clone())));
            extensions.insert(Panics::default());
            extensions
        }
    }
}

/// Returns what a builder starts with.
fn source<'a>(compiled: &'a Option<Component>, component: &'a [u8]) -> Source<'a> {
    match compiled {
        Some(compiled) => compiled.into(),
        None => component.into(),
    }
}

/// Increments the number of instances until it is dropped.
struct InstanceCount(Gauge);

impl InstanceCount {
    fn new(gauge: Gauge) -> Self {
        gauge.inc();
        InstanceCount(gauge)
    }
}

impl Drop for InstanceCount {
    fn drop(&mut self) {
        self.0.dec();
    }
}
