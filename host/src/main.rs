//! `witgen-serve`: services, proxies and chains behind a socket.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::Parser as _;
use tokio::runtime::Runtime;

mod serve;

/// The stack of a program's first thread on Linux and macOS, with which everything is tested.
const STACK_BYTES: usize = 8 << 20;

fn main() -> ExitCode {
    // Windows gives the first thread 1 MiB.
    if cfg!(windows)
        && let Ok(thread) = thread::Builder::new().stack_size(STACK_BYTES).spawn(run)
    {
        return thread.join().unwrap_or(ExitCode::from(2));
    }
    run()
}

fn run() -> ExitCode {
    let args = serve::args::Args::parse();
    let form = args.log.form;
    let _log = serve::log::start(&args.log);
    let result = match Runtime::new() {
        Ok(runtime) => {
            let result = runtime.block_on(serve::run(args));
            // Don't wait for reads that never finish (a FIFO, for example).
            runtime.shutdown_timeout(Duration::from_secs(1));
            result
        }
        Err(error) => Err(serve::failure::system_error(&error).into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            serve::failure::report(&failure, form);
            ExitCode::from(2)
        }
    }
}
