//! Compares what was seen of a case with what it expects.

use std::fmt::Write as _;

use similar::TextDiff;

use super::case::message::{
    BodyExpectation, Fields, IfChanged, RequestExpectation, ResponseExpectation, Status,
};
use super::case::{Call, Case, Exchange, flatten};
use super::http::{Received, pattern, text};
use super::observation::{Observation, Seen, answers};
use super::peer::Places;

/// The longest text of a message that a report shows.
const MAX_SHOWN: usize = 600;
/// The result of a step that left no line in the report.
const NO_RESULT: &str = "no result";

/// One thing that a case expects, and what was seen instead; they are equal if it is right.
struct Check {
    subject: String,
    expected: String,
    actual: String,
}

/// Compares. Returns nothing if everything is as expected, and else the difference.
pub fn judge(case: &Case, seen: &Observation, places: &Places) -> Option<String> {
    let mut checks = Vec::new();
    let is_single = case.exchanges.len() == 1;
    for (at, exchange) in case.exchanges.iter().enumerate() {
        let name = if is_single {
            String::new()
        } else {
            format!("exchange {}: ", at + 1)
        };
        let nothing = Seen::default();
        let seen = seen.exchanges.get(at).unwrap_or(&nothing);
        check_exchange(&name, exchange, seen, places, &mut checks);
    }
    check_calls("origin", &case.origin, &seen.origin, places, &mut checks);
    check_calls("side", &case.side, &seen.side, places, &mut checks);
    for event in &seen.missed {
        push(
            &mut checks,
            &format!("event {event}"),
            "it happens",
            "it doesn't happen",
        );
    }
    if let (Some(most), Some(grown)) = (case.memory_growth, seen.memory_growth)
        && grown > most
    {
        let expected = format!("at most {most} MiB");
        push(
            &mut checks,
            "memory growth",
            &expected,
            &format!("more than {most} MiB"),
        );
    }
    difference(&checks, places)
}

fn difference(checks: &[Check], places: &Places) -> Option<String> {
    let (mut expected, mut actual) = (String::new(), String::new());
    for check in checks.iter().filter(|check| check.expected != check.actual) {
        let _ = writeln!(expected, "{}: {}", check.subject, check.expected);
        let _ = writeln!(actual, "{}: {}", check.subject, check.actual);
    }
    if expected.is_empty() {
        return None;
    }
    let (expected, actual) = (places.unfill(&expected), places.unfill(&actual));
    let diff = TextDiff::from_lines(expected.as_str(), actual.as_str());
    let lines = diff.iter_all_changes().map(|change| {
        let sign = match change.tag() {
            similar::ChangeTag::Delete => '-',
            similar::ChangeTag::Insert => '+',
            similar::ChangeTag::Equal => ' ',
        };
        format!("{sign} {}", change.value())
    });
    Some(lines.collect())
}

fn push(checks: &mut Vec<Check>, subject: &str, expected: &str, actual: &str) {
    checks.push(Check {
        subject: subject.to_owned(),
        expected: expected.to_owned(),
        actual: actual.to_owned(),
    });
}

fn check_exchange(
    name: &str,
    exchange: &Exchange,
    seen: &Seen,
    places: &Places,
    checks: &mut Vec<Check>,
) {
    let expectation = &exchange.response;
    if expectation.any {
        return;
    }
    check_response(name, exchange, &seen.response, places, checks);
    let answers = answers(&exchange.steps);
    // The guest's results are in the expected response, unless the response ended early.
    let ends_early = expectation.incomplete || expectation.status.is_some();
    for (number, step) in flatten(&exchange.steps).iter().enumerate() {
        let subject = format!("{name}step {number}, {}", places.unfill(&step.shown));
        let result = seen.results.get(&number).map(String::as_str);
        if let Some(wrong) = step.is_not {
            let actual = result.unwrap_or(NO_RESULT);
            let is_right = result.is_some_and(|it| it != places.fill(wrong));
            let expected = format!("another result than {wrong}");
            let expected = if is_right { actual } else { &expected };
            push(checks, &subject, expected, actual);
        }
        match (step.is, result) {
            (Some(is), result) => {
                let actual = result.unwrap_or(NO_RESULT);
                let is_right = is.all().iter().any(|it| matches(&places.fill(it), actual));
                let expected = is.all().join(" or ");
                push(
                    checks,
                    &subject,
                    if is_right { actual } else { &expected },
                    actual,
                );
            }
            (None, Some(result)) if result.starts_with("err") || result.starts_with("misuse") => {
                push(checks, &subject, "no error", result);
            }
            (None, None) if step.is_reported && !answers && !ends_early => {
                push(checks, &subject, "a result", NO_RESULT);
            }
            _ => {}
        }
    }
}

