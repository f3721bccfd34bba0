//! The suite's service of WASI 0.2. The path selects what it does.

use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingRequest, OutgoingBody, OutgoingResponse,
    ResponseOutparam,
};
use wasip2::io::streams::StreamError;

struct Service;

impl Guest for Service {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let path = request.path_with_query().unwrap_or_default();
        match path.as_str() {
            "/echo" => echo(&request, out),
            "/status" => respond(out, 418, Fields::new(), b"teapot"),
            "/fields" => {
                let headers = request.headers().get("x-sent").concat();
                let fields = Fields::new();
                let _ = fields.append("x-received", &headers);
                respond(out, 200, fields, b"");
            }
            "/fail" => ResponseOutparam::set(out, Err(ErrorCode::DestinationUnavailable)),
            "/trap" => std::process::abort(),
            "/nothing" => {}
            _ => respond(out, 200, Fields::new(), b"ready\n"),
        }
    }
}

fn respond(out: ResponseOutparam, status: u16, headers: Fields, content: &[u8]) {
    let response = OutgoingResponse::new(headers);
    let _ = response.set_status_code(status);
    let Ok(body) = response.body() else { return };
    ResponseOutparam::set(out, Ok(response));
    if let Ok(stream) = body.write() {
        let _ = stream.blocking_write_and_flush(content);
    }
    let _ = OutgoingBody::finish(body, None);
}

/// Returns the content and the trailers of the request, streamed.
fn echo(request: &IncomingRequest, out: ResponseOutparam) {
    let response = OutgoingResponse::new(Fields::new());
    let (Ok(body), Ok(incoming)) = (response.body(), request.consume()) else {
        return;
    };
    ResponseOutparam::set(out, Ok(response));
    let (Ok(stream), Ok(source)) = (body.write(), incoming.stream()) else {
        return;
    };
    loop {
        match source.blocking_read(64 << 10) {
            Ok(piece) => {
                for piece in piece.chunks(4096) {
                    if stream.blocking_write_and_flush(piece).is_err() {
                        return;
                    }
                }
            }
            Err(StreamError::Closed) => break,
            // The request is incomplete, and so is the response.
            Err(StreamError::LastOperationFailed(_)) => return,
        }
    }
    drop((source, stream));
    let trailers = IncomingBody::finish(incoming);
    trailers.subscribe().block();
    let trailers = match trailers.get() {
        Some(Ok(Ok(trailers))) => trailers,
        _ => None,
    };
    // Those of a request can't be sent again.
    let trailers = trailers.and_then(|trailers| Fields::from_list(&trailers.entries()).ok());
    let _ = OutgoingBody::finish(body, trailers);
}

wasip2::http::proxy::export!(Service);
