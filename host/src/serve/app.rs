//! The component that is served: its members, linked and given what each may have.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Extensions;
use prometheus_client::metrics::gauge::Gauge;
use tracing::{error, warn};
use wasmtime::{Engine, WasmBacktrace};
use witgen::compose::{Chain, Member};
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};
use witgen::locate;
use witgen_serve::proxy::{HttpUpstream, Proxy};

use super::args::Args;
use super::failure::{self, list};
use super::metrics::{ByMember, Metrics};
use super::output;
use super::policy::{Policy, Rule};
use super::side_calls::{Network, Origin, SideCalls};
use super::tls::{self, Identity};

/// What components are made ready with, each time that they are read.
pub struct App {
    pub args: Args,
    pub engine: Engine,
    pub metrics: Arc<Metrics>,
    /// With TLS.
    pub identity: Option<Arc<Identity>>,
}

/// A component that is ready to be served.
pub struct Ready {
    pub proxy: Proxy,
    /// Whether it has a next hop.
    pub is_open: bool,
}

impl App {
    /// The files that are read: those of members that are files, and of certificates.
    pub fn files(&self) -> Vec<PathBuf> {
        let named = |argument: &String| locate::member_argument(argument).1;
        let members = self.args.members.iter().map(named);
        let own = self.identity.iter().flat_map(|identity| identity.files());
        let certificates = own.map(Path::to_owned).chain(self.args.ca.iter().cloned());
        let files = members.chain(certificates);
        files.filter(|file| file.exists()).collect()
    }

    /// Reads the members, links them, and puts the result to work.
    ///
    /// # Errors
    ///
    /// What is wrong with a member, with the chain, or with what it is given.
    pub fn ready(&self) -> Result<Ready, Failure> {
        let args = &self.args;
        let members = locate::members(&args.members, &args.registries())?;
        let chain = Chain::new(members)?;
        let names: Vec<String> = chain
            .members()
            .iter()
            .map(|m| m.name().to_owned())
            .collect();
        self.check_names(&names)?;
        self.warn_of_what_is_not_used(chain.members());
        let asking = chain
            .members()
            .iter()
            .filter(|member| member.client().is_some());
        let asking: Vec<_> = asking.map(|member| member.name().to_owned()).collect();
        self.metrics.begin(&names, &asking);
        let is_open = chain.next_hop().is_some();
        if let (false, Some(origin)) = (is_open, &args.origin) {
            let last = names.last().map_or("", String::as_str);
            let message = format!("`{last}` has no next hop, so nothing would be sent to --origin");
            return Err(Diagnostic::error(codes::NO_NEXT_HOP, message)
                .at(Place::argument(format!("--origin {origin}")))
                .help("leave out --origin, or end the chain with a proxy")
                .into());
        }
        let composed = chain.split_imports(true).name_modules().compose()?;

        let mut builder = Proxy::builder(&self.engine, &composed.component)
            .limits(args.limits())
            .reuse(args.reuse())
            .extensions(self.instances())
            .on_failure(self.failures(names.clone()));
        let tls = tls::trusting(&args.ca)?;
        let network = Network::new(self.policy(), &args.route, &tls);
        for name in &names {
            let member: Arc<str> = name.as_str().into();
            let variables = args.env.iter().filter(|variable| variable.member == *name);
            // The last counts.
            let variables: BTreeMap<_, _> = variables
                .map(|variable| (variable.key.clone(), variable.value.clone()))
                .collect();
            let variables: Vec<_> = variables.into_iter().collect();
            let own = member.clone();
            builder = builder.member_wasi(name, move || output::context(&own, &variables));
            if asking.contains(name) {
                let calls = SideCalls::new(member, network.clone(), self.metrics.clone());
                builder = builder.member_client(name, calls);
            }
        }
        if let Some(origin) = &args.origin {
            let mut upstream = HttpUpstream::new(origin.clone()).tls(tls);
            if args.origin_host {
                upstream = upstream.own_host();
            }
            builder = builder.origin(Origin {
                server: origin.clone(),
                upstream,
            });
        }
        let proxy = builder
            .build()
            .map_err(|error| failure::of_build(&error, &names))?;
        Ok(Ready { proxy, is_open })
    }

