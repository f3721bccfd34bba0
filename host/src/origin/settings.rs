//! The settings of a pool.

use std::time::Duration;

use http::uri::{Authority, PathAndQuery};
use http::{StatusCode, Uri};

/// The longest time that can be set.
pub(super) const MAX_TIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The servers of a pool, and how it uses them.
///
/// ```
/// use witgen_serve::origin::PoolSettings;
///
/// let settings = PoolSettings {
///     servers: vec!["http://10.0.0.1:8080".parse()?, "http://10.0.0.2:8080".parse()?],
///     ..PoolSettings::default()
/// };
/// assert!(settings.faults().is_empty());
/// # Ok::<(), http::uri::InvalidUri>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolSettings {
    /// The URLs of the servers, of `http` or `https`; each one once. The path of a URL is put before that of each request.
    pub servers: Vec<Uri>,
    /// How a server is selected for a request.
    pub balance: Balance,
    /// Active health checks; none by default.
    pub health: Option<HealthSettings>,
    /// Ejection of servers whose requests fail, by default as [`OutlierSettings::default`]; `None` switches it off.
    pub outliers: Option<OutlierSettings>,
    /// When a request is repeated at another server.
    pub retries: RetrySettings,
    /// The timeouts of an attempt.
    pub timeouts: TimeoutSettings,
}

/// How a server is selected from those that are usable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Balance {
    /// Each one in turn.
    #[default]
    RoundRobin,
    /// The one with the fewest requests whose responses haven't been received yet; in turn if several have as few. All
    /// servers are compared, not two that are chosen at random: pools are small.
    LeastRequests,
}

/// Checks that ask each server regularly. Requests never wait for them.
///
/// The first check of a server decides alone. Until it has ended, the server is usable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthSettings {
    /// The path of a check's GET request, after the path of the server's URL; `/` by default.
    pub path: PathAndQuery,
    /// The `Host` of checks; by default the authority of the server's URL.
    pub host: Option<Authority>,
    /// The time from the end of a check to the next one; 5 s by default. It varies by a tenth, so that checks of many
    /// servers don't coincide.
    pub interval: Duration,
    /// The time until the response's head, including the connection; 1 s by default.
    pub timeout: Duration,
    /// After how many failed checks in a row a server is no longer usable; 3 by default.
    pub unhealthy_after: u32,
    /// After how many successful checks in a row it is usable again; 2 by default.
    pub healthy_after: u32,
    /// The status codes of a healthy server; if empty, all of 2xx and 3xx.
    pub statuses: Vec<StatusCode>,
}

/// When a server is ejected because its requests fail.
///
/// Failures are connections that can't be made or end before a response, timeouts of the pool, and the statuses 502, 503
/// and 504. Errors that the component or its client cause don't count.
///
/// The first failure after an ejection ejects the server again. A server that fails again soon is ejected for twice as
/// long as the last time. An ejection also ends if the server responds because no other one was left, or, if
/// connections have caused it, with a successful health check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlierSettings {
    /// After how many failures in a row a server is ejected; 5 by default.
    pub failures: u32,
    /// How long it is ejected at first; 10 s by default.
    pub base: Duration,
    /// How long it is ejected at most; 5 minutes by default.
    pub max: Duration,
    /// How many percent of the servers may be ejected at a time, rounded down; 67 by default: one of two, two of three.
    /// The only server of a pool is never ejected.
    pub max_percent: u8,
}

/// When a request is repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetrySettings {
    /// How often a request is repeated at most, each time at another server; 2 by default. 0 switches it off.
    pub max: usize,
    /// The budget in percent of the requests of the last 10 s; 20 by default, at most 100. It is rounded down to one per so
    /// many requests: 30 is one per 4.
    pub percent: u8,
    /// Repeated requests per second on top of that, on average over 10 s; 10 by default.
    pub min_per_second: u32,
}

/// The timeouts of an attempt. If the component sets a shorter one, that applies. The total is the host's
/// [`Limits::response`](crate::proxy::Limits::response).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeoutSettings {
    /// From when a connection is needed until it is made, with TLS; 5 s by default.
    pub connect: Option<Duration>,
    /// From when the request is sent until the response's head; none by default.
    pub first_byte: Option<Duration>,
    /// Between two pieces of the response's content; none by default.
    pub between_bytes: Option<Duration>,
}

impl Default for PoolSettings {
    fn default() -> Self {
        PoolSettings {
            servers: Vec::new(),
            balance: Balance::default(),
            health: None,
            outliers: Some(OutlierSettings::default()),
            retries: RetrySettings::default(),
            timeouts: TimeoutSettings::default(),
        }
    }
}

