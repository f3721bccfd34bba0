//! The times of the members of a chain, for a request.

use std::fmt;
use std::time::Duration;

use http::HeaderValue;

use super::{Callee, RequestCalls};

/// The times of members, in the order in which they were first called.
pub struct MemberTimes(Vec<MemberTime>);

/// The time of a member, of all calls to it.
struct MemberTime {
    name: String,
    own: Duration,
    total: Duration,
}

impl MemberTimes {
    /// Adds up the calls that have ended; `None` if no call of a member has.
    pub fn of(calls: &RequestCalls) -> Option<Self> {
        let mut times: Vec<MemberTime> = Vec::new();
        for call in calls.all().iter() {
            let (Callee::Member(name), Some(outcome)) = (&call.callee, call.outcome()) else {
                continue;
            };
            match times.iter_mut().find(|time| *time.name == **name) {
                Some(time) => {
                    time.own += outcome.own;
                    time.total += outcome.total;
                }
                None => times.push(MemberTime {
                    name: name.to_string(),
                    own: outcome.own,
                    total: outcome.total,
                }),
            }
        }
        (!times.is_empty()).then_some(MemberTimes(times))
    }

    /// Returns the value of `Server-Timing` (W3C Server Timing, section 4): a member's own time in milliseconds, and with `-total` the
    /// time until its response.
    pub fn server_timing(&self) -> Option<HeaderValue> {
        let metrics = self.0.iter().map(|MemberTime { name, own, total }| {
            let (own, total) = (Milliseconds(*own), Milliseconds(*total));
            format!("{name};dur={own}, {name}-total;dur={total}")
        });
        HeaderValue::try_from(metrics.collect::<Vec<_>>().join(", ")).ok()
    }
}

impl fmt::Display for MemberTimes {
    /// A member's own time and the time until its response, in milliseconds: `gate=0.2/1.4 stamp=1.2/1.2`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, MemberTime { name, own, total }) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { " " };
            let (own, total) = (Milliseconds(*own), Milliseconds(*total));
            write!(formatter, "{separator}{name}={own}/{total}")?;
        }
        Ok(())
    }
}

/// A time in milliseconds, to the microsecond.
struct Milliseconds(Duration);

impl fmt::Display for Milliseconds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = (self.0.as_secs_f64() * 1e6).round() / 1e3;
        write!(formatter, "{rounded}")
    }
}
