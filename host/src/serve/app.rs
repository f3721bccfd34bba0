//! Loads the chain that is served: reads its members, links them, and configures each.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use http::Extensions;
use prometheus_client::metrics::gauge::Gauge;
use rustls::ClientConfig;
use tracing::warn;
use wasmtime::component::Component;
use wasmtime_wasi::WasiCtx;
use witgen::compose::{Chain, Member};
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};
use witgen_serve::origin::Pool;
use witgen_serve::proxy::{Builder, ConnectionLimit, HttpUpstream, Proxy, Source, TotalMemory};

use super::args::Args;
use super::calls::{MemberObserver, ObservedNextHop};
use super::code_cache::CodeCache;
use super::components::ServedComponent;
use super::engine::SharedEngine;
use super::failure::{self, list};
use super::files::Files;
use super::host_calls::{HostCalls, Links, NextHop, Servers};
use super::http_metrics::HttpMetrics;
use super::imports;
use super::log::member::MemberLog;
use super::metrics::Metrics;
use super::origins::{ORIGIN, StagedOrigins};
use super::output;
use super::page::recorder::Recorder;
use super::page::served::{self, ServedMember};
use super::panics::Panics;
use super::policy::{Policy, Rule};
use super::settings::{ChainPools, ChainSource};
use super::side_call_rates::SideCallLimits;
use super::side_calls::Network;
use super::trace::{Tracing, guest};
use super::traps;

/// The maximum size of a component.
const MAX_COMPONENT_BYTES: u64 = 1 << 30;

const WASM_PAGE_BYTES: u64 = 64 << 10;

/// The parts for loading a chain, at the start and on each reload.
pub struct App {
    /// Where the chain is described.
    pub source: ChainSource,
    /// The options for this chain.
    pub args: Args,
    pub code: Arc<CodeCache>,
    pub metrics: Arc<Metrics>,
    /// The metrics of OpenTelemetry's conventions, if `--admin` serves them.
    pub http: Option<Arc<HttpMetrics>>,
    /// Records what the page of operators shows, if there is one.
    pub recorder: Option<Arc<Recorder>>,
    pub files: Arc<Files>,
    /// The memory limit of all chains together. A replaced chain still handles its requests.
    pub total_memory: Option<TotalMemory>,
    pub connection_limit: ConnectionLimit,
    pub side_call_limits: SideCallLimits,
    /// The pools that next hops lead to, if a file describes them.
    pub pools: ChainPools,
    pub tls: ClientConfig,
    /// Sends traces, if a collector is named.
    pub tracing: Option<Arc<Tracing>>,
    /// Whether members are called through the host, which measures their times and makes their spans.
    pub observes_members: bool,
}

/// A chain that is ready to be served.
pub struct LoadedChain {
    pub proxy: Proxy,
    /// Whether it has a next hop.
    pub is_open: bool,
    pub components: Vec<ServedComponent>,
    /// Its members, and where their calls lead.
    pub members: Vec<ServedMember>,
}

impl App {
    /// Reads the members.
    ///
    /// # Errors
    ///
    /// If a member or the chain is wrong.
    pub fn read(&self) -> Result<Chain, Failure> {
        let read = |file: &Path| self.files.read(file, MAX_COMPONENT_BYTES);
        let load = || {
            let registries = self.args.registries()?;
            let chain = self.source.load(&self.args, &registries, &read);
            for report in registries.take_reports() {
                warn!(target: "server", "{}", report.message);
            }
            chain
        };
        load().map_err(|failure| self.source.explain(failure))
    }

    /// Links the members, and builds a handler from the result.
    ///
    /// # Errors
    ///
    /// If the chain or an option is wrong.
    pub fn load(
        &self,
        chain: Chain,
        engine: &SharedEngine,
        origins: &mut StagedOrigins,
    ) -> Result<LoadedChain, Failure> {
        let load = self.load_chain(chain, engine, origins);
        load.map_err(|failure| self.source.explain(failure))
    }