fn check_response(
    name: &str,
    exchange: &Exchange,
    response: &Received,
    places: &Places,
    checks: &mut Vec<Check>,
) {
    let ResponseExpectation {
        status,
        headers,
        absent,
        body,
        trailers,
        if_changed,
        incomplete,
        any: _,
    } = &exchange.response;
    let name = format!("{name}response");
    check_end(&name, *incomplete, response, checks);
    // Without steps, the case itself must state its expectations.
    let default = (!exchange.steps.is_empty() && !incomplete).then_some(Status::One(200));
    if let Some(status) = status.clone().or(default) {
        let actual = response.status.map_or("none".to_owned(), |status| status.to_string());
        let (expected, is_right) = match &status {
            Status::One(one) => (one.to_string(), response.status == Some(*one)),
            Status::Several(several) => {
                let all: Vec<_> = several.iter().map(u16::to_string).collect();
                let is_right = response.status.is_some_and(|status| several.contains(&status));
                (all.join(" or "), is_right)
            }
            Status::Class(class) => (
                class.clone(),
                actual.len() == 3 && actual.starts_with(&class[..1]),
            ),
        };
        push(
            checks,
            &format!("{name} status"),
            if is_right { &actual } else { &expected },
            &actual,
        );
    }
    check_fields(&name, headers, absent, response, places, checks);
    check_body(&name, body.as_ref(), response, places, checks);
    check_trailers(&name, trailers.as_ref(), response, places, checks);
    check_changed_content(&name, if_changed.as_ref(), response, checks);
}

/// Whether the message is complete.
fn check_end(name: &str, incomplete: bool, message: &Received, checks: &mut Vec<Check>) {
    let actual = match (&message.broken, incomplete) {
        (None, _) => "it is complete",
        (Some(_), true) => "it is broken off",
        (Some(reason), false) => reason,
    };
    let expected = if incomplete {
        "it is broken off"
    } else {
        "it is complete"
    };
    push(checks, &format!("{name} end"), expected, actual);
}

fn check_fields(
    name: &str,
    headers: &Fields,
    absent: &[String],
    message: &Received,
    places: &Places,
    checks: &mut Vec<Check>,
) {
    let mut names: Vec<&String> = headers.iter().map(|(name, _)| name).collect();
    names.dedup();
    for field in names {
        let expected = headers.iter().filter(|(it, _)| it == field);
        let expected: Vec<_> = expected.map(|(_, value)| places.fill(value)).collect();
        let actual = message.values(field);
        // RFC 9110, 5.3: the lines of one name may be joined, except for `Set-Cookie`.
        let is_right = if expected.len() == actual.len() {
            expected.iter().zip(&actual).all(|(expected, actual)| matches(expected, actual))
        } else {
            !actual.is_empty()
                && !field.eq_ignore_ascii_case("set-cookie")
                && matches(&expected.join(", "), &actual.join(", "))
        };
        let subject = format!("{name} field {field}");
        let actual = quoted(actual.iter().copied());
        let expected = quoted(expected.iter().map(String::as_str));
        push(
            checks,
            &subject,
            if is_right { &actual } else { &expected },
            &actual,
        );
    }
    for field in absent {
        let actual = quoted(message.values(field).into_iter());
        push(checks, &format!("{name} field {field}"), "none", &actual);
    }
}

/// `none`, or each value in quotes.
fn quoted<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let values: Vec<_> = values.map(|value| format!("{value:?}")).collect();
    if values.is_empty() {
        return "none".to_owned();
    }
    values.join(", ")
}

fn check_body(
    name: &str,
    body: Option<&BodyExpectation>,
    message: &Received,
    places: &Places,
    checks: &mut Vec<Check>,
) {
    let subject = format!("{name} content");
    match body {
        None => {}
        Some(BodyExpectation::Text(expected)) => {
            let (expected, actual) = (places.fill(expected), text(&message.body));
            let is_right = matches(&expected, &actual);
            let (expected, actual) = (shown(&expected), shown(&actual));
            push(
                checks,
                &subject,
                if is_right { &actual } else { &expected },
                &actual,
            );
        }
        Some(BodyExpectation::Size { size }) => {
            let length = message.values("(length)");
            let length = length.first().and_then(|length| length.parse().ok());
            let length = length.unwrap_or(message.body.len() as u64);
            push(
                checks,
                &subject,
                &format!("{size} bytes"),
                &format!("{length} bytes"),
            );
            let is_pattern = message.body == pattern(0, message.body.len());
            let actual = if is_pattern {
                "the bytes that were sent"
            } else {
                "other bytes"
            };
            push(
                checks,
                &format!("{subject}'s bytes"),
                "the bytes that were sent",
                actual,
            );
        }
    }
}

