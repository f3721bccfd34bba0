//! The headers `traceparent` and `tracestate` (W3C Trace Context).

use std::str::FromStr as _;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::TraceState;
use opentelemetry::{SpanId, TraceId};

use super::context::SpanContext;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The length of a `traceparent` of version 0, the only one that is written (section 3.2.2): `00-TRACE-SPAN-01`.
const LENGTH: usize = 55;

/// Returns the span that a request names as its parent; `None` if it names none, or its header is malformed.
pub fn context(headers: &HeaderMap) -> Option<SpanContext> {
    parse(headers.get(TRACEPARENT)?)
}

/// Parses a `traceparent`; `None` if it is malformed.
pub fn parse(traceparent: &HeaderValue) -> Option<SpanContext> {
    let bytes = traceparent.as_bytes().trim_ascii();
    let (head, rest) = bytes.split_at_checked(LENGTH)?;
    let version = hex(&head[..2])?;
    // A later version may have more parts (section 3.2.4).
    let is_whole = rest.is_empty() || version > 0 && rest[0] == b'-';
    let has_parts = head[2] == b'-' && head[35] == b'-' && head[52] == b'-';
    if !is_whole || !has_parts || version == 0xff {
        return None;
    }
    let trace_id = TraceId::from(hex(&head[3..35])?);
    let span_id = SpanId::from(u64::try_from(hex(&head[36..52])?).ok()?);
    let flags = hex(&head[53..])?;
    let is_valid = trace_id != TraceId::INVALID && span_id != SpanId::INVALID;
    is_valid.then_some(SpanContext {
        trace_id,
        span_id,
        is_sampled: flags & 1 == 1,
    })
}

/// Parses digits, whose letters are in lower case.
fn hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0, |number, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(value))
    })
}

/// Returns the header that makes a span the parent of what happens for a request. `tracestate` stays as it is (section 3.3).
pub fn traceparent(context: &SpanContext) -> Option<(HeaderName, HeaderValue)> {
    let mut text = *b"00-................................-................-00";
    write_hex(&mut text[3..35], &context.trace_id.to_bytes());
    write_hex(&mut text[36..52], &context.span_id.to_bytes());
    text[54] += u8::from(context.is_sampled);
    // It consists of digits and hyphens.
    Some((TRACEPARENT, HeaderValue::from_bytes(&text).ok()?))
}

fn write_hex(digits: &mut [u8], bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

/// The most bytes of a `tracestate` in a span; each span of a request repeats it. Platforms propagate at least as many (section 3.3.1.5).
const MAX_TRACESTATE: usize = 512;

/// Returns a `tracestate` for a span, if it is well-formed and not too long.
pub fn tracestate(header: Option<&HeaderValue>) -> Option<&str> {
    let text = header?.to_str().ok()?;
    // The parser reads only the first 32 members.
    let is_valid = text.len() <= MAX_TRACESTATE && TraceState::from_str(text).is_ok();
    is_valid.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";

    fn parsed(text: &str) -> Option<SpanContext> {
        parse(&HeaderValue::from_str(text).unwrap())
    }

    #[test]
    fn a_header_is_read_as_it_is_written() {
        for is_sampled in [true, false] {
            let text = format!("00-{TRACE}-{SPAN}-0{}", u8::from(is_sampled));
            let context = parsed(&text).unwrap();
            assert_eq!(context.trace_id.to_string(), TRACE);
            assert_eq!(context.span_id.to_string(), SPAN);
            assert_eq!(context.is_sampled, is_sampled);
            let (name, value) = traceparent(&context).unwrap();
            assert_eq!(
                (name.as_str(), value.to_str().unwrap()),
                ("traceparent", text.as_str())
            );
        }
    }

    #[test]
    fn a_tracestate_that_is_malformed_or_too_long_is_left_out() {
        let long = format!("{}b={}", "a=1,".repeat(40), "x".repeat(60_000));
        for (text, is_kept) in [
            ("a=1,b=2", true),
            ("no members", false),
            (long.as_str(), false),
        ] {
            let header = HeaderValue::from_str(text).unwrap();
            assert_eq!(tracestate(Some(&header)), is_kept.then_some(text));
        }
    }

    #[test]
    fn later_versions_and_unknown_flags_are_accepted() {
        for (text, is_sampled) in [
            (format!("01-{TRACE}-{SPAN}-09-more"), true),
            (format!("cc-{TRACE}-{SPAN}-08"), false),
            (format!("00-{TRACE}-{SPAN}-ff"), true),
        ] {
            let context = parsed(&text);
            assert_eq!(
                context.map(|context| context.is_sampled),
                Some(is_sampled),
                "{text}"
            );
        }
    }

    #[test]
    fn malformed_headers_name_no_span() {
        let zeros = "0".repeat(32);
        for text in [
            String::new(),
            "00-0-0-01".to_owned(),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-1"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("01-{TRACE}-{SPAN}-01more"),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("0g-{TRACE}-{SPAN}-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-{}-01", SPAN.to_uppercase()),
            format!("00_{TRACE}_{SPAN}_01"),
            format!("00-{zeros}-{SPAN}-01"),
            format!("00-{TRACE}-{}-01", &zeros[..16]),
        ] {
            assert_eq!(parsed(&text), None, "{text}");
        }
    }
}
