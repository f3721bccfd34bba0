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
use super::world::{is_compatible, is_wasi_0_2};

/// Returns the index of the member that has an import under a label, among the members of these names.
///
/// The label is the member's name and that of the interface, with that of its package before it if a shorter label was
/// another import's: `gate-stdout`, `gate-cli-stdout` or `gate-wasi-cli-stdout`. If the member's author gave the import a label,
/// it is the member's name and that label; the member is the one with the longest name that fits.
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
    let by_interface = suffixes.iter().find_map(|suffix| {
        let member = import.name.strip_suffix(suffix.as_str())?;
        members.clone().position(|known| known == member)
    });
    let begins_label = |member: &str| {
        let label = import.name.strip_prefix(member);
        label.is_some_and(|label| label.starts_with('-'))
    };
    by_interface.or_else(|| {
        let named = members
            .enumerate()
            .filter(|(_, member)| begins_label(member));
        named
            .max_by_key(|(_, member)| member.len())
            .map(|(at, _)| at)
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

// Each row has the interface's name, its module in the bindings, its host, and the function that returns the host.
macro_rules! interfaces {
    ($cli:ident: $($known:literal => $($module:ident)::+, $host:ty, $get:expr;)*) => {
        /// The interfaces of WASI 0.3 with functions, which a component may import under any label.
        const WASI_0_3: &[&str] = &[$($known),*];

        /// Adds an interface of WASI 0.3 to the linker, under a label.
        fn add_wasi_0_3(
            linker: &mut Linker<State>,
            name: &str,
            label: &str,
            $cli: Cli,
        ) -> wasmtime::Result<()> {
            match name {
                $($known => $($module)::+::add_to_linker_instance::<_, $host>(
                    &mut linker.instance(label)?,
                    $get,
                ),)*
                _ => Ok(()),
            }
        }
    };
}

interfaces! { cli_of:
    "wasi:cli/environment" => cli::environment, WasiCli, cli_of;
    "wasi:cli/exit" => cli::exit, WasiCli, cli_of;
    "wasi:cli/stdin" => cli::stdin, WasiCli, cli_of;
    "wasi:cli/stdout" => cli::stdout, WasiCli, cli_of;
    "wasi:cli/stderr" => cli::stderr, WasiCli, cli_of;
    "wasi:cli/terminal-stdin" => cli::terminal_stdin, WasiCli, cli_of;
    "wasi:cli/terminal-stdout" => cli::terminal_stdout, WasiCli, cli_of;
    "wasi:cli/terminal-stderr" => cli::terminal_stderr, WasiCli, cli_of;
    "wasi:clocks/monotonic-clock" => clocks::monotonic_clock, WasiClocks, State::clocks;
    "wasi:clocks/system-clock" => clocks::system_clock, WasiClocks, State::clocks;
    "wasi:random/random" => random::random, WasiRandom, State::random;
    "wasi:random/insecure" => random::insecure, WasiRandom, State::random;
    "wasi:random/insecure-seed" => random::insecure_seed, WasiRandom, State::random;
}

/// Whether an interface of WASI 0.3 can be imported under a label: it has functions, and wasmtime implements it.
///
/// ```ignore
/// assert!(runtime::can_be_labelled("wasi:clocks/monotonic-clock@0.3.0"));
/// ```
pub fn can_be_labelled(interface: &str) -> bool {
    let (name, version) = interface.split_once('@').unwrap_or((interface, ""));
    WASI_0_3.contains(&name) && is_compatible(&format!("@{version}"), "@0.3.0")
}

/// Adds an import under a label to the linker, if wasmtime implements its interface. `own` is the index of the member
/// among those that have `wasi:cli` of their own.
pub(super) fn add_wasi(
    linker: &mut Linker<State>,
    import: &Import,
    own: Option<usize>,
) -> wasmtime::Result<()> {
    let cli_of: Cli = own.map_or(State::cli, |at| MEMBER_CLI[at]);
    if is_wasi_0_2(&import.interface) {
        return wasi_0_2::add_single(linker, import, cli_of);
    }
    if !can_be_labelled(&import.interface) {
        return Ok(());
    }
    let name = import.interface.split('@').next().unwrap_or_default();
    add_wasi_0_3(linker, name, &import.name, cli_of)
}