/// Checks the fields that describe content if the message has other content.
fn check_changed_content(
    name: &str,
    if_changed: Option<&IfChanged>,
    message: &Received,
    checks: &mut Vec<Check>,
) {
    let Some(IfChanged { from, absent }) = if_changed else {
        return;
    };
    if text(&message.body) == *from {
        return;
    }
    for (field, value) in absent {
        let actual = quoted(message.values(field).into_iter());
        let expected = if message.values(field).contains(&value.as_str()) {
            &format!("not {value:?}, since the content is another one")
        } else {
            &actual
        };
        push(checks, &format!("{name} field {field}"), expected, &actual);
    }
}

fn check_trailers(
    name: &str,
    trailers: Option<&Fields>,
    message: &Received,
    places: &Places,
    checks: &mut Vec<Check>,
) {
    let Some(expected) = trailers else { return };
    let line = |name: &str, value: &str| format!("{}: {value}", name.to_ascii_lowercase());
    let mut expected: Vec<_> =
        expected.iter().map(|(name, value)| line(name, &places.fill(value))).collect();
    let own = message.trailers.iter().filter(|(name, _)| name != "conform-report");
    let mut actual: Vec<_> = own.map(|(name, value)| line(name, value)).collect();
    expected.sort();
    actual.sort();
    let lines = |lines: &[String]| quoted(lines.iter().map(String::as_str));
    push(
        checks,
        &format!("{name} trailers"),
        &lines(&expected),
        &lines(&actual),
    );
}

fn check_calls(
    server: &str,
    calls: &[Call],
    seen: &[(Option<usize>, Received)],
    places: &Places,
    checks: &mut Vec<Check>,
) {
    for (at, call) in calls.iter().enumerate() {
        let name = if calls.len() == 1 {
            format!("request to {server}")
        } else {
            format!("request {} to {server}", at + 1)
        };
        let request = seen.iter().find(|(number, _)| *number == Some(at));
        let Some((_, request)) = request else {
            if !call.optional {
                push(checks, &name, "it comes", "it doesn't come");
            }
            continue;
        };
        check_request(&name, &call.request, request, places, checks);
    }
    let extra = seen.iter().filter(|(number, _)| number.is_none()).count();
    push(
        checks,
        &format!("further requests to {server}"),
        "none",
        &if extra == 0 {
            "none".to_owned()
        } else {
            extra.to_string()
        },
    );
}

fn check_request(
    name: &str,
    expectation: &RequestExpectation,
    request: &Received,
    places: &Places,
    checks: &mut Vec<Check>,
) {
    let protocol = |is_tls: bool| if is_tls { "TLS" } else { "HTTP" };
    push(
        checks,
        &format!("{name} protocol"),
        protocol(expectation.tls),
        protocol(request.is_tls),
    );
    if !expectation.any_end {
        check_end(name, expectation.incomplete, request, checks);
    }
    let parts = [
        ("method", &expectation.method, &request.method),
        ("target", &expectation.path, &request.path),
    ];
    for (part, expected, actual) in parts {
        if let Some(expected) = expected {
            let expected = places.fill(expected);
            let is_right = matches(&expected, actual);
            let expected = if is_right { actual } else { &expected };
            push(checks, &format!("{name} {part}"), expected, actual);
        }
    }
    check_fields(
        name,
        &expectation.headers,
        &expectation.absent,
        request,
        places,
        checks,
    );
    check_body(name, expectation.body.as_ref(), request, places, checks);
    check_trailers(name, expectation.trailers.as_ref(), request, places, checks);
    check_changed_content(name, expectation.if_changed.as_ref(), request, checks);
}

/// Shows content on one line, and not all of it if it is long.
fn shown(content: &str) -> String {
    let end = content.char_indices().nth(MAX_SHOWN).map_or(content.len(), |(at, _)| at);
    let more = if end < content.len() { " …" } else { "" };
    format!("{:?}{more}", &content[..end])
}

/// Whether a text matches a pattern, in which `*` matches any text.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn an_asterisk_is_any_text() {
        assert!(matches("err(internal-error*", "err(internal-error(none))"));
        assert!(matches("a*c*e", "abcde") && matches("*", "") && matches("", ""));
        assert!(!matches("a*c", "abd") && !matches("a", "ab") && !matches("ab*ba", "aba"));
    }
}
