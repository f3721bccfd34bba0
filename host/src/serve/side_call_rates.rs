//! The rates at which members may make side calls.

use std::fmt;
use std::str::FromStr;

use witgen_serve::server::Rate;

use super::rate_limits::RateLimits;

/// How many side calls a member may make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideCallRate {
    pub member: String,
    pub rate: Rate,
}

impl FromStr for SideCallRate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((member, rate)) if !member.is_empty() && !member.contains('/') => {
                Ok(SideCallRate {
                    member: member.to_owned(),
                    rate: rate.parse().map_err(|error| format!("{error}"))?,
                })
            }
            _ => Err("write it as MEMBER=100/s".to_owned()),
        }
    }
}

impl fmt::Display for SideCallRate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}", self.member, self.rate)
    }
}

/// The limits of members, by their names.
pub type SideCallLimits = RateLimits<String>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_they_are_written() {
        for text in ["gate=100/s", "gate=6000/m,burst=5"] {
            assert_eq!(text.parse::<SideCallRate>().unwrap().to_string(), text);
        }
        for text in ["100/s", "=100/s", "gate=", "gate=soon", "100/s,burst=5"] {
            assert!(text.parse::<SideCallRate>().is_err(), "{text}");
        }
    }
}
