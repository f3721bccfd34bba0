//! Chains whose members' imports stay apart: what each member has of its own.
//!
//! `witgen compose --split-imports` names them: `gate:wasi-http/client@0.3.3` is the
//! `wasi:http/client@0.3.3` of the member `gate`.

use wasmtime::component::Linker;
use wasmtime_wasi::cli::{WasiCli, WasiCliCtxView, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::p3::bindings::{cli, clocks, random};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView};

use super::state::State;

/// Whose an import is, and what it is to the member; nothing for one that isn't split.
pub(super) fn split(import: &str) -> Option<(&str, String)> {
    let (member, rest) = import.split_once(":wasi-")?;
    Some((member, format!("wasi:{rest}")))
}

/// How many members can have WASI of their own.
pub(super) const OWN: usize = 32;

type Cli = fn(&mut State) -> WasiCliCtxView<'_>;

fn own_cli<const AT: usize>(state: &mut State) -> WasiCliCtxView<'_> {
    state.member(AT).cli()
}

/// Where each finds its own; wasmtime takes functions that hold nothing.
#[rustfmt::skip]
static OWN_CLI: [Cli; OWN] = [
    own_cli::<0>, own_cli::<1>, own_cli::<2>, own_cli::<3>, own_cli::<4>, own_cli::<5>, own_cli::<6>, own_cli::<7>,
    own_cli::<8>, own_cli::<9>, own_cli::<10>, own_cli::<11>, own_cli::<12>, own_cli::<13>, own_cli::<14>,
    own_cli::<15>, own_cli::<16>, own_cli::<17>, own_cli::<18>, own_cli::<19>, own_cli::<20>, own_cli::<21>,
    own_cli::<22>, own_cli::<23>, own_cli::<24>, own_cli::<25>, own_cli::<26>, own_cli::<27>, own_cli::<28>,
    own_cli::<29>, own_cli::<30>, own_cli::<31>,
];

/// Gives a member what wasmtime implements, under the name that it has there. What it doesn't is left out. `own` is
/// its place among those that have `wasi:cli` of their own.
pub(super) fn add_wasi(
    linker: &mut Linker<State>,
    import: &str,
    interface: &str,
    own: Option<usize>,
) -> wasmtime::Result<()> {
    let cli_of: Cli = own.map_or(State::cli, |at| OWN_CLI[at]);
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
        "wasi:cli/environment" => cli::environment, WasiCli, cli_of;
        "wasi:cli/stdin" => cli::stdin, WasiCli, cli_of;
        "wasi:cli/stdout" => cli::stdout, WasiCli, cli_of;
        "wasi:cli/stderr" => cli::stderr, WasiCli, cli_of;
        "wasi:clocks/monotonic-clock" => clocks::monotonic_clock, WasiClocks, State::clocks;
        "wasi:clocks/system-clock" => clocks::system_clock, WasiClocks, State::clocks;
        "wasi:random/random" => random::random, WasiRandom, State::random;
        "wasi:random/insecure" => random::insecure, WasiRandom, State::random;
        "wasi:random/insecure-seed" => random::insecure_seed, WasiRandom, State::random;
    }
}
