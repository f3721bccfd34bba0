//! Provides imports outside of wasm: the host of a test.
{%- for import in imports %}

/// `{{ import.reexport.id }}`.
pub mod {{ import.reexport.name }} {
{%- match import.interface %}
{%- when Provided::MonotonicClock %}
    use std::time::Duration as Time;

    pub use super::super::bindings::{{ import.reexport.path }}::*;
    use super::super::runtime::testing;

    pub fn now() -> Mark {
        u64::try_from(testing::now().as_nanos()).unwrap_or(u64::MAX)
    }

    pub fn get_resolution() -> Duration {
        1
    }

    pub async fn wait_until(when: Mark) {
        testing::wait_until(Time::from_nanos(when)).await;
    }

    pub async fn wait_for(how_long: Duration) {
        let end = testing::now().saturating_add(Time::from_nanos(how_long));
        testing::wait_until(end).await;
    }
{%- when Provided::SystemClock %}
    use std::time::SystemTime;

    pub use super::super::bindings::{{ import.reexport.path }}::*;
    use super::super::runtime::testing;

    pub fn now() -> Instant {
        let now = testing::system_time();
        match now.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => Instant {
                seconds: since.as_secs() as i64,
                nanoseconds: since.subsec_nanos(),
            },
            Err(before) => {
                let nanoseconds = before.duration().as_nanos() as i128;
                Instant {
                    seconds: (-nanoseconds).div_euclid(1_000_000_000) as i64,
                    nanoseconds: (-nanoseconds).rem_euclid(1_000_000_000) as u32,
                }
            }
        }
    }

    pub fn get_resolution() -> Duration {
        1
    }
{%- when Provided::Random %}
    pub use super::super::bindings::{{ import.reexport.path }}::*;
    use super::super::runtime::testing;

    pub fn get_random_bytes(max_len: u64) -> Vec<u8> {
        testing::random(|random| random.bytes(max_len))
    }

    pub fn get_random_u64() -> u64 {
        testing::random(|random| random.u64())
    }
{%- when Provided::Insecure %}
    pub use super::super::bindings::{{ import.reexport.path }}::*;
    use super::super::runtime::testing;

    pub fn get_insecure_random_bytes(max_len: u64) -> Vec<u8> {
        testing::random(|random| random.bytes(max_len))
    }

    pub fn get_insecure_random_u64() -> u64 {
        testing::random(|random| random.u64())
    }
{%- when Provided::InsecureSeed %}
    pub use super::super::bindings::{{ import.reexport.path }}::*;
    use super::super::runtime::testing;

    pub fn get_insecure_seed() -> (u64, u64) {
        testing::random(|random| (random.u64(), random.u64()))
    }
{%- when Provided::Environment %}
    pub use super::super::bindings::{{ import.reexport.path }}::*;
    use super::super::runtime::testing;

    pub fn get_environment() -> Vec<(String, String)> {
        testing::vars()
    }

    pub fn get_arguments() -> Vec<String> {
        Vec::new()
    }
{%- endmatch %}
}
{%- endfor %}
