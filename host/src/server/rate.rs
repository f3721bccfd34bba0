//! Rates of requests, as people write them.

use std::error::Error;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

/// The most requests of a rate per second.
const MAX_PER_SECOND: u32 = 1_000_000;
/// The longest time after which a burst may be possible again.
const MAX_RECOVERY: Duration = Duration::from_secs(24 * 3600);

/// How many requests are allowed in a time.
///
/// It is written as `100/s`, `6000/m` or `50/h`. As many requests may come at once, or the number that `,burst=` adds:
/// `100/s,burst=20`.
///
/// ```
/// # use std::time::Duration;
/// # use witgen_serve::server::Rate;
/// let rate: Rate = "6000/m,burst=50".parse()?;
/// assert_eq!(rate.interval(), Duration::from_millis(10));
/// assert_eq!(rate.burst(), 50);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    requests: NonZeroU32,
    unit: Unit,
    burst: NonZeroU32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::Second => "s",
            Unit::Minute => "m",
            Unit::Hour => "h",
        }
    }

    fn seconds(self) -> u32 {
        match self {
            Unit::Second => 1,
            Unit::Minute => 60,
            Unit::Hour => 3600,
        }
    }
}

impl Rate {
    /// Returns the time after which a further request is allowed.
    pub fn interval(&self) -> Duration {
        Duration::from_secs(self.unit.seconds().into()) / self.requests.get()
    }

    /// Returns how many requests may come at once.
    pub fn burst(&self) -> u32 {
        self.burst.get()
    }

    /// Returns the same as a quota of the rate limiter.
    pub(super) fn quota(&self) -> governor::Quota {
        // The interval is above zero, since rates are limited.
        let quota = governor::Quota::with_period(self.interval());
        quota
            .unwrap_or(governor::Quota::per_second(self.requests))
            .allow_burst(self.burst)
    }

    /// Returns how long it takes until a client that has made no request may make a whole burst again.
    pub(super) fn recovery(&self) -> Duration {
        self.interval().saturating_mul(self.burst.get())
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.requests, self.unit.name())?;
        if self.burst != self.requests {
            write!(formatter, ",burst={}", self.burst)?;
        }
        Ok(())
    }
}

impl FromStr for Rate {
    type Err = InvalidRate;

    fn from_str(text: &str) -> Result<Self, InvalidRate> {
        let (rate, burst) = match text.split_once(',') {
            Some((rate, burst)) => (
                rate,
                Some(burst.strip_prefix("burst=").ok_or(InvalidRate::Form)?),
            ),
            None => (text, None),
        };
        let (requests, unit) = rate.split_once('/').ok_or(InvalidRate::Form)?;
        let unit = match unit {
            "s" => Unit::Second,
            "m" => Unit::Minute,
            "h" => Unit::Hour,
            _ => return Err(InvalidRate::Form),
        };
        let requests = number(requests)?;
        let burst = burst.map_or(Ok(requests), number)?;
        let rate = Rate {
            requests,
            unit,
            burst,
        };
        if requests.get() / unit.seconds() > MAX_PER_SECOND {
            return Err(InvalidRate::TooHigh);
        }
        if rate.recovery() > MAX_RECOVERY {
            return Err(InvalidRate::LongRecovery);
        }
        Ok(rate)
    }
}

fn number(text: &str) -> Result<NonZeroU32, InvalidRate> {
    match text.parse::<u32>() {
        Ok(number) => NonZeroU32::new(number).ok_or(InvalidRate::Zero),
        Err(_) => Err(InvalidRate::Form),
    }
}

/// Why a text is not a [`Rate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidRate {
    /// The text has another form, or a number is too large.
    Form,
    /// No request would be allowed.
    Zero,
    /// The rate is above a million per second.
    TooHigh,
    /// After a burst, a client would wait for more than a day until another one is possible.
    LongRecovery,
}

impl fmt::Display for InvalidRate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            InvalidRate::Form => "write it as 100/s, 6000/m or 50/h,burst=10",
            InvalidRate::Zero => "the rate and its burst must be at least 1",
            InvalidRate::TooHigh => "the rate may be at most a million per second",
            InvalidRate::LongRecovery => {
                "at this rate, a burst takes more than a day to recover; lower the burst"
            }
        })
    }
}

impl Error for InvalidRate {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_they_are_written() {
        for (text, interval, burst) in [
            ("100/s", Duration::from_millis(10), 100),
            ("6000/m,burst=1", Duration::from_millis(10), 1),
            ("1/h", Duration::from_secs(3600), 1),
            ("1000000/s", Duration::from_micros(1), 1_000_000),
        ] {
            let rate: Rate = text.parse().unwrap();
            assert_eq!((rate.interval(), rate.burst()), (interval, burst), "{text}");
            assert_eq!(rate.to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_rejected_with_a_reason() {
        for (text, reason) in [
            ("", InvalidRate::Form),
            ("100", InvalidRate::Form),
            ("100/d", InvalidRate::Form),
            ("-1/s", InvalidRate::Form),
            ("1/s,5", InvalidRate::Form),
            ("1/s,burst=", InvalidRate::Form),
            ("4294967296/s", InvalidRate::Form),
            ("0/s", InvalidRate::Zero),
            ("1/s,burst=0", InvalidRate::Zero),
            ("1000001/s", InvalidRate::TooHigh),
            ("1/h,burst=25", InvalidRate::LongRecovery),
            ("1/h,burst=4294967295", InvalidRate::LongRecovery),
        ] {
            assert_eq!(text.parse::<Rate>(), Err(reason), "{text}");
        }
    }
}
