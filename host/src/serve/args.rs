//! The command line.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytesize::ByteSize;
use clap::Parser;
use http::Uri;
use http::uri::PathAndQuery;
use ipnet::IpNet;
use witgen::diagnostic::Failure;
use witgen::locate::{ChainArguments, ClientArgument, HopArgument};
use witgen::project;
use witgen::registry::{Options, Registries};
use witgen_serve::proxy::{Limits, Reuse};
use witgen_serve::server::{Rate, ServerLimits};

use super::code_cache::CodeCacheArgs;
use super::listen::address::{ListenAddress, TrustedProxy, mode};
use super::log::args::LogArgs;
use super::policy::{Rule, normalize_host};
use super::side_call_rates::SideCallRate;
use super::trace::settings::TraceArgs;
use super::values::{count, duration, size};

/// The longest delay before the server stops.
const MAX_DRAIN_DELAY: Duration = Duration::from_secs(3600);

/// Runs services, proxies and chains of wasi:http.
///
/// Several members are linked to a chain, the outermost first: each one's next hop is the handler of the one that
/// follows. A chain that ends in a service is closed; one that is open needs --origin. A component that chooses between
/// several next hops needs --hop for each.
///
/// A `chain.toml` as the only argument describes all of this, and options replace what it says.
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
  witgen serve router.wasm --hop router.primary=http://127.0.0.1:3000 --hop router.fallback=sorry.wasm
  witgen serve hello.wasm --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem --admin 127.0.0.1:9000
  witgen serve first=stamp.wasm second=stamp.wasm hello.wasm --watch
  witgen serve chain.toml --listen 0.0.0.0:8080 --check-config"
)]
pub struct Args {
    /// The members, the outermost first: files, or components of a registry (`acme:gate@1.0.0`), with names if they are
    /// to have others than these; or a `chain.toml` alone
    #[arg(
        value_name = "[NAME=]FILE|REF",
        required_unless_present = "check_ready"
    )]
    pub members: Vec<String>,
    /// Ask /readyz of the server whose --admin is this address, and end with 0 if it's ready: for a container's health check
    #[arg(long, value_name = "ADDR")]
    pub check_ready: Option<SocketAddr>,
    /// Check everything, show what would be served, and end without listening
    #[arg(long)]
    pub check_config: bool,
    /// Where to listen: an address, whose port 0 is any that is free, a Unix socket, or sockets that systemd has opened; can
    /// be repeated
    #[arg(
        long,
        value_name = "ADDR|unix:PATH|systemd[:NAME]",
        default_value = "127.0.0.1:8080"
    )]
    pub listen: Vec<ListenAddress>,
    /// Who may connect to Unix sockets that the server makes: the mode of their files
    #[arg(long, value_name = "MODE", default_value = "0660", value_parser = mode)]
    pub unix_mode: u32,
    /// Require connections to begin with the header of the PROXY protocol, version 1 or 2; the address in it is the client's.
    /// Only a --trusted-proxy may connect
    #[arg(long)]
    pub proxy_protocol: bool,
    /// The next hop of an open chain: a server of http or https. If there are several open next hops, each one without a
    /// --hop. If it is repeated, each server gets a request in turn, and those that fail are left out for a while
    #[arg(long, value_name = "URL", value_parser = server)]
    pub origin: Vec<Uri>,
    /// Request this path from each server of --origin every 5 seconds, and use only those that respond with 2xx or 3xx
    #[arg(long, value_name = "PATH", value_parser = health_path, requires = "origin")]
    pub origin_health: Option<PathAndQuery>,
    /// Send origins their own name in `Host`, not the one that the client asked for
    #[arg(long)]
    pub origin_host: bool,
    /// Where a next hop leads: to a server, to a component, which becomes a member, to a member by its name, or nowhere with
    /// `deny`. NAME is what the component calls the next hop; `MEMBER=` is enough if it has only one, and `NAME=` if only
    /// one member has a next hop with that name
    #[arg(long = "hop", value_name = "[MEMBER.]NAME=URL|FILE|MEMBER|deny", value_parser = hop)]
    pub hops: Vec<HopArgument>,
    /// Trust the authorities of this file, in PEM, besides those that the web trusts, where the origin or a side service
    /// is one of https; can be repeated
    #[arg(long, value_name = "FILE")]
    pub ca: Vec<PathBuf>,
    /// Speak TLS, with the certificates in this file, in PEM, the server's own first
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The key of the server's certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Serve changed components and certificates as soon as they are there; SIGHUP does so at any time
    #[arg(long)]
    pub watch: bool,
    /// How long what runs may take when the server is to stop
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub grace: Duration,
    /// How long the server accepts connections after the signal to stop, while /readyz already reports that it isn't ready: until
    /// load balancers send no more
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = delay)]
    pub drain_delay: Duration,
    /// Where a page for operators, /healthz, /readyz and /metrics are served
    #[arg(long, value_name = "ADDR|unix:PATH|systemd[:NAME]")]
    pub admin: Option<ListenAddress>,
    /// What an open chain calls itself in Via and CDN-Loop; two hosts on a request's way need two names [default:
    /// witgen- and a random number]
    #[arg(long, value_name = "NAME", value_parser = pseudonym)]
    pub name: Option<String>,
    /// The environment of a member that imports wasi:cli/environment
    #[arg(long, value_name = "MEMBER:KEY=VALUE", value_parser = variable)]
    pub env: Vec<Variable>,

    /// Where a member's side calls go, or those that it makes by one name: to a service, or nowhere with `deny`; `*`
    /// stands for all members that have none of their own. Other side calls go to the network, if --allow lets them
    #[arg(
        long = "client",
        value_name = "MEMBER[.NAME]=FILE|deny",
        value_parser = client,
        help_heading = "Side calls"
    )]
    pub clients: Vec<ClientArgument>,
    /// Hosts that members may ask on the side; `*.example.com` is what is below, `*` is any
    #[arg(long, value_name = "[MEMBER=]HOST[:PORT]", help_heading = "Side calls")]
    pub allow: Vec<Rule>,
    /// Let every member ask any host
    #[arg(long, help_heading = "Side calls")]
    pub allow_all: bool,
    /// Where requests to a host go instead: `auth.example=http://127.0.0.1:3001`. All members may make them, unless an
    /// --allow names the host
    #[arg(long, value_name = "HOST=URL", value_parser = route, help_heading = "Side calls")]
    pub route: Vec<Route>,
    /// Addresses that allowed names may lead to, though they are of this machine or of a private network
    #[arg(long, value_name = "NETWORK", help_heading = "Side calls")]
    pub allow_address: Vec<IpNet>,
    /// How many side calls a member may make, as 100/s, 6000/m or 50/h,burst=10; more end with `connection-limit-reached`
    #[arg(
        long = "side-call-rate",
        value_name = "MEMBER=RATE",
        help_heading = "Side calls"
    )]
    pub side_call_rates: Vec<SideCallRate>,

    /// Connections at a time; more are told that there are too many
    #[arg(long, value_name = "N", default_value = "4096", value_parser = count, help_heading = "Limits of clients")]
    pub max_connections: usize,
    /// Requests at a time; more are answered with 503
    #[arg(long, value_name = "N", default_value = "1024", value_parser = count, help_heading = "Limits of clients")]
    pub max_requests: usize,
    /// Proxies that pass on the requests of many clients, such as a load balancer; `unix` is whoever connects to a Unix
    /// socket. Others share connections and requests: a single address gets three quarters of them at most; can be repeated
    #[arg(long, value_name = "NETWORK|unix", help_heading = "Limits of clients")]
    pub trusted_proxy: Vec<TrustedProxy>,
    /// How many requests a client may make, as 100/s, 6000/m or 50/h,burst=10; more are answered with 429. By default as
    /// many as the rate says may come at once
    #[arg(long, value_name = "RATE", help_heading = "Limits of clients")]
    pub rate_limit: Option<Rate>,
    /// The size of a request's head
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "64KiB",
        value_parser = head_size,
        help_heading = "Limits of clients"
    )]
    pub max_header_size: ByteSize,
    /// The fields of a request's head, by HTTP/1.1
    #[arg(long, value_name = "N", default_value = "100", value_parser = count, help_heading = "Limits of clients")]
    pub max_header_count: usize,
    /// The size of a request's content [default: any]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Limits of clients")]
    pub max_body_size: Option<ByteSize>,
    /// How long a request's head may take, and how long a connection may be idle
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = "Limits of clients")]
    pub header_timeout: Duration,
    /// How long a client may take to read 64 KiB of a response, or to send 64 KiB of a request's content that is read
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration, help_heading = "Limits of clients")]
    pub stall_timeout: Duration,
    /// How long a request may take until its response is through [default: any time]
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Limits of clients")]
    pub request_timeout: Option<Duration>,

    /// How long a request may take until there is a response
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = "Limits of components")]
    pub response_timeout: Duration,
    /// How long an instance may run after its last response, to transmit bodies and to finish its own work
    #[arg(
        long,
        alias = "afterwards-timeout",
        value_name = "TIME",
        default_value = "10m",
        value_parser = duration,
        help_heading = "Limits of components"
    )]
    pub post_response_timeout: Duration,
    /// How long a component may compute without a pause
    #[arg(
        long,
        alias = "computing-timeout",
        value_name = "TIME",
        default_value = "2s",
        value_parser = duration,
        help_heading = "Limits of components"
    )]
    pub cpu_timeout: Duration,
    /// The memory of an instance
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "256MiB",
        value_parser = size,
        help_heading = "Limits of components"
    )]
    pub max_memory: ByteSize,
    /// The memory of all instances together [default: three quarters of the machine's]
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Limits of components")]
    pub max_total_memory: Option<ByteSize>,
    /// Connections to the origin and to side services at a time, including idle ones
    #[arg(long, value_name = "N", default_value = "4096", value_parser = count, help_heading = "Limits of components")]
    pub max_upstream_connections: usize,
    /// Requests of an instance at a time; with 1, a trap costs no other
    #[arg(long, value_name = "N", default_value = "16", value_parser = count, help_heading = "Limits of components")]
    pub instance_concurrency: usize,
    /// Requests of an instance, altogether
    #[arg(long, value_name = "N", default_value = "1000", value_parser = count, help_heading = "Limits of components")]
    pub instance_requests: usize,
    /// Instances at a time; a request that would need one more is answered with 503
    #[arg(long, value_name = "N", default_value = "1000", value_parser = count, help_heading = "Limits of components")]
    pub max_instances: usize,
    /// How long an instance waits for a further request
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
    /// The configuration of registries, in wkg's format [default: wkg's own]
    #[arg(
        long,
        value_name = "FILE",
        env = "WKG_CONFIG_FILE",
        help_heading = "Registries"
    )]
    pub config: Option<PathBuf>,
    /// Where downloads are kept [default: witgen's folder among the user's caches]
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

