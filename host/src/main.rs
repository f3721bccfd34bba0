//! `witgen-serve`: services, proxies and chains behind a socket.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use tokio::runtime::Runtime;

mod serve;

fn main() -> ExitCode {
    let args = serve::args::Args::parse();
    let _log = serve::log::begin(args.log);
    let ended = match Runtime::new() {
        Ok(runtime) => {
            let ended = runtime.block_on(serve::run(args));
            // A file that can't be read to its end is not waited for.
            runtime.shutdown_timeout(Duration::from_secs(1));
            ended
        }
        Err(error) => Err(format!("error: {error}")),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{}", message.trim_end());
            ExitCode::from(2)
        }
    }
}
