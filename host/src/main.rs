//! `witgen-serve`: services, proxies and chains behind a socket.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use tokio::runtime::Runtime;

mod serve;

fn main() -> ExitCode {
    let args = serve::args::Args::parse();
    let form = args.log;
    let _log = serve::log::begin(form);
    let ended = match Runtime::new() {
        Ok(runtime) => {
            let ended = runtime.block_on(serve::run(args));
            // A file that can't be read to its end is not waited for.
            runtime.shutdown_timeout(Duration::from_secs(1));
            ended
        }
        Err(error) => Err(serve::failure::of_system(&error).into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            serve::failure::report(&failure, form);
            ExitCode::from(2)
        }
    }
}
