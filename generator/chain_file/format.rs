//! The forms of texts: times, sizes, servers. A schema names them with `format`.

use std::time::Duration;

use bytesize::ByteSize;

use crate::compose::Server;

/// The longest delay before the server stops: with more, a typing error would keep it from stopping.
const MAX_DELAY: Duration = Duration::from_secs(3600);

/// Checks whether a text has a form. The error says what is wrong, and what to write.
pub(super) fn check(format: &str, text: &str) -> Result<(), Problem> {
    match format {
        "witgen-time" => match humantime::parse_duration(text) {
            Ok(time) if !time.is_zero() => Ok(()),
            Ok(_) => Err(Problem::new("is no time above zero", TIME_HELP)),
            Err(_) => Err(Problem::new("is not a time", TIME_HELP)),
        },
        "witgen-delay" => match humantime::parse_duration(text) {
            Ok(delay) if delay <= MAX_DELAY => Ok(()),
            Ok(_) => Err(Problem::new("is more than an hour", TIME_HELP)),
            Err(_) => Err(Problem::new("is not a time", TIME_HELP)),
        },
        "witgen-size" => match text.parse::<ByteSize>() {
            Ok(_) => Ok(()),
            Err(_) => Err(Problem::new(
                "is not a size",
                "write it as 64KiB, 1MiB or 2GB",
            )),
        },
        "witgen-server" => match text.parse::<Server>() {
            Ok(_) => Ok(()),
            Err(help) => Err(Problem::new("is not the URL of a server", help)),
        },
        "witgen-digest" => is_digest(text).then_some(()).ok_or_else(|| {
            Problem::new("is not a digest", "write `sha256:` and 64 digits of 0-9a-f")
        }),
        "witgen-host" => is_host(text).then_some(()).ok_or_else(|| {
            Problem::new(
                "is not a host",
                "write it without a port, as in `example.com` or `*.example.com`",
            )
        }),
        "witgen-path" => is_path(text)
            .then_some(())
            .ok_or_else(|| Problem::new("is not a path", "write it as `/` or `/api`")),
        _ => Ok(()),
    }
}

const TIME_HELP: &str = "write it as 500ms, 30s or 2m";

/// The problem of a text, and the help.
pub(super) struct Problem {
    pub what: &'static str,
    pub help: String,
}

impl Problem {
    fn new(what: &'static str, help: impl Into<String>) -> Self {
        Problem {
            what,
            help: help.into(),
        }
    }
}

fn is_digest(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.strip_prefix("sha256:")
        .is_some_and(|digits| digits.len() == 64 && digits.bytes().all(is_digit))
}

/// Whether a text is a host of a route: a name, an address, or all names below one.
fn is_host(text: &str) -> bool {
    if let Some(address) = text.strip_prefix('[') {
        let address = address.strip_suffix(']').unwrap_or_default();
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let name = text.strip_prefix("*.").unwrap_or(text);
    let is_label = |label: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        !label.is_empty() && label.len() <= 63 && label.bytes().all(is_part)
    };
    name.len() <= 253 && name.strip_suffix('.').unwrap_or(name).split('.').all(is_label)
}

/// Whether a text is an absolute path without a query (RFC 3986, section 3.3).
fn is_path(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_graphic() && !b"?#\"<>\\^`{|}".contains(&byte);
    text.starts_with('/') && text.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_the_forms_that_the_schema_names() {
        for (format, text, is_valid) in [
            ("witgen-time", "500ms", true),
            ("witgen-time", "0s", false),
            ("witgen-time", "5", false),
            ("witgen-delay", "0s", true),
            ("witgen-delay", "2h", false),
            ("witgen-size", "64KiB", true),
            ("witgen-size", "many", false),
            ("witgen-server", "https://a.example/base", true),
            ("witgen-server", "a.example", false),
            ("witgen-host", "a.example", true),
            ("witgen-host", "*.a.example", true),
            ("witgen-host", "[::1]", true),
            ("witgen-host", "127.0.0.1", true),
            ("witgen-host", "a.example:80", false),
            ("witgen-host", "*", false),
            ("witgen-host", "a.*.example", false),
            ("witgen-path", "/api", true),
            ("witgen-path", "api", false),
            ("witgen-path", "/a?b", false),
            ("witgen-digest", "sha256:00", false),
        ] {
            assert_eq!(check(format, text).is_ok(), is_valid, "{format} {text}");
        }
        let digest = format!("sha256:{}", "0a".repeat(32));
        assert!(check("witgen-digest", &digest).is_ok());
    }
}
