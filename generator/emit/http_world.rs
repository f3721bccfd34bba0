//! What both sides' glue knows of `wasi:http@0.3`.

/// An interface with one function, from a request to a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HopKind {
    /// The interface's name.
    pub name: &'static str,
    /// The function's.
    pub function: &'static str,
    /// Whether requests go to the side, to anywhere, instead of down the chain.
    pub is_side_call: bool,
}

/// Every such interface, in the order in which glue has them.
pub(super) const HOPS: [HopKind; 3] = [
    HopKind {
        name: "origin",
        function: "handle",
        is_side_call: false,
    },
    HopKind {
        name: "handler",
        function: "handle",
        is_side_call: false,
    },
    HopKind {
        name: "client",
        function: "send",
        is_side_call: true,
    },
];

/// The name of an interface of `wasi:http@0.3`: `types` of `wasi:http/types@0.3.3`.
pub(super) fn interface(id: &str) -> Option<&str> {
    let (name, version) = id.strip_prefix("wasi:http/")?.split_once('@')?;
    (version.starts_with("0.3.") && !version.contains('-')).then_some(name)
}

/// The package of an interface: `wasi:http@0.3.3` of `wasi:http/types@0.3.3`.
pub(super) fn package_id(id: &str) -> String {
    let (package, name) = id.split_once('/').unwrap_or((id, ""));
    let version = name.split_once('@').map(|(_, version)| format!("@{version}"));
    format!("{package}{}", version.unwrap_or_default())
}
