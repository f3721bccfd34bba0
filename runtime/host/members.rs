//! The imports of single members, in chains that were composed with split imports.
//!
//! `witgen compose --split-imports` gives them labels: `gate-client` is the `wasi:http/client@0.3.1002` of the member `gate`.

use wasmtime::component::Linker;
use wasmtime_wasi::cli::{WasiCli, WasiCliCtxView, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::p3::bindings::{cli, clocks, random};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView};

use super::linking::Import;
use super::state::State;
use super::wasi_0_2;
use super::world::is_wasi_0_2;

/// Returns the index of the member that has an import under a label, among the members of these names.
///
/// The label is the member's name and that of the interface, with that of its package before it if a shorter label was
/// another import's: `gate-stdout`, `gate-cli-stdout` or `gate-wasi-cli-stdout`.
pub(super) fn position<'a>(
    import: &Import,
    members: impl Iterator<Item = &'a String> + Clone,
) -> Option<usize> {
    let interface = import.interface.split('@').next()?;
    let (package, name) = interface.split_once('/')?;
    let short = package.rsplit(':').next()?;
    let long = package.replace(':', "-");
    let suffixes = [
        format!("-{name}"),
        format!("-{short}-{name}"),
        format!("-{long}-{name}"),
    ];
    suffixes.iter().find_map(|suffix| {
        let member = import.name.strip_suffix(suffix.as_str())?;
        members.clone().position(|known| known == member)
    })
}

/// How many members can have `wasi:cli` of their own.
pub(super) const MAX_OWN_CLI: usize = 32;

type Cli = fn(&mut State) -> WasiCliCtxView<'_>;

fn member_cli<const AT: usize>(state: &mut State) -> WasiCliCtxView<'_> {
    state.member_cli(AT)
}

/// The function that returns each member's `wasi:cli`: wasmtime accepts functions without captures only.
#[rustfmt::skip]
static MEMBER_CLI: [Cli; MAX_OWN_CLI] = [
    member_cli::<0>, member_cli::<1>, member_cli::<2>, member_cli::<3>, member_cli::<4>, member_cli::<5>, member_cli::<6>, member_cli::<7>,
    member_cli::<8>, member_cli::<9>, member_cli::<10>, member_cli::<11>, member_cli::<12>, member_cli::<13>, member_cli::<14>,
    member_cli::<15>, member_cli::<16>, member_cli::<17>, member_cli::<18>, member_cli::<19>, member_cli::<20>, member_cli::<21>,
    member_cli::<22>, member_cli::<23>, member_cli::<24>, member_cli::<25>, member_cli::<26>, member_cli::<27>, member_cli::<28>,
    member_cli::<29>, member_cli::<30>, member_cli::<31>,
];

/// Adds an import under a label to the linker, if wasmtime implements its interface. `own` is the index of the member
/// among those that have `wasi:cli` of their own.
pub(super) fn add_wasi(
    linker: &mut Linker<State>,
    import: &Import,
    own: Option<usize>,
) -> wasmtime::Result<()> {
    let interface = &import.interface;
    let cli_of: Cli = own.map_or(State::cli, |at| MEMBER_CLI[at]);
    if is_wasi_0_2(interface) {
        return wasi_0_2::add_single(linker, import, cli_of);
    }
    let name = interface
        .split_once('@')
        .map_or(interface.as_str(), |(name, _)| name);
    // Each row has the interface's name, its module in the bindings, its host, and the function that returns the host.
    macro_rules! interfaces {
        ($($known:literal => $($module:ident)::+, $host:ty, $get:expr;)*) => {
            match name {
                $($known => $($module)::+::add_to_linker_instance::<_, $host>(
                    &mut linker.instance(&import.name)?,
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
