//! Where traces go, and which.

use std::time::Duration;

use http::{HeaderMap, Uri};
use witgen::chain_file::TraceSampler;

use super::variables::Protocol;

/// Where traces go, and which. An option precedes a variable, and a variable precedes the file.
#[derive(Clone, PartialEq)]
pub struct TraceSettings {
    pub collector: Collector,
    /// Which traces are sent, and which part of them, if that is set.
    pub sampler: Option<(TraceSampler, f64)>,
    /// What the spans are of; `None` if a variable says so.
    pub service_name: Option<String>,
    /// The authorities of `--ca`, in PEM.
    pub authorities: Vec<Vec<u8>>,
}

/// A collector of traces.
#[derive(Clone, PartialEq)]
pub struct Collector {
    /// Its URL, which the path for traces is added to; `None` if a variable or a default says so.
    pub endpoint: Option<Uri>,
    pub protocol: Protocol,
    /// Headers to send in addition to those of a variable.
    pub headers: HeaderMap,
    /// How long it may take; `None` if a variable or a default says so.
    pub timeout: Option<Duration>,
}