/// Sends the side calls for a host to another server.
#[derive(Clone, Debug)]
pub struct Route {
    /// In lower case.
    pub host: String,
    pub server: Uri,
}

/// A variable of a member's environment.
#[derive(Clone, Debug)]
pub struct Variable {
    pub member: String,
    pub key: String,
    pub value: String,
}

impl fmt::Display for Variable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Variable { member, key, value } = self;
        write!(formatter, "{member}:{key}={value}")
    }
}

impl Args {
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

/// Checks the URL of a server.
pub fn server(url: &str) -> Result<Uri, String> {
    let uri: Uri = url.parse().map_err(|error| format!("{error}"))?;
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if authority.contains('@') {
        return Err("leave out the user: it would not be sent".to_owned());
    }
    if uri.query().is_some() {
        return Err("leave out the query: each request has its own".to_owned());
    }
    match uri.scheme_str() {
        Some("http" | "https") if uri.host().is_some() => Ok(uri),
        _ => Err("write it as http://HOST:PORT or https://HOST".to_owned()),
    }
}

/// Checks the path of health checks.
fn health_path(path: &str) -> Result<PathAndQuery, String> {
    match path.parse() {
        Ok(target) if path.starts_with('/') && !path.contains('#') => Ok(target),
        _ => Err("write it as /healthz".to_owned()),
    }
}

fn hop(text: &str) -> Result<HopArgument, String> {
    let hop: HopArgument = text
        .parse()
        .map_err(|()| "write it as MEMBER.NAME=URL, or MEMBER.NAME=FILE".to_owned())?;
    hop.url().map(server).transpose()?;
    Ok(hop)
}

fn client(text: &str) -> Result<ClientArgument, String> {
    text.parse().map_err(|()| "write it as MEMBER=FILE, or MEMBER=deny".to_owned())
}

fn route(text: &str) -> Result<Route, String> {
    match text.split_once('=') {
        Some((host, _)) if host.contains(['*', '/', ':']) && host.parse::<IpAddr>().is_err() => {
            Err("the host is a name alone, for all of its ports".to_owned())
        }
        Some((host, url)) if !host.is_empty() => Ok(Route {
            host: normalize_host(host),
            server: server(url)?,
        }),
        _ => Err("write it as HOST=URL".to_owned()),
    }
}

/// Parses a delay of up to an hour: with more, a typing error would keep the server from stopping.
fn delay(text: &str) -> Result<Duration, String> {
    let delay = humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write it as 500ms, 5s or 1m"))?;
    if delay > MAX_DRAIN_DELAY {
        return Err("it may be an hour at most".to_owned());
    }
    Ok(delay)
}

fn head_size(text: &str) -> Result<ByteSize, String> {
    match size(text)? {
        size if size < ByteSize::kib(8) => Err("it has to be 8KiB at least".to_owned()),
        size => Ok(size),
    }
}

fn variable(text: &str) -> Result<Variable, String> {
    let parts = text.split_once(':').and_then(|(member, variable)| {
        let (key, value) = variable.split_once('=')?;
        Some((member, key, value))
    });
    match parts {
        Some((member, key, value)) if !member.is_empty() && !key.is_empty() => Ok(Variable {
            member: member.to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
        }),
        _ => Err("write it as MEMBER:KEY=VALUE".to_owned()),
    }
}

/// Parses a pseudonym, which is a token (RFC 9110, section 5.6.2).
fn pseudonym(text: &str) -> Result<String, String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_token) {
        Ok(text.to_owned())
    } else {
        Err("it may have letters, digits, and signs such as - and .".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
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
