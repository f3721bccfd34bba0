//! The files of this crate as text, to be copied into generated glue.

/// A file of the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// The path, from the folder `runtime` of the glue and from this crate's own.
    pub path: &'static str,
    /// The text.
    pub contents: &'static str,
}

macro_rules! files {
    ($($path:literal,)*) => {
        &[$(File { path: $path, contents: include_str!($path) },)*]
    };
}

/// The common files of both sides.
pub const MESSAGE: &[File] = files![
    "message/mod.rs",
    "message/hop_by_hop.rs",
    "message/target.rs",
];

/// The files of guests, without those that depend on the package: `guest/bindings.rs` and `guest/wasi.rs`.
pub const GUEST: &[File] = files![
    "guest/mod.rs",
    "guest/aliases.rs",
    "guest/body.rs",
    "guest/convert.rs",
    "guest/env.rs",
    "guest/error.rs",
    "guest/export.rs",
    "guest/fields.rs",
    "guest/handler.rs",
    "guest/incoming.rs",
    "guest/options.rs",
    "guest/outgoing.rs",
    "guest/output.rs",
    "guest/peer.rs",
    "guest/send.rs",
    "guest/stream.rs",
    "guest/testing/mod.rs",
    "guest/testing/block_on.rs",
    "guest/testing/clock.rs",
    "guest/testing/output.rs",
    "guest/testing/random.rs",
    "guest/testing/reads.rs",
    "guest/time.rs",
    "guest/transform.rs",
    "guest/unread/mod.rs",
    "guest/unread/parsed.rs",
    "guest/unread/received.rs",
];

/// The files for running components, which the feature `host` compiles.
pub const HOST: &[File] = files![
    "host/mod.rs",
    "host/addresses.rs",
    "host/body.rs",
    "host/builder.rs",
    "host/checked_body.rs",
    "host/clock.rs",
    "host/connections.rs",
    "host/content_length.rs",
    "host/cpu_time.rs",
    "host/engine.rs",
    "host/error.rs",
    "host/error_code.rs",
    "host/handler.rs",
    "host/inbound.rs",
    "host/instance_failure.rs",
    "host/instance_state.rs",
    "host/instances.rs",
    "host/limits.rs",
    "host/linking.rs",
    "host/member_calls.rs",
    "host/member_handlers.rs",
    "host/members.rs",
    "host/messages.rs",
    "host/network.rs",
    "host/request_handle.rs",
    "host/source.rs",
    "host/starts.rs",
    "host/state.rs",
    "host/tasks.rs",
    "host/timeouts.rs",
    "host/total_memory.rs",
    "host/transmission.rs",
    "host/unsent.rs",
    "host/upstream.rs",
    "host/usage.rs",
    "host/wasi_0_2/mod.rs",
    "host/wasi_0_2/error_code.rs",
    "host/wasi_0_2/outgoing.rs",
    "host/wasi_0_2/single.rs",
    "host/world.rs",
];
