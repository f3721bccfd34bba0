//! Sends spans to a collector (OTLP): `http.rs` and `grpc.rs` send a request, `sender.rs` repeats it.

mod error;
mod grpc;
mod http;
mod sender;

pub use self::http::Http;
pub use grpc::Grpc;
pub use sender::{Sender, Transport};
