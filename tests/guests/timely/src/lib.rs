//! A proxy that waits, limits how long the next hop may take, and uses `?` on errors of any type.

mod proxy;
use std::io::Write as _;
use std::time::{Duration, SystemTime};

use proxy::{Body, Error, Handler, Request, Response, env, origin, output, random, time};

struct Timely;

impl Handler<Error> for Timely {
    async fn handle(request: Request) -> Result<Response, Error> {
        let milliseconds = |text: &str| text.parse().map(Duration::from_millis);
        let path = request.uri().path().to_owned();
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match parts.as_slice() {
            ["sleep", duration] => {
                let begin = time::now();
                time::sleep(milliseconds(duration)?).await;
                let elapsed = time::now() - begin;
                Ok(Response::new(elapsed.as_millis().to_string().into()))
            }
            ["within", limit] => {
                let limit = milliseconds(limit)?;
                Ok(time::timeout(limit, origin::handle(request)).await??)
            }
            ["within", limit, "louder"] => {
                let limit = milliseconds(limit)?;
                let louder = |body: Body| body.map_data(|piece| piece.to_ascii_uppercase().into());
                Ok(time::timeout(limit, origin::handle(request.map(louder))).await??)
            }
            ["variable", name] => Ok(Response::new(env::var(name)?.into())),
            ["year"] => {
                let since = time::system_time().duration_since(SystemTime::UNIX_EPOCH)?;
                let year = 1970 + since.as_secs() / 31_556_952;
                Ok(Response::new(year.to_string().into()))
            }
            ["print", word] => {
                writeln!(output::stdout(), "asked for {word}")?;
                writeln!(output::stderr(), "warned of {word}")?;
                Ok(Response::new("printed".into()))
            }
            ["number"] => Ok(Response::new(random::get_random_u64().to_string().into())),
            _ => Ok(origin::handle(request).await?),
        }
    }
}

proxy::export!(Timely);

#[cfg(test)]
mod tests {
    use super::*;
    use proxy::{ErrorCode, testing};

    fn request(path: &str) -> Request {
        let mut request = Request::default();
        *request.uri_mut() = format!("http://example.com{path}").parse().unwrap();
        request
    }

    /// Returns the content of a response from a host with an origin that answers after a second.
    fn content(path: &str) -> Result<String, Error> {
        let host = testing::with()
            .var("COLOR", "green")
            .random_seed(7)
            .origin(async |_| {
                time::sleep(Duration::from_secs(1)).await;
                Ok(Response::new("content".into()))
            });
        let response = host.run(Timely::handle(request(path)))?;
        let content = testing::block_on(response.into_body().bytes(100))?;
        Ok(String::from_utf8(content.into())?)
    }

    #[test]
    fn waits_take_no_time() {
        assert_eq!(content("/sleep/3600000").unwrap(), "3600000");
    }

    #[test]
    fn an_origin_that_takes_too_long_is_given_up() {
        assert_eq!(content("/within/1001").unwrap(), "content");
        let error = content("/within/999").unwrap_err();
        assert!(matches!(
            ErrorCode::from(error),
            ErrorCode::HttpResponseTimeout
        ));
    }

    #[test]
    fn variables_random_numbers_and_the_time_of_day_are_the_tests() {
        assert_eq!(content("/variable/COLOR").unwrap(), "green");
        let error = content("/variable/PATH").unwrap_err();
        assert_eq!(error.to_string(), "environment variable not found");
        assert_eq!(content("/number").unwrap(), content("/number").unwrap());
        assert_eq!(content("/year").unwrap(), "1970");
    }

    #[test]
    fn a_test_reads_what_is_printed() {
        let output = testing::Output::default();
        let host = testing::with().output(&output);
        host.run(Timely::handle(request("/print/a"))).unwrap();
        assert_eq!(output.stdout(), "asked for a\n");
        assert_eq!(output.stderr(), "warned of a\n");
    }

    #[test]
    fn errors_of_any_type_are_internal_errors() {
        let error = content("/sleep/soon").unwrap_err();
        assert_eq!(error.to_string(), "invalid digit found in string");
        assert!(error.code().is_none());
    }

    #[test]
    #[should_panic = "this test has no `origin`"]
    fn a_missing_origin_is_a_panic_that_names_it() {
        let _ = testing::with().run(Timely::handle(request("/")));
    }

    #[test]
    #[should_panic = "`now` of `wasi:clocks/monotonic-clock@0.3.2` was called outside of wasm"]
    fn an_import_that_nothing_provides_is_a_panic_that_names_it() {
        let _ = proxy::bindings::wasi::clocks::monotonic_clock::now();
    }
}
