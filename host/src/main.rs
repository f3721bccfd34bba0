//! `witgen-serve`: a component behind a socket.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use http::Uri;
use tokio::net::TcpListener;
use wasmtime::Engine;
use wasmtime_wasi::WasiCtx;
use witgen_serve::proxy::{self, BuildErrorKind, HttpUpstream, Proxy};
use witgen_serve::server::Server;

/// Runs a service or a proxy of wasi:http, for development.
///
/// What the component prints is printed. Its side calls are denied.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Examples:
  witgen-serve hello.wasm --listen 127.0.0.1:3000
  witgen-serve stamp.wasm --origin http://127.0.0.1:3000"
)]
struct Args {
    /// The component
    component: PathBuf,
    /// Where to listen; port 0 is any that is free
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The next hop of a proxy: a server of http or https
    #[arg(long, value_name = "URL", value_parser = server)]
    origin: Option<Uri>,
}

/// Checks the URL of a server.
fn server(url: &str) -> Result<Uri, String> {
    let uri: Uri = url.parse().map_err(|error| format!("{error}"))?;
    if uri.query().is_some() {
        return Err("leave out the query: each request has its own".to_owned());
    }
    match uri.scheme_str() {
        Some("http" | "https") if uri.host().is_some() => Ok(uri),
        _ => Err("write it as http://HOST:PORT or https://HOST".to_owned()),
    }
}

/// What to say of a component that asks for more than this host has.
fn missing(component: &Path, imports: &[String]) -> String {
    let of_0_2 = imports
        .iter()
        .any(|name| name.starts_with("wasi:") && name.contains("@0.2."));
    let help = match of_0_2 {
        true => {
            "\nhelp: some are WASI 0.2, which Rust's target wasm32-wasip2 brings along: build it for \
                 wasm32-unknown-unknown"
        }
        false => "",
    };
    let list = imports.join("`, `");
    format!(
        "`{}` imports what this host does not have: `{list}`{help}",
        component.display()
    )
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

async fn run(args: Args) -> Result<(), String> {
    let engine = Engine::new(&proxy::config()).map_err(|error| format!("{error:#}"))?;
    let mut builder = Proxy::builder(&engine, args.component.as_path())
        .wasi(|| WasiCtx::builder().inherit_stdout().inherit_stderr().build())
        .on_failure(|error| eprintln!("error: the component failed: {error:?}"));
    if let Some(origin) = args.origin {
        builder = builder.origin(HttpUpstream::new(origin));
    }
    let proxy = builder.build().map_err(|error| match error.kind() {
        BuildErrorKind::NoUpstream { import, .. } => format!(
            "`{}` imports `{import}`, its next hop: name one with --origin URL",
            args.component.display()
        ),
        BuildErrorKind::MissingImport { imports, .. } => missing(&args.component, imports),
        _ => error.to_string(),
    })?;
    let listener = TcpListener::bind(args.listen).await;
    let listener =
        listener.map_err(|error| format!("cannot listen on {}: {error}", args.listen))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    println!("listening on http://{address}");
    let served = Server::new(proxy).serve(listener, std::future::pending(), Duration::ZERO);
    let served = served.await;
    served.map_err(|error| format!("{address}: {error}"))
}
