//! Time: `{{ monotonic.id }}`{% if let Some(system) = system %} and `{{ system.id }}`{% endif %}.

use std::future::Future;
{%- if system.is_some() %}
use std::time::{Duration, SystemTime};
{%- else %}
use std::time::Duration;
{%- endif %}

pub use super::runtime::time::Elapsed;

/// Returns the time since a point that the host chooses. Only the difference of two times means something.
pub fn now() -> Duration {
    Duration::from_nanos(super::{{ monotonic.name }}::now())
}

/// Waits. Other requests of the instance go on meanwhile.
pub async fn sleep(duration: Duration) {
    let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    super::{{ monotonic.name }}::wait_for(nanoseconds).await;
}

/// Runs a future until it ends or the time limit has passed. In the latter case the future is dropped.
///
/// ```ignore
/// let response = time::timeout(Duration::from_secs(1), origin::handle(request)).await??;
/// ```
///
/// # Errors
///
/// [`Elapsed`] if the time limit has passed; as an `ErrorCode` it is `HTTP-response-timeout`.
pub async fn timeout<F: Future>(limit: Duration, future: F) -> Result<F::Output, Elapsed> {
    super::runtime::time::timeout(future, sleep(limit)).await
}
{%- if let Some(system) = system %}

/// Returns the time of day.
pub fn system_time() -> SystemTime {
    let now = super::{{ system.name }}::now();
    let seconds = Duration::from_secs(now.seconds.unsigned_abs());
    let start = if now.seconds < 0 {
        SystemTime::UNIX_EPOCH - seconds
    } else {
        SystemTime::UNIX_EPOCH + seconds
    };
    start + Duration::from_nanos(now.nanoseconds.into())
}
{%- endif %}
