//! The page for operators: the chains that are served, what they do, and the last requests.
//!
//! | file | purpose |
//! |---|---|
//! | `recorder.rs` | records what happens: `requests.rs`, `events.rs`, and counts of seconds in `slots.rs` and `histogram.rs` |
//! | `served.rs`, `describe.rs` | the served chains |
//! | `status.rs` | all of this as JSON |
//! | `access.rs` | restricts access |
//! | `web/` | the page itself |

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, Response, StatusCode};
use sha2::{Digest as _, Sha256};

use super::process::Process;

mod access;
pub mod describe;
mod events;
mod histogram;
pub mod recorder;
mod requests;
pub mod served;
mod slots;
mod status;
mod text;

const STYLE: &str = concat!(
    include_str!("web/base.css"),
    include_str!("web/now.css"),
    include_str!("web/chains.css"),
    include_str!("web/requests.css"),
    include_str!("web/events.css"),
);

const SCRIPT: &str = concat!(
    include_str!("web/elements.js"),
    include_str!("web/numbers.js"),
    include_str!("web/chains.js"),
    include_str!("web/charts.js"),
    include_str!("web/requests.js"),
    include_str!("web/tables.js"),
    include_str!("web/main.js"),
);

/// The page, with its style and its script.
static PAGE: LazyLock<String> = LazyLock::new(|| {
    include_str!("web/index.html")
        .replace("/* style */", STYLE)
        .replace("/* script */", SCRIPT)
});

/// Allows the page's own style and script, and requests to the listener that it comes from. Nothing else is loaded, and text can't
/// become HTML (Trusted Types).
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = |text| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; img-src data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        hash(SCRIPT),
        hash(STYLE)
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

const HTML_TYPE: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const JSON_TYPE: HeaderValue = HeaderValue::from_static("application/json");
const TEXT_TYPE: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Responds with the page or with what it shows; `None` if a path is neither.
pub fn respond(path: &str, headers: &HeaderMap, process: &Process) -> Option<Response<String>> {
    let is_page = match path {
        "/" => true,
        "/status.json" => false,
        _ => return None,
    };
    if let Err(why) = access::check(headers) {
        let mut response = Response::new(format!("{why}\n"));
        *response.status_mut() = StatusCode::MISDIRECTED_REQUEST;
        response.headers_mut().insert(CONTENT_TYPE, TEXT_TYPE);
        return Some(secured(response));
    }
    let recorder = process.page_recorder();
    let (kind, text) = if is_page {
        (HTML_TYPE, PAGE.clone())
    } else {
        (JSON_TYPE, status::json(process, recorder))
    };
    let mut response = Response::new(text);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Some(secured(response))
}

/// Adds the headers that restrict what a browser does with a response.
fn secured(mut response: Response<String>) -> Response<String> {
    let headers = [
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (CONTENT_SECURITY_POLICY, POLICY.clone()),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
        (OPENER_POLICY, HeaderValue::from_static("same-origin")),
    ];
    response.headers_mut().extend(headers);
    response
}
