//! The command line.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytesize::ByteSize;
use clap::{CommandFactory as _, Parser};
use http::Uri;
use http::uri::PathAndQuery;
use ipnet::IpNet;
use witgen::diagnostic::Failure;
use witgen::locate::{ChainArguments, ClientArgument, HopArgument};
use witgen::project;
use witgen::registry::{Options, Registries};
use witgen_serve::proxy::{Limits, Reuse};
use witgen_serve::server::{Rate, ServerLimits};

use super::code_cache::args::CodeCacheArgs;
use super::listen::address::{ListenAddress, TrustedProxy, mode};
use super::log::args::LogArgs;
use super::policy::Rule;
use super::side_call_rates::SideCallRate;
use super::trace::settings::TraceArgs;
use super::values::{
    Route, Variable, client, count, delay, duration, head_size, health_path, hop, pseudonym, route,
    server, size, variable,
};

/// The options that `-h` lists; `--help` lists all.
const SHORT_HELP: [&str; 14] = [
    "members",
    "check_config",
    "watch",
    "env",
    "listen",
    "tls_cert",
    "tls_key",
    "admin",
    "origin",
    "hops",
    "clients",
    "allow",
    "rate_limit",
    "log_level",
];

/// Serve components over HTTP
///
/// Several components are linked into a chain, the outermost first: the next hop of each is the handler of the
/// component after it. A chain that ends in a service is closed; an open chain needs --origin. A component with
/// several next hops needs a --hop for each.
///
/// A `chain.toml` as the only argument describes all of this. Options replace its values.
#[derive(Clone, Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    // `witgen serve` puts some of its own before those of the user.
    args_override_self = true,
    override_usage = "witgen-serve [OPTIONS] <[NAME=]FILE|REF>...\n       witgen-serve --check-ready <ADDR>",
    after_help = "Examples:
  witgen serve hello.wasm
  witgen serve gate.wasm stamp.wasm --origin http://127.0.0.1:3000 --allow gate=auth.example
  witgen serve chain.toml --check-config",
    after_long_help = "Examples:
  witgen serve hello.wasm
  witgen serve gate.wasm stamp.wasm --origin http://127.0.0.1:3000 --allow gate=auth.example
  witgen serve router.wasm --hop router.primary=http://127.0.0.1:3000 --hop router.fallback=sorry.wasm
  witgen serve hello.wasm --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem --admin 127.0.0.1:9000
  witgen serve first=stamp.wasm second=stamp.wasm hello.wasm --watch
  witgen serve chain.toml --listen 0.0.0.0:8080 --check-config"
)]
pub struct Args {
    /// The components, the outermost first: files, or packages of a registry (`acme:gate@1.0.0`)
    ///
    /// NAME sets another name than that of the file. A `chain.toml` can be the only argument.
    #[arg(
        value_name = "[NAME=]FILE|REF",
        required_unless_present = "check_ready"
    )]
    pub members: Vec<String>,
    /// Exit with 0 if the server with this --admin address is ready: for health checks of containers
    #[arg(long, value_name = "ADDR")]
    pub check_ready: Option<SocketAddr>,
    /// Check the configuration and the components, print what would be served, and exit
    #[arg(long)]
    pub check_config: bool,
    /// The address of a listener; can be repeated
    ///
    /// Port 0 is a free port. `unix:PATH` is a Unix socket, and `systemd` or `systemd:NAME` are sockets that systemd
    /// has opened.
    #[arg(
        help_heading = "Listeners",
        long,
        value_name = "ADDR|unix:PATH|systemd[:NAME]",
        default_value = "127.0.0.1:8080"
    )]
    pub listen: Vec<ListenAddress>,
    /// The file mode of Unix sockets, which decides who may connect
    #[arg(help_heading = "Listeners", long, value_name = "MODE", default_value = "0660", value_parser = mode)]
    pub unix_mode: u32,
    /// Require a header of the PROXY protocol, version 1 or 2, from each connection
    ///
    /// The address in the header is the client's. Only a --trusted-proxy may connect.
    #[arg(help_heading = "Listeners", long)]
    pub proxy_protocol: bool,
    /// The server of an open chain's next hops, of http or https
    ///
    /// It applies to each open next hop without a --hop. If the option is repeated, the servers receive requests in
    /// turn, and failing servers are ejected for a while.
    #[arg(help_heading = "Next hops", long, value_name = "URL", value_parser = server)]
    pub origin: Vec<Uri>,
    /// The path of health checks of --origin servers, every 5 seconds
    ///
    /// A healthy server responds with 2xx or 3xx.
    #[arg(help_heading = "Next hops", long, value_name = "PATH", value_parser = health_path, requires = "origin")]
    pub origin_health: Option<PathAndQuery>,
    /// Send origins their own name in `Host`, instead of the client's
    #[arg(help_heading = "Next hops", long)]
    pub origin_host: bool,
    /// The target of a next hop; can be repeated
    ///
    /// It is a server, a component, which becomes a member, a member by its name, or `deny` to reject requests. NAME
    /// is the component's name for the next hop. `MEMBER=` is enough if the member has only one, and `NAME=` if only
    /// one member has a next hop with that name.
    #[arg(help_heading = "Next hops", long = "hop", value_name = "[MEMBER.]NAME=URL|FILE|MEMBER|deny", value_parser = hop)]
    pub hops: Vec<HopArgument>,
    /// Also trust the root certificates in this file, in PEM, for https servers; can be repeated
    ///
    /// The Mozilla root certificates are always trusted.
    #[arg(help_heading = "Next hops", long, value_name = "FILE")]
    pub ca: Vec<PathBuf>,
    /// The server's certificate in PEM, followed by intermediate certificates; enables TLS
    #[arg(
        help_heading = "Listeners",
        long,
        value_name = "FILE",
        requires = "tls_key"
    )]
    pub tls_cert: Option<PathBuf>,
    /// The private key of the certificate, in PEM
    #[arg(
        help_heading = "Listeners",
        long,
        value_name = "FILE",
        requires = "tls_cert"
    )]
    pub tls_key: Option<PathBuf>,
    /// Reload components and certificates when their files change; SIGHUP always does
    #[arg(long)]
    pub watch: bool,
    /// The time for requests in flight when the server stops
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub grace: Duration,
    /// The time for which connections are accepted after the signal to stop
    ///
    /// /readyz already reports that the server isn't ready, so that load balancers stop sending requests.
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = delay)]
    pub drain_delay: Duration,
    /// The address of /healthz, /readyz, /metrics and a page for operators
    #[arg(
        help_heading = "Listeners",
        long,
        value_name = "ADDR|unix:PATH|systemd[:NAME]"
    )]
    pub admin: Option<ListenAddress>,
    /// The server's name in Via and CDN-Loop [default: witgen- and a random number]
    ///
    /// Two servers on the way of a request need different names.
    #[arg(help_heading = "Next hops", long, value_name = "NAME", value_parser = pseudonym)]
    pub name: Option<String>,
    /// An environment variable of a member, which must import wasi:cli/environment; can be repeated
    #[arg(long, value_name = "MEMBER:KEY=VALUE", value_parser = variable)]
    pub env: Vec<Variable>,

    /// The target of a member's side calls: a service, or `deny` to reject them
    ///
    /// `MEMBER.NAME` sets the target of one import. `*` stands for all members without a --client of their own. Other
    /// side calls go to the network, if --allow permits the host.
    #[arg(
        long = "client",
        value_name = "MEMBER[.NAME]=FILE|deny",
        value_parser = client,
        help_heading = "Side calls"
    )]
    pub clients: Vec<ClientArgument>,
    /// Hosts that members may send side calls to; can be repeated
    ///
    /// `*.example.com` is every name below example.com, and `*` is every host.
    #[arg(long, value_name = "[MEMBER=]HOST[:PORT]", help_heading = "Side calls")]
    pub allow: Vec<Rule>,
    /// Allow side calls of all members to all hosts
    #[arg(long, help_heading = "Side calls")]
    pub allow_all: bool,
    /// Send requests for a host to another server: `auth.example=http://127.0.0.1:3001`
    ///
    /// All members may use the route, or if an --allow names HOST, only the members that it allows.
    #[arg(long, value_name = "HOST=URL", value_parser = route, help_heading = "Side calls")]
    pub route: Vec<Route>,
    /// Private networks that allowed names may resolve to; can be repeated
    #[arg(long, value_name = "NETWORK", help_heading = "Side calls")]
    pub allow_address: Vec<IpNet>,
    /// The rate of a member's side calls: 100/s, 6000/m or 50/h,burst=10
    ///
    /// Excess calls fail with `connection-limit-reached`.
    #[arg(
        long = "side-call-rate",
        value_name = "MEMBER=RATE",
        help_heading = "Side calls"
    )]
    pub side_call_rates: Vec<SideCallRate>,

    /// Maximum connections; excess ones are rejected
    #[arg(long, value_name = "N", default_value = "4096", value_parser = count, help_heading = "Limits of clients")]
    pub max_connections: usize,
    /// Maximum concurrent requests; excess ones receive 503
    #[arg(long, value_name = "N", default_value = "1024", value_parser = count, help_heading = "Limits of clients")]
    pub max_requests: usize,
    /// Load balancers and other proxies, which have no limits per client; can be repeated
    ///
    /// `unix` stands for clients of Unix sockets. Any other single address gets at most three quarters of the
    /// connections and requests.
    #[arg(long, value_name = "NETWORK|unix", help_heading = "Limits of clients")]
    pub trusted_proxy: Vec<TrustedProxy>,
    /// The rate of each client's requests: 100/s, 6000/m or 50/h,burst=10
    ///
    /// Excess requests receive 429. Without a burst, a client may send the whole number at once.
    #[arg(long, value_name = "RATE", help_heading = "Limits of clients")]
    pub rate_limit: Option<Rate>,
    /// Maximum size of a request's head
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "64KiB",
        value_parser = head_size,
        help_heading = "Limits of clients"
    )]
    pub max_header_size: ByteSize,
    /// Maximum number of a request's headers, in HTTP/1.1
    #[arg(long, value_name = "N", default_value = "100", value_parser = count, help_heading = "Limits of clients")]
    pub max_header_count: usize,
    /// Maximum size of a request's body [default: none]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Limits of clients")]
    pub max_body_size: Option<ByteSize>,
    /// Timeout for a request's head, and for idle connections
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = "Limits of clients")]
    pub header_timeout: Duration,
    /// Timeout for a client to read 64 KiB of a response, or to send 64 KiB of a body
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration, help_heading = "Limits of clients")]
    pub stall_timeout: Duration,
    /// Timeout until the end of the response [default: none]
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Limits of clients")]
    pub request_timeout: Option<Duration>,

    /// Timeout until the head of the response
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = "Limits of components")]
    pub response_timeout: Duration,
    /// Time that an instance may run after its last response
    ///
    /// It transmits bodies and finishes its own work.
    #[arg(
        long,
        alias = "afterwards-timeout",
        value_name = "TIME",
        default_value = "10m",
        value_parser = duration,
        help_heading = "Limits of components"
    )]
    pub post_response_timeout: Duration,
    /// Time that a component may compute without a pause
    #[arg(
        long,
        alias = "computing-timeout",
        value_name = "TIME",
        default_value = "2s",
        value_parser = duration,
        help_heading = "Limits of components"
    )]
    pub cpu_timeout: Duration,
    /// Maximum memory of an instance
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "256MiB",
        value_parser = size,
        help_heading = "Limits of components"
    )]
    pub max_memory: ByteSize,
    /// Maximum memory of all instances [default: three quarters of the machine's]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Limits of components")]
    pub max_total_memory: Option<ByteSize>,
    /// Maximum connections to servers, for next hops and side calls, including idle ones
    #[arg(long, value_name = "N", default_value = "4096", value_parser = count, help_heading = "Limits of components")]
    pub max_upstream_connections: usize,
    /// Maximum concurrent requests of an instance; with 1, a trap affects no other request
    #[arg(long, value_name = "N", default_value = "16", value_parser = count, help_heading = "Limits of components")]
    pub instance_concurrency: usize,
    /// Maximum requests of an instance in total
    #[arg(long, value_name = "N", default_value = "1000", value_parser = count, help_heading = "Limits of components")]
    pub instance_requests: usize,
    /// Maximum instances; a request that needs another one receives 503
    #[arg(long, value_name = "N", default_value = "1000", value_parser = count, help_heading = "Limits of components")]
    pub max_instances: usize,
    /// Time that an instance waits for another request
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = duration, help_heading = "Limits of components")]
    pub instance_idle: Duration,

    #[command(flatten)]
    pub log: LogArgs,

    #[command(flatten)]
    pub trace: TraceArgs,

    /// Use this registry instead of the configured one: a host, or the path of a directory, with a `/` in it
    #[arg(
        long,
        value_name = "HOST[:PORT]|DIR",
        env = "WKG_REGISTRY",
        help_heading = "Registries"
    )]
    pub registry: Option<String>,
    /// The configuration file of registries, in wkg's format [default: wkg's own]
    #[arg(
        long,
        value_name = "FILE",
        env = "WKG_CONFIG_FILE",
        help_heading = "Registries"
    )]
    pub config: Option<PathBuf>,
    /// The directory of cached downloads [default: `witgen` in the user's cache directory]
    #[arg(
        long,
        value_name = "DIR",
        env = "WITGEN_CACHE_DIR",
        help_heading = "Registries"
    )]
    pub cache: Option<PathBuf>,
    /// Don't use registries; use cached downloads only
    #[arg(long, help_heading = "Registries")]
    pub offline: bool,

    #[command(flatten)]
    pub code_cache: CodeCacheArgs,
}

