//! `witgen-serve`: services, proxies and chains behind a socket.

use std::process::ExitCode;

use clap::Parser as _;

mod serve;

#[tokio::main]
async fn main() -> ExitCode {
    match serve::run(serve::args::Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{}", message.trim_end());
            ExitCode::from(2)
        }
    }
}
