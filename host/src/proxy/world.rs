//! The world, by the names in it.

use super::runtime::{Peer, World};

/// The world, as the runtime needs it.
#[rustfmt::skip]
pub(super) static WORLD: World = World::new("wasi:http/proxy@0.3.1002", "wasi:http/handler@0.3.1002")
    .imports(&[
        "wasi:cli/stderr@0.3.2",
        "wasi:cli/stdin@0.3.2",
        "wasi:cli/stdout@0.3.2",
        "wasi:cli/types@0.3.2",
        "wasi:clocks/monotonic-clock@0.3.2",
        "wasi:clocks/system-clock@0.3.2",
        "wasi:clocks/types@0.3.2",
        "wasi:http/client@0.3.1002",
        "wasi:http/origin@0.3.1002",
        "wasi:http/types@0.3.1002",
        "wasi:random/insecure-seed@0.3.2",
        "wasi:random/insecure@0.3.2",
        "wasi:random/random@0.3.2",
    ])
    .wasi(&[
        "wasi:cli@0.3.2",
        "wasi:clocks@0.3.2",
        "wasi:random@0.3.2",
    ])
    .peers(&[
        Peer::next_hop("origin", "wasi:http/origin@0.3.1002", "handle"),
        Peer::side_call("client", "wasi:http/client@0.3.1002", "send"),
    ]);