    fn policy(&self) -> Arc<Policy> {
        let mut rules = self.args.allow.clone();
        rules.extend(self.args.allow_all.then(Rule::all));
        Arc::new(Policy::new(rules, self.args.allow_address.clone()))
    }

    /// Rejects options that name an unknown member.
    fn check_names(&self, names: &[String]) -> Result<(), Failure> {
        let of_rules = self
            .args
            .allow
            .iter()
            .filter_map(|rule| Some(("--allow", rule.member()?)));
        let of_env = self
            .args
            .env
            .iter()
            .map(|variable| ("--env", variable.member.as_str()));
        let unknown = of_rules
            .chain(of_env)
            .filter(|(_, name)| !names.iter().any(|member| member == name))
            .map(|(option, name)| {
                let message = format!("no member `{name}`; the members are {}", list(names));
                Diagnostic::error(codes::UNKNOWN_MEMBER, message)
                    .at(Place::argument(format!("{option} {name}")))
                    .help(format!(
                        "members have the names of their files; `{name}=FILE` gives another one"
                    ))
            });
        Failure::of(unknown.collect()).map_or(Ok(()), Err)
    }

    /// Says where something is given to a member that doesn't import it.
    fn warn_of_what_is_not_used(&self, members: &[Member]) {
        let args = &self.args;
        let is_for_all = args.allow_all || args.allow.iter().any(|rule| rule.member().is_none());
        let is_given = is_for_all || !args.route.is_empty();
        if is_given && members.iter().all(|member| member.client().is_none()) {
            warn!(target: "server", "--allow, --allow-all and --route change nothing: nobody makes requests on the side");
        }
        for member in members {
            let name = member.name();
            let mut allowed = args.allow.iter();
            if member.client().is_none() && allowed.any(|rule| rule.member() == Some(name)) {
                warn!(target: "server", member = name, "--allow changes nothing: it makes no requests on the side");
            }
            let is_environment = |import: &str| import.starts_with("wasi:cli/environment@");
            let mut variables = args.env.iter();
            if !member.imports().any(is_environment) && variables.any(|v| v.member == name) {
                warn!(target: "server", member = name, "--env changes nothing: it doesn't import wasi:cli/environment");
            }
        }
    }

    /// Counts instances, as long as they live.
    fn instances(&self) -> impl Fn() -> Extensions + Send + Sync + 'static {
        let gauge = self.metrics.instances.clone();
        move || {
            let mut extensions = Extensions::new();
            extensions.insert(Arc::new(Counted::new(gauge.clone())));
            extensions
        }
    }

    fn failures(&self, names: Vec<String>) -> impl Fn(&wasmtime::Error) + Send + Sync + 'static {
        let metrics = self.metrics.clone();
        move |failure| {
            // A server that stops ends what is left with its runtime.
            if is_stopping() {
                return;
            }
            let member = culprit(failure, &names);
            let by = ByMember {
                member: member.clone(),
            };
            metrics.traps.get_or_create(&by).inc();
            let reason = failure.root_cause().to_string();
            // Where in the code is for whoever looks for it.
            let at = format!("{failure:#}");
            error!(target: "trap", member, at, "{reason}");
        }
    }
}

/// Whether the runtime is at its end, which cancels what runs in it.
pub fn is_stopping() -> bool {
    STOPPING.load(Ordering::Relaxed)
}

/// Set when nothing is served any more.
pub static STOPPING: AtomicBool = AtomicBool::new(false);

/// The member that a trap happened in, by the name of its code.
fn culprit(failure: &wasmtime::Error, names: &[String]) -> String {
    let backtrace = failure.downcast_ref::<WasmBacktrace>();
    let frames = backtrace.map_or(&[][..], WasmBacktrace::frames);
    let mut modules = frames.iter().filter_map(|frame| frame.module().name());
    let is_member = |module: &&str| {
        module
            .split(" or ")
            .any(|name| names.iter().any(|n| n == name))
    };
    match modules.find(is_member) {
        Some(name) => name.to_owned(),
        // It was refused something, or ran out of time, without code of its own at work.
        None if names.len() == 1 => names[0].clone(),
        None => "chain".to_owned(),
    }
}

/// One instance more, until it is gone.
struct Counted(Gauge);

impl Counted {
    fn new(gauge: Gauge) -> Self {
        gauge.inc();
        Counted(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}