impl PoolSettings {
    /// Returns all problems of the settings, except those of single URLs.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.servers.is_empty() {
            faults.push("the pool has no servers".to_owned());
        }
        for (position, server) in self.servers.iter().enumerate() {
            if self.servers[..position].contains(server) {
                faults.push(format!("`{server}` is in the pool more than once"));
            }
        }
        let (health, outliers) = (self.health.as_ref(), self.outliers.as_ref());
        let counts = [
            (
                "health.unhealthy-after",
                health.map(|health| health.unhealthy_after),
            ),
            (
                "health.healthy-after",
                health.map(|health| health.healthy_after),
            ),
            (
                "outliers.failures",
                outliers.map(|outliers| outliers.failures),
            ),
        ];
        let zeros = counts.iter().filter(|(_, count)| *count == Some(0));
        faults.extend(zeros.map(|(name, _)| format!("{name} is 0")));
        let times = [
            ("health.interval", health.map(|health| health.interval)),
            ("health.timeout", health.map(|health| health.timeout)),
            ("outliers.base", outliers.map(|outliers| outliers.base)),
            ("outliers.max", outliers.map(|outliers| outliers.max)),
            ("timeouts.connect", self.timeouts.connect),
            ("timeouts.first-byte", self.timeouts.first_byte),
            ("timeouts.between-bytes", self.timeouts.between_bytes),
        ];
        for (name, time) in times.iter().filter_map(|(name, time)| Some((name, (*time)?))) {
            if time.is_zero() {
                faults.push(format!("{name} is 0"));
            } else if time > MAX_TIME {
                faults.push(format!("{name} is more than a day"));
            }
        }
        if outliers.is_some_and(|outliers| outliers.max < outliers.base) {
            faults.push("outliers.max is less than outliers.base".to_owned());
        }
        if outliers.is_some_and(|outliers| outliers.max_percent > 100) {
            faults.push("outliers.max-percent is more than 100".to_owned());
        }
        if self.retries.percent > 100 {
            faults.push("retries.percent is more than 100".to_owned());
        }
        faults
    }
}

impl Default for HealthSettings {
    fn default() -> Self {
        HealthSettings {
            path: PathAndQuery::from_static("/"),
            host: None,
            interval: Duration::from_secs(5),
            timeout: Duration::from_secs(1),
            unhealthy_after: 3,
            healthy_after: 2,
            statuses: Vec::new(),
        }
    }
}

impl HealthSettings {
    /// Whether a response with this status is that of a healthy server.
    pub(super) fn accepts(&self, status: StatusCode) -> bool {
        if self.statuses.is_empty() {
            status.is_success() || status.is_redirection()
        } else {
            self.statuses.contains(&status)
        }
    }
}

impl Default for OutlierSettings {
    fn default() -> Self {
        OutlierSettings {
            failures: 5,
            base: Duration::from_secs(10),
            max: Duration::from_secs(300),
            max_percent: 67,
        }
    }
}

impl Default for RetrySettings {
    fn default() -> Self {
        RetrySettings {
            max: 2,
            percent: 20,
            min_per_second: 10,
        }
    }
}

impl Default for TimeoutSettings {
    fn default() -> Self {
        TimeoutSettings {
            connect: Some(Duration::from_secs(5)),
            first_byte: None,
            between_bytes: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_are_reported() {
        let health = HealthSettings {
            interval: Duration::ZERO,
            unhealthy_after: 0,
            ..HealthSettings::default()
        };
        let outliers = OutlierSettings {
            max: Duration::from_secs(1),
            max_percent: 101,
            ..OutlierSettings::default()
        };
        let server = Uri::from_static("http://a");
        let settings = PoolSettings {
            servers: vec![server.clone(), server],
            health: Some(health),
            outliers: Some(outliers),
            timeouts: TimeoutSettings {
                connect: Some(Duration::MAX),
                ..TimeoutSettings::default()
            },
            ..PoolSettings::default()
        };
        assert_eq!(
            settings.faults(),
            [
                "`http://a/` is in the pool more than once",
                "health.unhealthy-after is 0",
                "health.interval is 0",
                "timeouts.connect is more than a day",
                "outliers.max is less than outliers.base",
                "outliers.max-percent is more than 100",
            ]
        );
        let empty = PoolSettings::default();
        assert_eq!(empty.faults(), ["the pool has no servers"]);
    }

    #[test]
    fn a_healthy_server_responds_with_success_or_redirection() {
        let mut settings = HealthSettings::default();
        let accepts = |settings: &HealthSettings| {
            let statuses =
                [200, 204, 302, 404, 503].map(|code| StatusCode::from_u16(code).unwrap());
            statuses.map(|status| settings.accepts(status))
        };
        assert_eq!(accepts(&settings), [true, true, true, false, false]);
        settings.statuses = vec![StatusCode::NOT_FOUND];
        assert_eq!(accepts(&settings), [false, false, false, true, false]);
    }
}
