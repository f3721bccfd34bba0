//! Chains whose members' imports stay apart: what each member has of its own.
//!
//! `witgen compose --split-imports` names them: `gate:wasi-http/client@0.3.3` is the
//! `wasi:http/client@0.3.3` of the member `gate`.

use wasmtime::component::Linker;
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::p3::bindings::{cli, clocks, random};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView};

use super::State;

/// Whose an import is, and what it is to the member; nothing for one that isn't split.
pub(super) fn split(import: &str) -> Option<(&str, String)> {
    let (member, rest) = import.split_once(":wasi-")?;
    Some((member, format!("wasi:{rest}")))
}

/// Gives a member what wasmtime implements, under the name that it has there. What it doesn't is left out.
pub(super) fn add_wasi(
    linker: &mut Linker<State>,
    import: &str,
    interface: &str,
) -> wasmtime::Result<()> {
    let name = interface
        .split_once('@')
        .map_or(interface, |(name, _)| name);
    // Each name's interface is a module of the bindings, with the host and how it is found in a state.
    macro_rules! interfaces {
        ($($known:literal => $($module:ident)::+, $host:ty, $get:expr;)*) => {
            match name {
                $($known => $($module)::+::add_to_linker_instance::<_, $host>(
                    &mut linker.instance(import)?,
                    $get,
                ),)*
                _ => Ok(()),
            }
        };
    }
    interfaces! {
        "wasi:cli/environment" => cli::environment, WasiCli, State::cli;
        "wasi:cli/stdin" => cli::stdin, WasiCli, State::cli;
        "wasi:cli/stdout" => cli::stdout, WasiCli, State::cli;
        "wasi:cli/stderr" => cli::stderr, WasiCli, State::cli;
        "wasi:clocks/monotonic-clock" => clocks::monotonic_clock, WasiClocks, State::clocks;
        "wasi:clocks/system-clock" => clocks::system_clock, WasiClocks, State::clocks;
        "wasi:random/random" => random::random, WasiRandom, State::random;
        "wasi:random/insecure" => random::insecure, WasiRandom, State::random;
        "wasi:random/insecure-seed" => random::insecure_seed, WasiRandom, State::random;
    }
}
