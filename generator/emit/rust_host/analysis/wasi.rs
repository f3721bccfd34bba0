//! The interfaces of WASI that wasmtime 48 implements, in crates whose bindings have public paths.

use wit_parser::{InterfaceId, Resolve, TypeDefKind, WorldId, WorldItem, WorldKey};

use crate::names::compatibility_track;

/// An interface that a world imports and wasmtime implements.
pub(in crate::emit::rust_host) struct WasiImport {
    pub interface: InterfaceId,
    /// Its full name in WIT: `wasi:cli/environment@0.2.3`.
    pub id: String,
    pub wasi: Wasi,
    /// Whether a linker needs it: interfaces with nothing but types don't.
    pub is_linked: bool,
    /// The link option to enable, because the interface has the function behind it.
    pub switch: Option<&'static str>,
}

impl WasiImport {
    /// Whether a world with these items imports the interface.
    pub fn is_in(&self, items: &Resolve, world: WorldId) -> bool {
        items.worlds[world].imports.contains_key(&WorldKey::Interface(self.interface))
    }
}

/// An interface of WASI and its implementation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::emit::rust_host) struct Wasi {
    /// `wasi:cli/environment`.
    name: &'static str,
    pub line: Line,
    pub part: &'static Part,
    pub gate: Option<Gate>,
}

/// A function that the crate only adds to a linker if a link option is on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::emit::rust_host) struct Gate {
    /// The link option.
    pub switch: &'static str,
    function: &'static str,
}

/// A line of versions of WASI that are compatible with each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::emit::rust_host) enum Line {
    P2,
    P3,
}

/// A part of a crate: what it requires of a store's data.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::emit::rust_host) struct Part {
    /// The module that contains `data` and `view`.
    pub module: &'static str,
    /// The `HasData` type that `add_to_linker` is called with.
    pub data: &'static str,
    /// The trait that the store's data implements.
    pub view: &'static str,
    /// The function that returns the part's own data.
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
/// Its data is the table of resources. The glue's `mod.rs` contains the getter.
pub(in crate::emit::rust_host) const IO: &Part = &part("", "HasSelf<ResourceTable>", "", "table");
/// A crate of its own.
pub(in crate::emit::rust_host) const HTTP: &Part = &part(
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
    /// Returns the name of the module and of the cargo feature that contain the line.
    pub fn name(self) -> &'static str {
        match self {
            P2 => "p2",
            P3 => "p3",
        }
    }
}

impl Wasi {
    /// Returns the crate that implements the interface.
    pub fn krate(&self) -> &'static str {
        if self.part == HTTP {
            "wasmtime_wasi_http"
        } else {
            "wasmtime_wasi"
        }
    }

    /// Whether a component sends requests through the interface.
    pub fn sends_requests(&self) -> bool {
        matches!(self.name, "wasi:http/client" | "wasi:http/outgoing-handler")
    }

    /// Returns the name of the package: `cli`.
    pub fn package(&self) -> &'static str {
        let name = self.name.trim_start_matches("wasi:");
        name.split_once('/').map_or(name, |(package, _)| package)
    }

    /// Returns the module in the crate's bindings: `cli::environment`.
    pub fn module(&self) -> String {
        let name = self.name.trim_start_matches("wasi:").replace('/', "::");
        name.replace('-', "_")
    }
}

/// Returns the interfaces that a world imports and wasmtime implements, in the order of the imports.
pub(in crate::emit::rust_host) fn imports(resolve: &Resolve, world: WorldId) -> Vec<WasiImport> {
    resolve.worlds[world]
        .imports
        .iter()
        .filter_map(|(key, item)| match (key, item) {
            // The embedder implements what the world imports under a label.
            (WorldKey::Interface(_), WorldItem::Interface { id, .. }) => import(resolve, *id),
            _ => None,
        })
        .collect()
}

fn import(resolve: &Resolve, id: InterfaceId) -> Option<WasiImport> {
    let wasi = find(resolve, id)?;
    let interface = &resolve.interfaces[id];
    let has_resources = interface
        .types
        .values()
        .any(|id| matches!(resolve.types[*id].kind, TypeDefKind::Resource));
    Some(WasiImport {
        interface: id,
        id: resolve.id_of(id)?,
        wasi,
        is_linked: has_resources || !interface.functions.is_empty(),
        switch: wasi
            .gate
            .filter(|gate| interface.functions.contains_key(gate.function))
            .map(|gate| gate.switch),
    })
}

/// Returns wasmtime's implementation of an interface.
///
/// The version may be any released 0.2 or 0.3, because it is semver-compatible with the one that
/// wasmtime implements.
fn find(resolve: &Resolve, id: InterfaceId) -> Option<Wasi> {
    let interface = &resolve.interfaces[id];
    let package = &resolve.packages[interface.package?].name;
    let version = package.version.as_ref()?;
    let line = match compatibility_track(version).as_str() {
        "0.2" => P2,
        "0.3" => P3,
        _ => return None,
    };
    let name = interface.name.as_ref()?;
    let name = format!("{}:{}/{name}", package.namespace, package.name);
    INTERFACES.iter().copied().find(|wasi| wasi.name == name && wasi.line == line)
}