    fn load_chain(
        &self,
        chain: Chain,
        engine: &SharedEngine,
        origins: &mut StagedOrigins,
    ) -> Result<LoadedChain, Failure> {
        let args = &self.args;
        let members: Vec<&Member> = chain.members().iter().chain(chain.services()).collect();
        let names: Vec<String> = members.iter().map(|member| member.name().to_owned()).collect();
        let components = members.iter().map(|member| ServedComponent {
            chain: self.source.name().map(str::to_owned),
            member: member.name().to_owned(),
            identity: member.identity().clone(),
        });
        let components = components.collect();
        self.check_names(&names)?;
        self.warn_about_unused_environment(&members);
        let servers = self.next_hop_servers(&chain)?;
        // Each next hop that is left open is checked below.
        let mut chain = chain.leave_open().split_imports(true).link_by_host().name_modules();
        if self.observes_members {
            chain = chain.observe_calls();
        }
        let composed = chain.compose()?;
        for warning in &composed.warnings {
            warn!(target: "chain", help = warning.help.join(" "), "{}", warning.message);
        }
        let calls = HostCalls::of(&composed.plan, &servers, &args.origin)?;
        let callers = calls.callers();
        self.warn_about_unused_options(&names, &callers);
        self.metrics.initialize(&names, &callers);
        let is_open = !calls.next_hops.is_empty();

        let upstreams = |upstream: HttpUpstream| {
            upstream.tls(self.tls.clone()).connection_limit(&self.connection_limit)
        };
        let network = Network::new(self.policy(), &args.route, &upstreams);
        let links = Links {
            calls: &calls,
            network,
            metrics: &self.metrics,
            http: self.http.as_ref(),
            limits: &self.side_call_limits,
            recorder: self.recorder.as_ref(),
        };
        // Services first: members beside the chain may make side calls to them.
        let mut beside: BTreeMap<String, Proxy> = BTreeMap::new();
        let runs_beside = |member: &&Member| calls.runs_beside(member.name());
        let others: Vec<_> = chain.services().chain(chain.members()).filter(runs_beside).collect();
        imports::check(&composed, &calls, &others, &names)?;
        for member in others {
            let compiled = self.compiled(engine, member.name(), member.component())?;
            let name = member.name().to_owned();
            let log = MemberLog::new(&name, args.log.output_limit());
            let component = source(&compiled, member.component());
            let builder = self.builder(engine, component, std::slice::from_ref(&name));
            let builder = if self.observes_members {
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
        let compiled = self.compiled(engine, "chain", &composed.component)?;
        let component = source(&compiled, &composed.component);
        let mut builder = self.builder(engine, component, &names);
        if self.observes_members
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
        let mut pools = BTreeMap::new();
        // Next hops to the same server share its connections.
        for next_hop in &calls.next_hops {
            let (name, pool) = self.pool(next_hop, origins)?;
            let pool = if args.origin_host {
                pool.own_host()
            } else {
                pool
            };
            builder = if self.observes_members {
                let observed = ObservedNextHop::new(&next_hop.member, &name, pool);
                builder.import_upstream(&next_hop.import, observed)
            } else {
                builder.import_upstream(&next_hop.import, pool)
            };
            pools.insert((next_hop.member.as_str(), next_hop.hop.as_str()), name);
        }
        let proxy = builder.build().map_err(|error| failure::build_error(&error, &names))?;
        let origin = |member: &str, hop: &str| pools.get(&(member, hop)).cloned();
        Ok(LoadedChain {
            proxy,
            is_open,
            components,
            members: served::members(&chain, &composed.plan, args, &origin),
        })
    }

    /// Returns the pool that a next hop leads to, and its name.
    fn pool(
        &self,
        next_hop: &NextHop,
        origins: &mut StagedOrigins,
    ) -> Result<(String, Pool), Failure> {
        let NextHop {
            member,
            hop,
            server,
            ..
        } = next_hop;
        let of_file = self.pools.hops.get(&(member.clone(), hop.clone()));
        let of_file = of_file.or(self.pools.origin.as_ref().filter(|_| server.is_none()));
        match (of_file, server) {
            (Some((name, settings)), _) => Ok((name.clone(), origins.pool(name, settings.clone()))),
            (None, Some(server)) => Ok((server.to_string(), origins.server(server))),
            (None, None) => {
                let (servers, health) = (&self.args.origin, self.args.origin_health.as_ref());
                Ok((ORIGIN.to_owned(), origins.origin(servers, health)?))
            }
        }
    }

    /// Returns a component in compiled form; `None` if the engine can't compile or run it, which the builder reports.
    ///
    /// # Errors
    ///
    /// If it needs more memory than an instance may have; or if its code is only to be kept, and can't be.
    fn compiled(
        &self,
        engine: &SharedEngine,
        name: &str,
        component: &[u8],
    ) -> Result<Option<Component>, Failure> {
        let compiled = self.code.component(engine, name, component)?;
        // An engine may have been made for more memory than is allowed by now. The builder rejects a limit of zero.
        let required = compiled.as_ref().and_then(Component::resources_required);
        let pages = required.and_then(|required| required.max_initial_memory_size);
        let bytes = pages.unwrap_or_default().saturating_mul(WASM_PAGE_BYTES);
        match self.args.max_memory.as_u64() {
            allowed if allowed > 0 && bytes > allowed => {
                Err(failure::initial_memory(&format!("{bytes} bytes")).into())
            }
            _ => Ok(compiled),
        }
    }

    /// Returns a builder of a component of these members, without their output and calls.
    fn builder<'a>(
        &self,
        engine: &'a SharedEngine,
        component: Source<'a>,
        names: &[String],
    ) -> Builder<'a> {
        let args = &self.args;
        let builder = Proxy::builder(engine.get(), component)
            .limits(args.limits())
            .reuse(args.reuse())
            .extensions(self.instance_extensions())
            .on_failure(traps::report(
                self.metrics.clone(),
                self.recorder.clone(),
                names.to_vec(),
            ));
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
        let from_rates = self
            .args
            .side_call_rates
            .iter()
            .map(|rate| (rate.member.as_str(), format!("--side-call-rate {rate}")));
        let unknown = from_rules
            .chain(from_env)
            .chain(from_rates)
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
                let option = self.source.option("--env", "`environment`");
                warn!(target: "server", member = name, "{option} has no effect: the member doesn't import wasi:cli/environment");
            }
        }
    }

    /// Warns about options without an effect; `callers` are the members whose side calls this host sends.
    fn warn_about_unused_options(&self, names: &[String], callers: &[String]) {
        let args = &self.args;
        let is_for_all = args.allow_all || args.allow.iter().any(|rule| rule.member().is_none());
        let has_option = is_for_all || !args.route.is_empty();
        if has_option && callers.is_empty() {
            let options =
                self.source.option("--allow, --allow-all and --route have", "`side-calls` has");
            warn!(target: "server", "{options} no effect: no member makes side calls");
        }
        for name in names.iter().filter(|name| !callers.contains(name)) {
            if args.allow.iter().any(|rule| rule.member() == Some(name)) {
                let option = self.source.option("--allow", "`allow`");
                warn!(target: "server", member = name, "{option} has no effect: the member makes no side calls");
            }
            if args.side_call_rates.iter().any(|rate| rate.member == *name) {
                let option = self.source.option("--side-call-rate", "`rate-limit`");
                warn!(target: "server", member = name, "{option} has no effect: no side calls of this member go over the network");
            }
        }
        let has_server = !args.origin.is_empty() || args.hops.iter().any(|hop| hop.url().is_some());
        if args.origin_host && !has_server {
            let option = self.source.option("--origin-host", "`origin-host`");
            warn!(target: "server", "{option} has no effect: no next hop leads to a server");
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
