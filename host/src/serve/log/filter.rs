//! Which lines the log has: the least severe level, for all targets or for single ones.

use std::str::FromStr;

use tracing_subscriber::filter::{LevelFilter, Targets};

/// The targets of the log.
const TARGETS: [&str; 11] = [
    "access",
    "chain",
    "origin",
    "output",
    "overload",
    "proxy-protocol",
    "reload",
    "server",
    "side-call",
    "trace",
    "trap",
];

const LEVELS: [(&str, LevelFilter); 6] = [
    ("off", LevelFilter::OFF),
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
    ("trace", LevelFilter::TRACE),
];

/// A level, and levels of single targets: `info`, `warn,access=info`, `access=off`.
#[derive(Clone, Debug)]
pub struct LogFilter(pub Targets);

impl FromStr for LogFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut filter = Targets::new().with_default(LevelFilter::INFO);
        // An empty variable means that it is unset.
        let parts = text.split(',').filter(|_| !text.trim().is_empty());
        for part in parts {
            filter = match part.split_once('=') {
                None => filter.with_default(level(part)?),
                Some((target, of_target)) if TARGETS.contains(&target.trim()) => {
                    filter.with_target(target.trim(), level(of_target)?)
                }
                Some((target, _)) => {
                    let targets = TARGETS.join(", ");
                    return Err(format!(
                        "`{target}` is not a target of the log; targets are {targets}"
                    ));
                }
            };
        }
        Ok(LogFilter(filter))
    }
}

fn level(text: &str) -> Result<LevelFilter, String> {
    LEVELS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text.trim()))
        .map(|(_, level)| *level)
        .ok_or_else(|| {
            format!("`{text}` is not a level; levels are off, error, warn, info, debug and trace")
        })
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn levels_are_for_all_targets_or_for_one() {
        for (text, target, level, is_logged) in [
            ("", "access", Level::INFO, true),
            ("info", "access", Level::INFO, true),
            ("info", "server", Level::DEBUG, false),
            ("warn", "access", Level::INFO, false),
            ("warn, access=info", "access", Level::INFO, true),
            ("warn,access=info", "server", Level::INFO, false),
            ("access=off", "access", Level::ERROR, false),
            ("access=off", "server", Level::INFO, true),
            ("debug", "side-call", Level::DEBUG, true),
            ("proxy-protocol=off", "proxy-protocol", Level::WARN, false),
            ("trace=error", "trace", Level::WARN, false),
        ] {
            let LogFilter(targets) = text.parse().unwrap();
            assert_eq!(
                targets.would_enable(target, &level),
                is_logged,
                "{text}: {target}"
            );
        }
    }

    #[test]
    fn unknown_targets_and_levels_are_rejected() {
        let unknown = "acces=off".parse::<LogFilter>().unwrap_err();
        assert!(unknown.contains("`acces` is not a target"), "{unknown}");
        for level in ["loud", "access=loud", "warn=access", "warn,", "3"] {
            assert!(level.parse::<LogFilter>().is_err(), "{level}");
        }
    }
}
