//! The interfaces of WASI that wasmtime 48 implements, in crates whose bindings can be named.

use wit_parser::{InterfaceId, Resolve};

/// Where the implementation of an interface is found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Wasi {
    /// `wasi:cli/environment`.
    name: &'static str,
    pub line: Line,
    pub part: &'static Part,
    pub gate: Option<Gate>,
}

/// What the crate leaves out of an interface unless it is told otherwise.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Gate {
    /// The switch of the interface's link options.
    pub switch: &'static str,
    /// The function that it is for.
    pub function: &'static str,
}

/// A line of versions of WASI that are compatible with each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Line {
    P2,
    P3,
}

/// A part of a crate: what it asks of a store's data, and how it gets at its own there.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    /// The module with the two names that follow.
    pub module: &'static str,
    /// What `add_to_linker` is told of the data.
    pub data: &'static str,
    pub view: &'static str,
    /// The function that hands out the data.
    pub getter: &'static str,
}

const fn part(
    module: &'static str,
    data: &'static str,
    view: &'static str,
    getter: &'static str,
) -> Part {
    Part {
        module,
        data,
        view,
        getter,
    }
}

const CLI: &Part = &part(
    "wasmtime_wasi::cli",
    "WasiCli",
    "WasiCliView",
    "WasiCliView::cli",
);
const CLOCKS: &Part = &part(
    "wasmtime_wasi::clocks",
    "WasiClocks",
    "WasiClocksView",
    "WasiClocksView::clocks",
);
const FILES: &Part = &part(
    "wasmtime_wasi::filesystem",
    "WasiFilesystem",
    "WasiFilesystemView",
    "WasiFilesystemView::filesystem",
);
const RANDOM: &Part = &part(
    "wasmtime_wasi::random",
    "WasiRandom",
    "WasiRandomView",
    "WasiRandomView::random",
);
const SOCKETS: &Part = &part(
    "wasmtime_wasi::sockets",
    "WasiSockets",
    "WasiSocketsView",
    "WasiSocketsView::sockets",
);
/// Its data is the table of resources, and the front door has the function for that.
pub(super) const IO: &Part = &part("", "HasSelf<ResourceTable>", "", "table");
/// A crate of its own.
pub(super) const HTTP: &Part = &part(
    "wasmtime_wasi_http",
    "WasiHttp",
    "WasiHttpView",
    "WasiHttpView::http",
);

const INFORMATIONAL: Gate = Gate {
    switch: "informational_outbound_responses",
    function: "[method]response-outparam.send-informational",
};
const NETWORK_ERROR: Gate = Gate {
    switch: "network_error_code",
    function: "network-error-code",
};

use Line::{P2, P3};

