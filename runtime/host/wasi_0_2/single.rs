//! The interfaces of WASI 0.2 that a single member imports under a label.

use wasmtime::component::Linker;
use wasmtime_wasi::cli::{WasiCli, WasiCliCtxView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random, sockets};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView as _};

use super::super::linking::Import;
use super::super::state::State;

/// Adds an import under a label to the linker, if wasmtime implements its interface. `cli_of` returns the member's
/// `wasi:cli`.
pub(in super::super) fn add_single(
    linker: &mut Linker<State>,
    import: &Import,
    cli_of: fn(&mut State) -> WasiCliCtxView<'_>,
) -> wasmtime::Result<()> {
    let name = import.interface.split('@').next().unwrap_or_default();
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
        "wasi:cli/exit" => cli::exit, WasiCli, cli_of;
        "wasi:cli/stdin" => cli::stdin, WasiCli, cli_of;
        "wasi:cli/stdout" => cli::stdout, WasiCli, cli_of;
        "wasi:cli/stderr" => cli::stderr, WasiCli, cli_of;
        "wasi:cli/terminal-stdin" => cli::terminal_stdin, WasiCli, cli_of;
        "wasi:cli/terminal-stdout" => cli::terminal_stdout, WasiCli, cli_of;
        "wasi:cli/terminal-stderr" => cli::terminal_stderr, WasiCli, cli_of;
        "wasi:clocks/monotonic-clock" => clocks::monotonic_clock, WasiClocks, State::clocks;
        "wasi:clocks/wall-clock" => clocks::wall_clock, WasiClocks, State::clocks;
        "wasi:filesystem/preopens" => filesystem::preopens, WasiFilesystem, State::filesystem;
        "wasi:random/random" => random::random, WasiRandom, State::random;
        "wasi:random/insecure" => random::insecure, WasiRandom, State::random;
        "wasi:random/insecure-seed" => random::insecure_seed, WasiRandom, State::random;
        "wasi:sockets/instance-network" => sockets::instance_network, WasiSockets, State::sockets;
        "wasi:sockets/ip-name-lookup" => sockets::ip_name_lookup, WasiSockets, State::sockets;
        "wasi:sockets/tcp-create-socket" => sockets::tcp_create_socket, WasiSockets, State::sockets;
        "wasi:sockets/udp-create-socket" => sockets::udp_create_socket, WasiSockets, State::sockets;
    }
}
