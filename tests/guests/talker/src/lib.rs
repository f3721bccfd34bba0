//! A proxy that talks: it writes what it is asked to stdout and stderr, and says what it finds in its environment. Asked
//! for `/flood` or `/controls`, it writes what a log has to bear.

mod talker;
use std::future::IntoFuture;

use http::HeaderValue;
use talker::bindings::wit_stream;
use talker::{ErrorCode, Handler, Request, Response, environment, origin, stderr, stdout};

struct Talker;

impl Handler for Talker {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let path = request.uri().path().to_owned();
        let text = match path.as_str() {
            "/flood" => "\n".repeat(100_000),
            "/controls" => "a\rb\0c\u{b}d\u{202e}e\u{2028}f\n".to_owned(),
            _ => format!("asked {path}\n"),
        };
        write(text, stdout::write_via_stream).await;
        // Without the end of a line.
        write(format!("warned of {path}"), stderr::write_via_stream).await;
        let variables: Vec<_> = environment::get_environment()
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let mut response = origin::handle(request).await?;
        if let Ok(variables) = HeaderValue::try_from(variables.join(",")) {
            response.headers_mut().append("x-environment", variables);
        }
        Ok(response)
    }
}

/// Writes text to where a function takes a stream of it.
async fn write<R: IntoFuture>(
    text: String,
    begin: impl FnOnce(wit_bindgen::StreamReader<u8>) -> R,
) {
    let (mut writer, reader) = wit_stream::new();
    let written = begin(reader);
    writer.write_all(text.into_bytes()).await;
    drop(writer);
    // What becomes of it is the host's business.
    let _ = written.await;
}

talker::export!(Talker);
