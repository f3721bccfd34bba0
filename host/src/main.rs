//! `witgen-serve`: services, proxies and chains over HTTP.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use tokio::runtime::Runtime;

mod serve;

use serve::process::Process;
use serve::settings::{Command, Settings};

/// With the allocator of glibc, a request takes 8% more CPU time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    let command = Command::parse();
    if let Some(address) = command.args.check_ready {
        return serve::ready::check(address, command.args.log.form);
    }
    // The file has settings of the log.
    let settings = match Settings::read(&command) {
        Ok(settings) => settings,
        Err(failure) => {
            serve::failure::report(&failure, command.args.log.form);
            return ExitCode::from(2);
        }
    };
    let form = settings.args.log.form;
    let (log, log_guard) = serve::log::start(&settings.args.log);
    let result = match (Process::new(command, log), Runtime::new()) {
        (Ok(process), Ok(runtime)) => {
            let result = runtime.block_on(serve::run(process, settings));
            // Don't wait for reads that never finish (a FIFO, for example).
            runtime.shutdown_timeout(Duration::from_secs(1));
            result
        }
        (Err(failure), _) => Err(failure),
        (_, Err(error)) => Err(serve::failure::system_error(&error).into()),
    };
    // The lines of the log come before the report.
    drop(log_guard);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            serve::failure::report(&failure, form);
            ExitCode::from(2)
        }
    }
}
