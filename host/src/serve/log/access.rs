//! The line of the log for each request.

use std::borrow::Cow;
use std::time::Duration;

use clap::ValueEnum;
use http::HeaderValue;
use tracing::info;
use witgen_serve::server::Exchange;

use crate::serve::calls::{MemberTimes, RequestCalls};
use crate::serve::stopping;

/// A field of the access log. Fields without a value are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum AccessField {
    /// The number of the request, which other lines of the log have too
    Request,
    /// The header `x-request-id`
    RequestId,
    /// The header `traceparent`
    Traceparent,
    /// The identifier of the trace, if traces are sent
    TraceId,
    /// The address of the client
    Client,
    Method,
    /// The path and the query
    Path,
    /// The header `Host`, or the authority of the request's target
    Host,
    UserAgent,
    /// The chain of a `chain.toml` that the request went to
    Chain,
    /// The route of a `chain.toml`: its host and path
    Route,
    /// The version of HTTP
    Version,
    Status,
    /// The bytes of the request's content that the component read
    Received,
    /// The bytes of the response's content that were sent
    Sent,
    /// The time to the head of the response, in milliseconds
    HeadMs,
    /// The time to the end of the response, in milliseconds
    TotalMs,
    /// The time of each member in milliseconds, if it is measured: its own, and the time until its response
    Members,
    /// The number of side calls
    SideCalls,
    /// `whole`, `cut` or `gone`
    End,
    /// Why the server responded instead of the component, or why the response was cut
    Failure,
}

use AccessField::*;

/// The fields that the message, `GET /path`, doesn't have.
const FOR_PEOPLE: [AccessField; 15] = [
    Request, TraceId, Client, Chain, Route, Version, Status, Received, Sent, HeadMs, TotalMs,
    Members, SideCalls, End, Failure,
];

/// Which fields the access log has: a bit for each.
#[derive(Clone, Copy, Debug)]
pub struct AccessFields(u32);

impl AccessFields {
    /// Returns these fields; without any, those that suit the form of the log.
    pub fn new(chosen: &[AccessField], is_for_people: bool) -> Self {
        let fields = match (chosen, is_for_people) {
            ([], true) => &FOR_PEOPLE,
            ([], false) => AccessField::value_variants(),
            (chosen, _) => chosen,
        };
        AccessFields(fields.iter().fold(0, |bits, field| bits | 1 << *field as u32))
    }

    /// Returns a value, if the log has the field.
    fn only<T>(self, field: AccessField, value: impl FnOnce() -> T) -> Option<T> {
        (self.0 & 1 << field as u32 != 0).then(value)
    }

    /// Returns a header in any encoding, if the log has the field.
    fn header(self, field: AccessField, header: Option<&HeaderValue>) -> Option<Cow<'_, str>> {
        self.only(field, || Some(String::from_utf8_lossy(header?.as_bytes()))).flatten()
    }

    /// Logs a request with its response.
    pub fn log(self, exchange: &Exchange) {
        let status = exchange.status();
        let (to_head, total) = exchange.durations();
        let (received, sent) = exchange.bytes();
        let end = end(exchange);
        let is_stopped = end == "cut" && stopping::is_stopping();
        let failure = exchange.failure().or(is_stopped.then_some("the server stops"));
        let calls = RequestCalls::of(exchange);
        let headers = &exchange.headers;
        let route = exchange.route();
        info!(
            target: "access",
            request = self.only(Request, || exchange.id.as_str()),
            request_id = self.header(RequestId, headers.request_id.as_ref()).as_deref(),
            traceparent = self.header(Traceparent, headers.traceparent.as_ref()).as_deref(),
            trace_id = self.only(TraceId, || Some(display(calls?.context()?.trace_id))).flatten(),
            client = self.only(Client, || display(exchange.client)),
            method = self.only(Method, || exchange.method.as_str()),
            path = self.only(Path, || exchange.target.as_str()),
            host = self.header(Host, headers.host.as_ref()).as_deref(),
            user_agent = self.header(UserAgent, headers.user_agent.as_ref()).as_deref(),
            chain = self.only(Chain, || route.map(|route| route.chain.as_str())).flatten(),
            route = self.only(Route, || route.map(|route| route.route.as_str())).flatten(),
            version = self.only(Version, || debug(exchange.version)),
            status = self.only(Status, || status),
            received = self.only(Received, || received),
            sent = self.only(Sent, || sent),
            head_ms = self.only(HeadMs, || to_head.map(milliseconds)).flatten(),
            total_ms = self.only(TotalMs, || milliseconds(total)),
            members = self.only(Members, || Some(display(MemberTimes::of(calls?)?))).flatten(),
            side_calls = self.only(SideCalls, || exchange.side_calls()),
            end = self.only(End, || end),
            failure = self.only(Failure, || failure).flatten(),
            "{} {}",
            exchange.method,
            exchange.target
        );
    }
}

/// Returns how a request has ended: `whole`, `cut`, or `gone` for a client that didn't wait for a response.
pub fn end(exchange: &Exchange) -> &'static str {
    match (exchange.status(), exchange.is_cut()) {
        (0, _) => "gone",
        (_, true) => "cut",
        _ => "whole",
    }
}

/// Returns a time in milliseconds, to the microsecond.
pub fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}
