//! Traces, as OpenTelemetry defines them: a span for each request, member, next hop and side call.
//!
//! | file | purpose |
//! |---|---|
//! | `settings.rs`, `destination.rs` | where traces go, and which: options, `variables.rs` and the file |
//! | `request.rs` | the spans of a request, with `context.rs`, `headers.rs` and `sampling.rs` |
//! | `wire.rs` | spans as they are sent |
//! | `guest.rs` | spans that members make |
//! | `queue.rs` | the spans that wait for the collector |
//! | `exporter.rs`, `exporters.rs`, `send/` | send them |
//! | `tracer.rs`, `collector.rs` | connect all of this, and start it |

mod collector;
pub mod context;
mod destination;
mod exporter;
mod exporters;
pub mod guest;
pub mod headers;
mod limits;
mod names;
mod queue;
pub mod request;
mod sampling;
mod send;
pub mod settings;
mod tracer;
mod uri;
mod variables;
mod wire;

pub use destination::TraceSettings;
pub use exporters::Exporters;
pub use tracer::Tracing;
