//! Describes a world to the runtime.

use wasmtime::component::Linker;

use super::state::State;

/// The names in a world, which generated glue passes to the runtime.
///
/// ```ignore
/// static WORLD: World = World::new("acme:edge/edge@1.0.0", "wasi:http/handler@0.3.1002")
///     .imports(&["wasi:http/origin@0.3.1002", "wasi:cli/stdout@0.3.2"])
///     .wasi(&["wasi:cli@0.3.2"])
///     .peers(&[Peer::next_hop("origin", "wasi:http/origin@0.3.1002", "handle")]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct World {
    pub(super) name: &'static str,
    pub(super) handler: &'static str,
    imports: &'static [&'static str],
    pub(super) wasi: &'static [&'static str],
    pub(super) peers: &'static [Peer],
    pub(super) link: Link,
}

type Link = fn(&mut Linker<State>) -> wasmtime::Result<()>;

impl World {
    /// Returns a world without imports, with its name and that of the handler interface that it exports.
    ///
    /// ```ignore
    /// static WORLD: World = World::new("acme:edge/edge@1.0.0", "wasi:http/handler@0.3.1002");
    /// ```
    pub const fn new(name: &'static str, handler: &'static str) -> Self {
        World {
            name,
            handler,
            imports: &[],
            wasi: &[],
            peers: &[],
            link: |_| Ok(()),
        }
    }

    /// Sets all imports of the world.
    ///
    /// ```ignore
    /// world.imports(&["wasi:http/types@0.3.1002", "wasi:cli/stdout@0.3.2"])
    /// ```
    pub const fn imports(self, imports: &'static [&'static str]) -> Self {
        World { imports, ..self }
    }

    /// Sets the packages of WASI from which the world imports interfaces. Components can import all interfaces of these.
    ///
    /// ```ignore
    /// world.wasi(&["wasi:cli@0.3.2"])
    /// ```
    pub const fn wasi(self, packages: &'static [&'static str]) -> Self {
        World {
            wasi: packages,
            ..self
        }
    }

    /// Sets the imports that send requests.
    ///
    /// ```ignore
    /// static PEERS: [Peer; 1] = [Peer::side_call("client", "wasi:http/client@0.3.1002", "send")];
    /// world.peers(&PEERS)
    /// ```
    pub const fn peers(self, peers: &'static [Peer]) -> Self {
        World { peers, ..self }
    }

    /// Adds the imports that neither this runtime nor a peer implements.
    ///
    /// ```ignore
    /// world.link(imports::add_to_linker)
    /// ```
    pub const fn link(self, link: Link) -> Self {
        World { link, ..self }
    }

    /// Whether a component of the world may import an interface or function.
    pub(super) fn has_import(&self, name: &str) -> bool {
        let package = match name.split_once('/') {
            Some((package, interface)) => {
                let version = interface.find('@').map_or("", |at| &interface[at..]);
                [package, version].concat()
            }
            None => name.to_owned(),
        };
        let is_imported = self
            .imports
            .iter()
            .any(|import| is_compatible(name, import));
        is_imported
            || self
                .wasi
                .iter()
                .any(|available| is_compatible(&package, available))
    }
}

/// An import that sends requests: an interface with one function, from a request to a response.
///
/// ```ignore
/// let peers = [
///     Peer::next_hop("origin", "wasi:http/origin@0.3.1002", "handle"),
///     Peer::side_call("client", "wasi:http/client@0.3.1002", "send"),
/// ];
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    pub(super) name: &'static str,
    pub(super) interface: &'static str,
    pub(super) function: &'static str,
    pub(super) is_side_call: bool,
    /// Whether a component that imports it isn't built without an upstream.
    pub(super) is_required: bool,
}

impl Peer {
    /// A next hop, which needs an upstream. `name` is the builder's method that sets it.
    ///
    /// ```ignore
    /// let origin = Peer::next_hop("origin", "wasi:http/origin@0.3.1002", "handle");
    /// ```
    pub const fn next_hop(
        name: &'static str,
        interface: &'static str,
        function: &'static str,
    ) -> Self {
        Peer {
            name,
            interface,
            function,
            is_side_call: false,
            is_required: true,
        }
    }

    /// A side call, which is denied without an upstream. `name` is the builder's method that sets it, and with
    /// `member_` before it the one for a single member.
    ///
    /// ```ignore
    /// let client = Peer::side_call("client", "wasi:http/client@0.3.1002", "send");
    /// ```
    pub const fn side_call(
        name: &'static str,
        interface: &'static str,
        function: &'static str,
    ) -> Self {
        Peer {
            name,
            interface,
            function,
            is_side_call: true,
            is_required: false,
        }
    }
}

/// The packages of WASI 0.2 that hosts have.
const WASI_0_2: [&str; 7] = [
    "wasi:cli",
    "wasi:clocks",
    "wasi:filesystem",
    "wasi:http",
    "wasi:io",
    "wasi:random",
    "wasi:sockets",
];

/// Whether an interface is one of WASI 0.2, which hosts provide for every world.
///
/// ```ignore
/// assert!(runtime::is_wasi_0_2("wasi:cli/stdout@0.2.6"));
/// ```
pub fn is_wasi_0_2(interface: &str) -> bool {
    let Some((package, name)) = interface.split_once('/') else {
        return false;
    };
    let (name, version) = name.split_once('@').unwrap_or((name, ""));
    // These are exports of components.
    let is_export = ["incoming-handler", "run"].contains(&name);
    !is_export && WASI_0_2.contains(&package) && is_compatible(&format!("@{version}"), "@0.2.0")
}

/// Whether two names are equal except for semver-compatible versions.
///
/// Versions from `1.0.0` to below `2.0.0` are compatible, and those from `0.3.0` to below `0.4.0`, but no pre-release
/// (Semantic Versioning, as components are linked).
pub(super) fn is_compatible(name: &str, other: &str) -> bool {
    fn line(name: &str) -> (&str, &str) {
        let (name, version) = name.split_once('@').unwrap_or((name, ""));
        // Semantic Versioning, 10: build metadata doesn't count.
        let version = version.split('+').next().unwrap_or_default();
        let mut dots = version.match_indices('.').map(|(at, _)| at);
        let end = if version.contains('-') || version.starts_with("0.0.") {
            None
        } else if version.starts_with("0.") {
            dots.nth(1)
        } else {
            dots.next()
        };
        (name, &version[..end.unwrap_or(version.len())])
    }
    line(name) == line(other)
}
