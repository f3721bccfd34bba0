//! A request with its response, as observers see it.

use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use http::header::{HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::{Extensions, Method, StatusCode, Uri, Version};

use super::ClientAddress;
use super::client::Client;
use super::request_id::REQUEST_ID;
use super::route_name::RouteName;
use super::shares::Share;

/// A request and its response.
///
/// The request that the component receives carries an `Arc<Exchange>` in its extensions. The component's side calls
/// carry it too, in the extensions of their [`Inbound`](crate::proxy::Inbound).
pub struct Exchange {
    /// An identifier that no other request has.
    pub id: String,
    /// The address of the client.
    pub client: ClientAddress,
    /// Whether the client uses TLS.
    pub is_tls: bool,
    /// The request's method.
    pub method: Method,
    /// The request's path and query.
    pub target: String,
    /// The request's version of HTTP.
    pub version: Version,
    /// Headers of the request that logs have.
    pub headers: LoggedHeaders,
    /// Values that observers have added.
    pub extensions: Extensions,
    started: Instant,
    status: AtomicU16,
    time_to_head: OnceLock<Duration>,
    pub(super) received: AtomicU64,
    pub(super) sent: AtomicU64,
    side_calls: AtomicU32,
    pub(super) is_cut: AtomicBool,
    pub(super) is_malformed: AtomicBool,
    failure: OnceLock<String>,
    route: OnceLock<Arc<RouteName>>,
    /// The request's share of its client's limits, as long as anything handles it.
    share: OnceLock<Share>,
}

/// If a name occurs several times, the first header counts, unless the field's documentation states otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedHeaders {
    /// `Host`, or the authority of the request's target (RFC 9110, section 7.2).
    pub host: Option<HeaderValue>,
    /// `User-Agent` (RFC 9110, section 10.1.5).
    pub user_agent: Option<HeaderValue>,
    /// `traceparent` (W3C Trace Context, section 3.2); `None` if there are several, which are invalid together.
    pub traceparent: Option<HeaderValue>,
    /// `tracestate` (W3C Trace Context, section 3.3): several ones are combined to one list.
    pub tracestate: Option<HeaderValue>,
    /// `x-request-id`, by which clients and load balancers name a request.
    pub request_id: Option<HeaderValue>,
}

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

impl LoggedHeaders {
    fn of(target: &Uri, headers: &HeaderMap) -> Self {
        let authority = target.authority().map(|authority| authority.as_str());
        let host = authority.and_then(|authority| HeaderValue::from_str(authority).ok());
        let header = |name| headers.get(name).cloned();
        LoggedHeaders {
            host: host.or_else(|| header(HOST)),
            user_agent: header(USER_AGENT),
            traceparent: only(headers, &TRACEPARENT).cloned(),
            tracestate: combined(headers, &TRACESTATE),
            request_id: header(REQUEST_ID),
        }
    }
}

/// Returns the header of a name; `None` if there are several.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

/// Returns the headers of a name as one (RFC 9110, section 5.3).
fn combined(headers: &HeaderMap, name: &HeaderName) -> Option<HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    let Some(second) = values.next() else {
        return Some(first.clone());
    };
    let rest = std::iter::once(second).chain(values);
    let bytes = rest.fold(first.as_bytes().to_vec(), |mut bytes, value| {
        bytes.push(b',');
        bytes.extend_from_slice(value.as_bytes());
        bytes
    });
    HeaderValue::from_bytes(&bytes).ok()
}

impl Exchange {
    pub(super) fn begin<B>(id: String, client: Client, request: &http::Request<B>) -> Self {
        let target = request.uri().path_and_query();
        Exchange {
            id,
            client: client.address,
            is_tls: client.is_tls,
            method: request.method().clone(),
            target: target.map_or("", |target| target.as_str()).to_owned(),
            version: request.version(),
            headers: LoggedHeaders::of(request.uri(), request.headers()),
            extensions: Extensions::new(),
            started: Instant::now(),
            status: AtomicU16::new(0),
            time_to_head: OnceLock::new(),
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            side_calls: AtomicU32::new(0),
            is_cut: AtomicBool::new(false),
            is_malformed: AtomicBool::new(false),
            failure: OnceLock::new(),
            route: OnceLock::new(),
            share: OnceLock::new(),
        }
    }

    /// Returns the status of the response; 0 if there is none yet.
    pub fn status(&self) -> u16 {
        self.status.load(Ordering::Relaxed)
    }

    /// Returns the time until there was a response, and the total time so far.
    pub fn durations(&self) -> (Option<Duration>, Duration) {
        (self.time_to_head.get().copied(), self.started.elapsed())
    }

    /// Returns how many bytes of content were received with the request, and sent with the response, so far.
    pub fn bytes(&self) -> (u64, u64) {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (load(&self.received), load(&self.sent))
    }

    /// Returns the name of the request's route, if it has a route with a name.
    pub fn route(&self) -> Option<&Arc<RouteName>> {
        self.route.get()
    }

    pub(super) fn record_route(&self, route: &Arc<RouteName>) {
        // A request has one route.
        let _ = self.route.set(route.clone());
    }

    /// Returns the number of side calls that were made for the request.
    pub fn side_calls(&self) -> u32 {
        self.side_calls.load(Ordering::Relaxed)
    }

    /// Counts a side call.
    pub fn add_side_call(&self) {
        self.side_calls.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the response is incomplete.
    pub fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::Relaxed)
    }

    /// Whether the content of the request broke the rules of HTTP, as far as it has been read.
    pub(super) fn is_malformed(&self) -> bool {
        self.is_malformed.load(Ordering::Relaxed)
    }

    /// Returns why the server responded instead of the component, or why the response's content was cut off. `None` also
    /// if the reason isn't known, as for clients that disconnect.
    pub fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// Records the reason of a failure. The first one wins, because others follow from it.
    pub(super) fn record_failure(&self, reason: String) {
        let _ = self.failure.set(reason);
    }

    /// Whether a response has been sent completely.
    pub(super) fn is_complete(&self) -> bool {
        self.status() != 0 && !self.is_cut()
    }

    /// Keeps a share until the request is no longer handled, or until it is released.
    pub(super) fn keep_share(&self, share: Share) {
        // A request is admitted only once.
        let _ = self.share.set(share);
    }

    pub(super) fn release_share(&self) {
        if let Some(share) = self.share.get() {
            share.release();
        }
    }

    /// Whether the response has no content, regardless of its headers (RFC 9110, section 6.4.1).
    pub(super) fn has_no_content(&self) -> bool {
        self.method == Method::HEAD || matches!(self.status(), 204 | 304)
    }

    /// Records the response's status, and that its head is ready.
    pub(super) fn record_status(&self, status: StatusCode) {
        self.status.store(status.as_u16(), Ordering::Relaxed);
        // A request has one response.
        let _ = self.time_to_head.set(self.started.elapsed());
    }
}
