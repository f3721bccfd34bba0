//! The host that tests of guests play, and what guests do with time and errors.

use std::env::VarError;
use std::error::Error as StdError;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, SystemTime};

use witgen_runtime::guest::testing::{self, Clock, Host, Random, block_on};
use witgen_runtime::guest::time::{Elapsed, timeout};
use witgen_runtime::guest::{Error, ErrorCode, Peer, Request, env};

const ORIGIN: Peer = Peer::next_hop("wasi:http/origin@0.3.2", "origin");
const CLIENT: Peer = Peer::client("wasi:http/client@0.3.2", "client", true);

/// Returns the message with which a function panics.
fn panic_of<T>(function: impl FnOnce() -> T) -> String {
    let panic = catch_unwind(AssertUnwindSafe(function))
        .err()
        .expect("it panics");
    panic
        .downcast_ref::<String>()
        .expect("the panic has a message")
        .clone()
}

async fn sleep(duration: Duration) {
    testing::wait_until(testing::now() + duration).await;
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn the_clock_stands_still_until_the_test_advances_it() {
    let clock = Clock::default();
    let host = Host::default().clock(&clock);
    assert_eq!(host.clone().run(async { testing::now() }), Duration::ZERO);
    clock.advance(SECOND);
    assert_eq!(host.run(async { testing::now() }), SECOND);
    clock.set_system_time(SystemTime::UNIX_EPOCH + 100 * SECOND);
    clock.advance(SECOND);
    assert_eq!(clock.system_time(), SystemTime::UNIX_EPOCH + 101 * SECOND);
}

#[test]
fn waits_end_in_the_order_of_their_length_without_waiting() {
    let started = std::time::Instant::now();
    let elapsed = Host::default().run(async {
        let longer = timeout(sleep(20 * 60 * SECOND), sleep(10 * 60 * SECOND)).await;
        assert_eq!(longer, Err(Elapsed));
        let shorter = timeout(sleep(60 * SECOND), sleep(10 * 60 * SECOND)).await;
        assert_eq!(shorter, Ok(()));
        testing::now()
    });
    assert_eq!(elapsed, 11 * 60 * SECOND);
    assert!(started.elapsed() < 60 * SECOND);
}

#[test]
fn a_future_of_another_executor_waits_until_the_test_advances_the_clock() {
    let clock = Clock::default();
    let mut future = Box::pin(Host::default().clock(&clock).around(sleep(SECOND)));
    let mut poll = || {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        future.as_mut().poll(&mut context)
    };
    assert!(poll().is_pending());
    clock.advance(SECOND / 2);
    assert!(poll().is_pending());
    clock.advance(SECOND / 2);
    assert!(poll().is_ready());
}

#[test]
fn random_numbers_depend_on_the_seed_alone() {
    let numbers = |host: Host| host.run(async { testing::random(|random| random.bytes(8)) });
    assert_eq!(numbers(Host::default()), numbers(Host::default()));
    assert_ne!(
        numbers(Host::default()),
        numbers(Host::default().random_seed(1))
    );
    // The first number of the published algorithm for seed 0.
    assert_eq!(Random::with_seed(0).u64(), 0xe220_a839_7b1d_cdaf);
}

#[test]
fn environment_variables_are_those_of_the_test() {
    let host = Host::default().var("TOKEN", "secret");
    assert_eq!(
        host.clone().run(async { env::var("TOKEN") }).unwrap(),
        "secret"
    );
    // The system has this one.
    assert!(std::env::var("PATH").is_ok());
    assert_eq!(
        host.run(async { env::var("PATH") }),
        Err(VarError::NotPresent)
    );
}

#[test]
fn what_the_test_does_not_supply_panics_with_what_to_add() {
    let message = panic_of(|| Host::default().run(ORIGIN.send(Request::default(), no_import)));
    assert_eq!(
        message,
        "this test has no `origin`: add one with `testing::with().origin(…).run(…)`"
    );
    let message = panic_of(|| block_on(CLIENT.send(Request::default(), no_import)));
    assert_eq!(
        message,
        "this test has no `client`: add one with `testing::with().client(…).run(…)`"
    );
    let message = panic_of(|| block_on(async { testing::now() }));
    assert_eq!(message, "no clock outside of `testing::with().run(…)`");
    // A host doesn't outlive what it ran.
    Host::default().run(async {});
    let message = panic_of(|| env::var("TOKEN"));
    assert_eq!(
        message,
        "no environment variables outside of `testing::with().run(…)`"
    );
}

async fn no_import(
    _: witgen_runtime::guest::wasi::Request,
) -> Result<witgen_runtime::guest::wasi::Response, ErrorCode> {
    unreachable!("this isn't wasm")
}

#[derive(Debug)]
struct Unreadable(std::num::ParseIntError);

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the limit can't be read")
    }
}

impl StdError for Unreadable {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn error_codes_stay_and_other_errors_become_internal_errors_with_their_causes() {
    let fails = |code: bool| -> Result<(), Error> {
        if code {
            Err(ErrorCode::ConnectionRefused)?;
        }
        Err("x".parse::<u8>().map_err(Unreadable).unwrap_err())?
    };
    let refused = fails(true).unwrap_err();
    assert!(matches!(refused.code(), Some(ErrorCode::ConnectionRefused)));
    assert!(matches!(
        ErrorCode::from(refused),
        ErrorCode::ConnectionRefused
    ));
    let unreadable = fails(false).unwrap_err();
    let text = "the limit can't be read: invalid digit found in string";
    assert_eq!(unreadable.to_string(), text);
    assert_eq!(format!("{unreadable:?}"), text);
    assert!(unreadable.code().is_none());
    assert!(matches!(
        ErrorCode::from(unreadable),
        ErrorCode::InternalError(Some(internal)) if internal == text
    ));
    let message = Error::msg(format_args!("{} is missing", "x"));
    assert_eq!(message.to_string(), "x is missing");
}

#[test]
fn an_elapsed_time_limit_is_a_response_timeout() {
    assert!(matches!(
        ErrorCode::from(Elapsed),
        ErrorCode::HttpResponseTimeout
    ));
    assert!(matches!(
        ErrorCode::from(Error::from(Elapsed)),
        ErrorCode::HttpResponseTimeout
    ));
}
