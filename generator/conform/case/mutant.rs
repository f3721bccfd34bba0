//! Mutants: faults that a case has to find.

use schemars::JsonSchema;
use serde::Deserialize;

use super::step::StepEntry;

/// A fault. It has exactly one of these keys, and possibly `exchange`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct MutantEntry {
    /// The exchange that it affects, from 1; the first one if it isn't given.
    pub exchange: Option<usize>,
    /// The result of a step is another one.
    pub result: Option<ResultFault>,
    /// The response has another status.
    pub status: Option<u16>,
    /// A header field of the response has another value, or is there at all.
    pub header: Option<(String, String)>,
    /// A header field of the response is missing.
    pub without_header: Option<String>,
    /// The response has other content.
    pub body: Option<String>,
    /// The response has other trailers.
    pub trailers: Option<Vec<(String, String)>>,
    /// The response is broken off, or complete though it should be broken off.
    pub incomplete: Option<bool>,
    /// There is no response.
    pub no_response: Option<bool>,
    /// These events don't happen: all bytes are kept until the message has ended, for example.
    pub without_event: Option<String>,
    /// A request to a server has another part.
    pub request: Option<RequestFault>,
    /// One more request reaches the server: `origin` or `side`.
    pub extra_request: Option<Server>,
    /// A request doesn't reach the server: `origin` or `side`.
    pub missing_request: Option<Server>,
    /// The host's memory grows by so many mebibytes more.
    pub memory_growth: Option<u64>,
    /// Cases of components: what the scripted guest does as the component, for all requests.
    pub steps: Option<Vec<StepEntry>>,
}

/// Another result of a step.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ResultFault {
    /// The step, from 0, in which branches and loops count too.
    pub step: usize,
    /// The result.
    pub is: String,
}

/// A server of the suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Server {
    /// The next hop.
    Origin,
    /// The server of side calls.
    Side,
}

/// Another part of a request that a server receives.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RequestFault {
    /// The server.
    pub to: Server,
    /// Which of its requests, from 1; the first one if it isn't given.
    #[serde(default = "first")]
    pub number: usize,
    /// Another method.
    pub method: Option<String>,
    /// Another target.
    pub path: Option<String>,
    /// A header with another value, or an additional one.
    pub header: Option<(String, String)>,
    /// A header field that is missing.
    pub without_header: Option<String>,
    /// Other content.
    pub body: Option<String>,
    /// Other trailers.
    pub trailers: Option<Vec<(String, String)>>,
    /// Whether it is broken off.
    pub incomplete: Option<bool>,
}

fn first() -> usize {
    1
}

impl MutantEntry {
    /// Returns how many faults are described; it should be one.
    pub fn fault_count(&self) -> usize {
        [
            self.result.is_some(),
            self.status.is_some(),
            self.header.is_some(),
            self.without_header.is_some(),
            self.body.is_some(),
            self.trailers.is_some(),
            self.incomplete.is_some(),
            self.no_response.is_some(),
            self.without_event.is_some(),
            self.request.is_some(),
            self.extra_request.is_some(),
            self.missing_request.is_some(),
            self.memory_growth.is_some(),
            self.steps.is_some(),
        ]
        .into_iter()
        .filter(|is_given| *is_given)
        .count()
    }
}