impl Args {
    /// Returns the command line, whose short help has only the options that most users need.
    pub fn command_line() -> clap::Command {
        Args::command().mut_args(|arg| {
            let is_short = SHORT_HELP.contains(&arg.get_id().as_str());
            arg.hide_short_help(!is_short)
        })
    }

    pub fn registries(&self) -> Result<Registries, Failure> {
        Ok(Registries::new(Options {
            // An empty variable means that it is unset.
            registry: self.registry.clone().filter(|name| !name.is_empty()),
            config: self.config.clone(),
            project: project::registries(Path::new("."))?,
            cache: self.cache.clone(),
            offline: self.offline,
            timeout: None,
        }))
    }

    /// Returns what the chain is made of.
    pub fn chain(&self) -> ChainArguments<'_> {
        ChainArguments {
            members: &self.members,
            hops: &self.hops,
            clients: &self.clients,
        }
    }

    pub fn server_limits(&self) -> ServerLimits {
        ServerLimits {
            connections: self.max_connections,
            requests: self.max_requests,
            head: u32::try_from(self.max_header_size.as_u64()).unwrap_or(u32::MAX),
            fields: self.max_header_count,
            body: self.max_body_size.map(|size| size.as_u64()),
            head_time: self.header_timeout,
            stall_time: self.stall_timeout,
            request_time: self.request_timeout,
        }
    }

    pub fn limits(&self) -> Limits {
        let head = usize::try_from(self.max_header_size.as_u64()).unwrap_or(usize::MAX);
        let default = Limits::default();
        Limits {
            memory: usize::try_from(self.max_memory.as_u64()).unwrap_or(usize::MAX),
            // A component can hold every head that the server accepts.
            fields: default.fields.max(head.saturating_mul(2)),
            response: self.response_timeout,
            cpu: self.cpu_timeout,
            post_response: self.post_response_timeout,
            ..default
        }
    }

    pub fn reuse(&self) -> Reuse {
        Reuse {
            concurrent: self.instance_concurrency,
            total: self.instance_requests,
            idle: self.instance_idle,
            instances: self.max_instances,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command_line().debug_assert();
    }

    #[test]
    fn short_help_fits_on_a_screen() {
        let mut command = Args::command_line();
        command.build();
        let listed: Vec<&str> = command
            .get_arguments()
            .map(|arg| arg.get_id().as_str())
            .filter(|id| SHORT_HELP.contains(id))
            .collect();
        assert_eq!(listed.len(), SHORT_HELP.len(), "{listed:?}");
        let help = command.term_width(100).render_help().to_string();
        assert!(help.lines().count() <= 55, "{help}");
    }

    #[test]
    fn defaults_are_those_of_the_library() {
        let args = Args::parse_from(["witgen-serve", "a.wasm"]);
        assert_eq!(args.server_limits(), ServerLimits::default());
        assert_eq!(args.limits(), Limits::default());
        assert_eq!(args.reuse(), Reuse::default());
    }

    #[test]
    fn earlier_spellings_of_options_are_accepted() {
        let current = ["--post-response-timeout=5s", "--cpu-timeout=1s"];
        let earlier = ["--afterwards-timeout=5s", "--computing-timeout=1s"];
        for options in [current, earlier] {
            let args = Args::parse_from(["witgen-serve", "a.wasm"].into_iter().chain(options));
            let limits = args.limits();
            assert_eq!(limits.post_response, Duration::from_secs(5), "{options:?}");
            assert_eq!(limits.cpu, Duration::from_secs(1), "{options:?}");
        }
    }

    #[test]
    fn help_shows_only_the_current_spellings() {
        let help = Args::command().render_long_help().to_string();
        assert!(help.contains("--post-response-timeout") && help.contains("--cpu-timeout"));
        assert!(!help.contains("afterwards") && !help.contains("--computing-timeout"));
    }
}
