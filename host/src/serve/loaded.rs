//! Everything that a reload replaces, ready to be served.

use std::sync::Arc;

use tracing::info;
use witgen::diagnostic::Failure;
use witgen_serve::proxy::{ConnectionLimit, TotalMemory};
use witgen_serve::server::{Route, Routes, Server, ServerLimits};

use super::app::{App, LoadedChain};
use super::components::ServedComponent;
use super::engine::{Capacity, SharedEngine};
use super::http_metrics::{Caller, ServedNames};
use super::listen::address::TrustedProxy;
use super::log::observer::ServerObserver;
use super::origins::StagedOrigins;
use super::process::Process;
use super::rate_limits::RateLimits;
use super::resources::Resources;
use super::settings::{ChainSettings, RatedPart, Settings};
use super::side_call_rates::SideCallLimits;
use super::tls::{self, Certificate};
use super::trace::TraceSettings;
use super::trace::Tracing;

/// Settings with their chains.
pub struct Loaded {
    pub settings: Settings,
    /// In the order of the settings.
    pub chains: Vec<LoadedChain>,
    engine: SharedEngine,
    capacity: Capacity,
    resources: Resources,
    total_memory: Option<TotalMemory>,
    connection_limit: ConnectionLimit,
    side_call_limits: SideCallLimits,
    /// Sends traces, if a collector is named.
    pub tracing: Option<Arc<Tracing>>,
    /// Those of chains and routes.
    request_limits: RateLimits<RatedPart>,
    /// Until these chains are served.
    origins: Option<StagedOrigins>,
}

impl Loaded {
    /// Reads the certificates of the listeners, in their order.
    ///
    /// # Errors
    ///
    /// All files that can't be used.
    pub fn certificates(
        process: &Process,
        settings: &Settings,
    ) -> Result<Vec<Option<Certificate>>, Failure> {
        Failure::collect(settings.listeners.iter().map(|listener| {
            let files = listener.tls.as_ref();
            files
                .map(|(certificates, key)| Certificate::read(&process.files, certificates, key))
                .transpose()
        }))
    }

    /// Reads the members of all chains, links them, and builds handlers. Common parts of other loaded chains are used again.
    ///
    /// # Errors
    ///
    /// All problems of the chains.
    pub fn load(
        process: &Process,
        settings: Settings,
        previous: Option<&Loaded>,
    ) -> Result<Self, Failure> {
        let resources = Resources::new(&settings.args);
        let total_memory = previous
            .and_then(|previous| previous.total_memory.clone())
            .or_else(|| resources.memory.map(|bytes| TotalMemory::new(in_memory(bytes))));
        // Connections of chains that are replaced count by the limit that they were made with.
        let same_limit = previous.filter(|previous| {
            previous.resources.upstream_connections == resources.upstream_connections
        });
        let connection_limit = match same_limit {
            Some(previous) => previous.connection_limit.clone(),
            None => ConnectionLimit::new(resources.upstream_connections),
        };
        let rates = settings.chains.iter().flat_map(|chain| &chain.args.side_call_rates);
        let rates = rates.map(|rate| (rate.member.clone(), rate.rate));
        let side_call_limits =
            SideCallLimits::new(rates, previous.map(|previous| &previous.side_call_limits));
        let rates = settings.rates.iter().cloned();
        let request_limits =
            RateLimits::new(rates, previous.map(|previous| &previous.request_limits));
        let roots = tls::roots(&settings.args.ca, &process.files)?;
        let tls = tls::client_config(roots.clone())?;
        let traces = &settings.args.trace;
        let collected = TraceSettings::read(
            traces,
            &settings.args.ca,
            settings.file.as_deref(),
            &process.files,
        )?;
        let before = previous.and_then(|previous| previous.tracing.as_ref());
        let tracing = Tracing::start(
            collected,
            before,
            &roots,
            &process.metrics,
            &process.exporters,
        )?;
        let observes_members = observes_members(tracing.as_ref(), &settings);
        let http = process.http_metrics(&settings.args);
        let mut origins = StagedOrigins::new(
            &process.origins,
            roots,
            &tls,
            &connection_limit,
            http.clone(),
        );
        let apps = settings.chains.iter().map(|chain| App {
            source: chain.source.clone(),
            args: chain.args.clone(),
            code: process.code.clone(),
            metrics: process.metrics.clone(),
            http: http.clone(),
            recorder: process.recorder(&settings.args).cloned(),
            files: process.files.clone(),
            total_memory: total_memory.clone(),
            connection_limit: connection_limit.clone(),
            side_call_limits: side_call_limits.clone(),
            pools: chain.pools.clone(),
            tls: tls.clone(),
            tracing: tracing.clone(),
            observes_members,
        });
        let apps: Vec<_> = apps.collect();
        let read: Vec<_> = apps.iter().map(App::read).collect();
        let found = apps.iter().zip(&read);
        let found = found.filter_map(|(app, chain)| Some((&app.args, chain.as_ref().ok()?)));
        let needed = Capacity::of(found, &settings.args.server_limits());
        let (engine, capacity) = match previous.filter(|it| it.capacity.covers(&needed)) {
            Some(previous) => (previous.engine.clone(), previous.capacity),
            None => {
                let has_file = settings.file.is_some();
                let capacity = if has_file { needed.with_room() } else { needed };
                (SharedEngine::begin(capacity)?, capacity)
            }
        };
        let chains = apps
            .iter()
            .zip(read)
            .map(|(app, chain)| app.load(chain?, &engine, &mut origins));
        Ok(Loaded {
            chains: Failure::collect(chains)?,
            origins: Some(origins),
            settings,
            engine,
            capacity,
            resources,
            total_memory,
            connection_limit,
            side_call_limits,
            request_limits,
            tracing,
        })
    }