const INTERFACES: &[Wasi] = &[
    of("wasi:cli/environment", P2, CLI),
    of("wasi:cli/exit", P2, CLI),
    of("wasi:cli/stderr", P2, CLI),
    of("wasi:cli/stdin", P2, CLI),
    of("wasi:cli/stdout", P2, CLI),
    of("wasi:cli/terminal-input", P2, CLI),
    of("wasi:cli/terminal-output", P2, CLI),
    of("wasi:cli/terminal-stderr", P2, CLI),
    of("wasi:cli/terminal-stdin", P2, CLI),
    of("wasi:cli/terminal-stdout", P2, CLI),
    of("wasi:clocks/monotonic-clock", P2, CLOCKS),
    of("wasi:clocks/wall-clock", P2, CLOCKS),
    of("wasi:filesystem/preopens", P2, FILES),
    of("wasi:filesystem/types", P2, FILES),
    of("wasi:http/outgoing-handler", P2, HTTP),
    gated("wasi:http/types", P2, HTTP, INFORMATIONAL),
    of("wasi:io/error", P2, IO),
    of("wasi:io/poll", P2, IO),
    of("wasi:io/streams", P2, IO),
    of("wasi:random/insecure", P2, RANDOM),
    of("wasi:random/insecure-seed", P2, RANDOM),
    of("wasi:random/random", P2, RANDOM),
    of("wasi:sockets/instance-network", P2, SOCKETS),
    of("wasi:sockets/ip-name-lookup", P2, SOCKETS),
    gated("wasi:sockets/network", P2, SOCKETS, NETWORK_ERROR),
    of("wasi:sockets/tcp", P2, SOCKETS),
    of("wasi:sockets/tcp-create-socket", P2, SOCKETS),
    of("wasi:sockets/udp", P2, SOCKETS),
    of("wasi:sockets/udp-create-socket", P2, SOCKETS),
    of("wasi:cli/environment", P3, CLI),
    of("wasi:cli/exit", P3, CLI),
    of("wasi:cli/stderr", P3, CLI),
    of("wasi:cli/stdin", P3, CLI),
    of("wasi:cli/stdout", P3, CLI),
    of("wasi:cli/terminal-input", P3, CLI),
    of("wasi:cli/terminal-output", P3, CLI),
    of("wasi:cli/terminal-stderr", P3, CLI),
    of("wasi:cli/terminal-stdin", P3, CLI),
    of("wasi:cli/terminal-stdout", P3, CLI),
    of("wasi:cli/types", P3, CLI),
    of("wasi:clocks/monotonic-clock", P3, CLOCKS),
    of("wasi:clocks/system-clock", P3, CLOCKS),
    of("wasi:clocks/types", P3, CLOCKS),
    of("wasi:filesystem/preopens", P3, FILES),
    of("wasi:filesystem/types", P3, FILES),
    of("wasi:http/client", P3, HTTP),
    of("wasi:http/types", P3, HTTP),
    of("wasi:random/insecure", P3, RANDOM),
    of("wasi:random/insecure-seed", P3, RANDOM),
    of("wasi:random/random", P3, RANDOM),
    of("wasi:sockets/ip-name-lookup", P3, SOCKETS),
    of("wasi:sockets/types", P3, SOCKETS),
];

const fn of(name: &'static str, line: Line, part: &'static Part) -> Wasi {
    Wasi {
        name,
        line,
        part,
        gate: None,
    }
}

const fn gated(name: &'static str, line: Line, part: &'static Part, gate: Gate) -> Wasi {
    Wasi {
        gate: Some(gate),
        ..of(name, line, part)
    }
}

impl Line {
    /// As the crates name their halves.
    pub fn name(self) -> &'static str {
        match self {
            P2 => "p2",
            P3 => "p3",
        }
    }
}

impl Wasi {
    /// The crate that implements the interface.
    pub fn krate(&self) -> &'static str {
        if self.part == HTTP {
            "wasmtime_wasi_http"
        } else {
            "wasmtime_wasi"
        }
    }

    /// Whether a component sends requests through it.
    pub fn sends_requests(&self) -> bool {
        matches!(self.name, "wasi:http/client" | "wasi:http/outgoing-handler")
    }

    /// The module of the bindings, after those of its crate: `cli::environment`.
    pub fn module(&self) -> String {
        let name = self.name.trim_start_matches("wasi:").replace('/', "::");
        name.replace('-', "_")
    }
}

/// The implementation of an interface, if wasmtime has one.
///
/// Any released version of a line will do: wasmtime's own is of the same line, and so compatible.
pub(super) fn find(resolve: &Resolve, id: InterfaceId) -> Option<Wasi> {
    let interface = &resolve.interfaces[id];
    let package = &resolve.packages[interface.package?].name;
    let version = package.version.as_ref()?;
    let line = match (version.major, version.minor, version.pre.is_empty()) {
        (0, 2, true) => P2,
        (0, 3, true) => P3,
        _ => return None,
    };
    let name = interface.name.as_ref()?;
    let name = format!("{}:{}/{name}", package.namespace, package.name);
    INTERFACES
        .iter()
        .copied()
        .find(|wasi| wasi.name == name && wasi.line == line)
}
