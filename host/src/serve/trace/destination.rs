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
    /// The service that the spans belong to; `None` if a variable sets it.
    pub service_name: Option<String>,
    /// The authorities of `--ca`, in PEM.
    pub authorities: Vec<Vec<u8>>,
}

/// A collector of traces.
#[derive(Clone, PartialEq)]
pub struct Collector {
    /// Its URL, to which the path for traces is added; `None` if a variable or a default sets it.
    pub endpoint: Option<Uri>,
    pub protocol: Protocol,
    /// Headers to send in addition to those of a variable.
    pub headers: HeaderMap,
    /// Its timeout; `None` if a variable or a default sets it.
    pub timeout: Option<Duration>,
}