    /// Returns which requests go to which chain.
    pub fn routes(&self) -> Routes {
        let (settings, loaded) = (&self.settings, &self.chains);
        let mut routes = Routes::default();
        let named = |name: &str| {
            let has_name = |chain: &ChainSettings| chain.source.name() == Some(name);
            loaded.get(settings.chains.iter().position(has_name)?)
        };
        let entries = settings.file.iter().flat_map(|file| &file.contents().routes);
        for entry in entries {
            let Some(chain) = named(&entry.chain) else {
                continue;
            };
            let mut route = Route::to(chain.proxy.clone()).forwards(chain.is_open);
            if let Some(host) = &entry.host {
                route = route.host(host);
            }
            if let Some(path) = &entry.path {
                route = route.path(path);
            }
            let part = RatedPart::route(entry);
            routes =
                routes.route(self.limited(route.named(&entry.chain), Some(part), &entry.chain));
        }
        let has_routes =
            settings.file.as_ref().is_some_and(|file| !file.contents().routes.is_empty());
        match (settings.chains.first(), loaded.first()) {
            (Some(only), Some(chain)) if !has_routes => {
                let route = Route::to(chain.proxy.clone()).forwards(chain.is_open);
                routes.route(match only.source.name() {
                    Some(name) => self.limited(route.named(name), None, name),
                    None => route,
                })
            }
            _ => routes,
        }
    }

    /// Returns the names of what is served, with these routes, and with the pools that are used.
    pub fn names(&self, routes: &Routes, process: &Process) -> ServedNames {
        let members = self.chains.iter().flat_map(|chain| &chain.members);
        let members = members.map(|member| Caller::Member(member.name.as_str().into()));
        let origins = process.origins.statuses().into_iter();
        let origins = origins.map(|(name, _)| Caller::Origin(name.into()));
        ServedNames {
            routes: routes.names().cloned().collect(),
            callers: members.chain(origins).collect(),
        }
    }

    /// Limits the rate of a route's requests by its own limit, and by that of its chain. Requests that the first limit rejects
    /// don't count for the second one.
    fn limited(&self, route: Route, own: Option<RatedPart>, chain: &str) -> Route {
        let chain = RatedPart::Chain(chain.to_owned());
        let limits = own.iter().chain([&chain]).filter_map(|part| self.request_limits.of(part));
        limits.fold(route, Route::rate_limit)
    }

    /// Returns a server with these settings, without components and TLS.
    pub fn server(&self, process: &Process) -> Server {
        let args = &self.settings.args;
        let limits = ServerLimits {
            connections: self.resources.connections,
            ..args.server_limits()
        };
        let trusted_proxies = args.trusted_proxy.clone();
        let observer = ServerObserver::new(process, args, self.tracing.as_ref());
        let name = args.name.clone().unwrap_or_else(|| process.pseudonym.clone());
        let mut server = Server::with_routes(Routes::default())
            .limits(limits)
            .trusted_proxies(move |address| {
                trusted_proxies.iter().any(|proxy| proxy.contains(address))
            })
            .observer(Arc::new(observer))
            .forwards_as(name);
        if args.trusted_proxy.contains(&TrustedProxy::Unix) {
            server = server.trust_unix_clients();
        }
        if let Some(rate) = args.rate_limit {
            server = server.rate_limit(rate);
        }
        if args.log.request_id {
            server.request_ids()
        } else {
            server
        }
    }

    /// Sets the limits that these chains share with those that they replace.
    pub fn apply_limits(&self) {
        if let Some(total_memory) = &self.total_memory {
            let bytes = self.resources.memory.map_or(usize::MAX, in_memory);
            total_memory.set_limit(bytes);
        }
    }

    /// Uses the pools of these chains from now on, and starts their health checks.
    pub fn commit_origins(&mut self) {
        if let Some(origins) = self.origins.take() {
            origins.commit();
        }
    }

    /// Returns the components of all chains.
    pub fn components(&self) -> Vec<ServedComponent> {
        self.chains.iter().flat_map(|chain| chain.components.clone()).collect()
    }

    /// Logs where traces go, if that has changed.
    pub fn log_tracing(&self, previous: Option<&Loaded>) {
        let previous = previous.and_then(|previous| previous.tracing.as_ref());
        match (&self.tracing, previous) {
            (Some(tracing), Some(previous)) if Arc::ptr_eq(tracing, previous) => {}
            (Some(tracing), _) => tracing.log(),
            (None, Some(_)) => info!(target: "trace", "traces are no longer sent"),
            (None, None) => {}
        }
    }

    /// Whether members are called through the host, which measures their times and makes their spans.
    pub fn observes_members(&self) -> bool {
        observes_members(self.tracing.as_ref(), &self.settings)
    }

    /// Logs the limits.
    pub fn log(&self) {
        self.resources.log(&self.settings.args);
    }
}

fn observes_members(tracing: Option<&Arc<Tracing>>, settings: &Settings) -> bool {
    tracing.is_some() || settings.args.trace.measures_members()
}

fn in_memory(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
