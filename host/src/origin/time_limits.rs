//! The timeouts of a request that is sent several times.

use std::time::Duration;

use wasmtime_wasi_http::RequestOptions;

use super::settings::TimeoutSettings;
use crate::runtime::ErrorCode;

/// The timeouts of the component, of which earlier attempts have used a part, and those of the pool for each attempt.
pub(super) struct TimeLimits<'a> {
    component: RequestOptions,
    pool: &'a TimeoutSettings,
}

impl<'a> TimeLimits<'a> {
    pub fn new(component: Option<&RequestOptions>, pool: &'a TimeoutSettings) -> Self {
        TimeLimits {
            component: component.copied().unwrap_or_default(),
            pool,
        }
    }

    /// Subtracts the time of an attempt without a response.
    pub fn subtract(&mut self, time: Duration, was_sent: bool) {
        let component = &mut self.component;
        let limit = if was_sent {
            &mut component.first_byte_timeout
        } else {
            &mut component.connect_timeout
        };
        if let Some(limit) = limit {
            *limit = limit.saturating_sub(time);
        }
    }

    /// Whether the time that the component gives a request is over.
    pub fn are_over(&self) -> bool {
        let component = &self.component;
        [component.connect_timeout, component.first_byte_timeout].contains(&Some(Duration::ZERO))
    }

    /// Returns the timeouts of an attempt.
    pub fn of_attempt(&self) -> RequestOptions {
        let (component, pool) = (&self.component, self.pool);
        RequestOptions {
            connect_timeout: shorter(component.connect_timeout, pool.connect),
            first_byte_timeout: shorter(component.first_byte_timeout, pool.first_byte),
            between_bytes_timeout: shorter(component.between_bytes_timeout, pool.between_bytes),
        }
    }

    /// Whether an error says that a timeout of the component is over, which the server isn't to be blamed for.
    pub fn is_of_component(&self, code: &ErrorCode) -> bool {
        let (component, pool) = (&self.component, self.pool);
        match code {
            ErrorCode::ConnectionTimeout => is_shorter(component.connect_timeout, pool.connect),
            ErrorCode::ConnectionReadTimeout => {
                is_shorter(component.first_byte_timeout, pool.first_byte)
            }
            _ => false,
        }
    }
}

fn shorter(component: Option<Duration>, pool: Option<Duration>) -> Option<Duration> {
    match (component, pool) {
        (Some(component), Some(pool)) => Some(component.min(pool)),
        (component, pool) => component.or(pool),
    }
}

fn is_shorter(component: Option<Duration>, pool: Option<Duration>) -> bool {
    component.is_some_and(|component| pool.is_none_or(|pool| component < pool))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn attempts_share_the_time_of_the_component() {
        let component = RequestOptions {
            connect_timeout: Some(3 * SECOND),
            first_byte_timeout: Some(10 * SECOND),
            between_bytes_timeout: None,
        };
        let pool = TimeoutSettings {
            connect: Some(2 * SECOND),
            first_byte: Some(20 * SECOND),
            between_bytes: Some(SECOND),
        };
        let mut limits = TimeLimits::new(Some(&component), &pool);
        let expected = RequestOptions {
            connect_timeout: Some(2 * SECOND),
            first_byte_timeout: Some(10 * SECOND),
            between_bytes_timeout: Some(SECOND),
        };
        assert_eq!(limits.of_attempt(), expected);
        assert!(!limits.is_of_component(&ErrorCode::ConnectionTimeout));
        assert!(limits.is_of_component(&ErrorCode::ConnectionReadTimeout));
        limits.subtract(2 * SECOND, false);
        limits.subtract(4 * SECOND, true);
        let rest = RequestOptions {
            connect_timeout: Some(SECOND),
            first_byte_timeout: Some(6 * SECOND),
            ..expected
        };
        assert_eq!(limits.of_attempt(), rest);
        assert!(!limits.are_over());
        limits.subtract(6 * SECOND, true);
        assert!(limits.are_over());
    }
}
