//! A service of WASI 0.2, made with the crate `wasi`: the request path selects the behaviour.

use std::io::Write;
use wasi::exports::http::incoming_handler::Guest;
use wasi::http::outgoing_handler;
use wasi::http::types::{
    ErrorCode, Fields, IncomingRequest, Method, OutgoingBody, OutgoingRequest, OutgoingResponse,
    ResponseOutparam, Scheme,
};

struct Service;

impl Guest for Service {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let path = request.path_with_query().unwrap_or("*".to_owned());
        match path.as_str() {
            "/fail" => ResponseOutparam::set(out, Err(ErrorCode::DestinationUnavailable)),
            "/trap" => panic!("asked for"),
            "/echo" => echo(request, out),
            "/large" => {
                let large: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
                respond(out, 200, &large);
            }
            "/headers" => respond(out, 200, &lines(request.headers())),
            "/ask" => respond(out, 200, ask().as_bytes()),
            other => match other.strip_prefix("/status/") {
                Some(status) => respond(out, status.parse().expect("a status"), b""),
                None => respond(
                    out,
                    200,
                    format!("{} {path}", name(&request.method())).as_bytes(),
                ),
            },
        }
    }
}

/// Sends the head of a response, and returns its body.
fn start(out: ResponseOutparam, status: u16) -> OutgoingBody {
    let response = OutgoingResponse::new(Fields::new());
    response.set_status_code(status).expect("a status");
    let body = response.body().expect("a new response has a body");
    ResponseOutparam::set(out, Ok(response));
    body
}

fn respond(out: ResponseOutparam, status: u16, content: &[u8]) {
    let body = start(out, status);
    let mut writer = body.write().expect("a new body has a stream");
    let written = writer.write_all(content);
    drop(writer);
    // A client may want no more of it.
    if written.is_ok() {
        let _ = OutgoingBody::finish(body, None);
    }
}

fn echo(request: IncomingRequest, out: ResponseOutparam) {
    let body = start(out, 200);
    let content = request.consume().expect("a new request has a body");
    let mut reader = content.stream().expect("a new body has a stream");
    let mut writer = body.write().expect("a new body has a stream");
    std::io::copy(&mut reader, &mut writer).expect("streams that stay open");
    drop(writer);
    OutgoingBody::finish(body, None).expect("a whole body");
}

fn ask() -> String {
    let question = OutgoingRequest::new(Fields::new());
    question.set_scheme(Some(&Scheme::Http)).expect("a scheme");
    question
        .set_authority(Some("denied.example"))
        .expect("an authority");
    question.set_path_with_query(Some("/")).expect("a path");
    let answer = outgoing_handler::handle(question, None).and_then(|future| {
        future.subscribe().block();
        future
            .get()
            .expect("it is ready")
            .expect("it was taken once")
    });
    match answer {
        Ok(_) => "answered".to_owned(),
        Err(ErrorCode::HttpRequestDenied) => "denied".to_owned(),
        Err(code) => format!("{code:?}"),
    }
}

fn name(method: &Method) -> String {
    match method {
        Method::Other(name) => name.clone(),
        // `Method::Get`, for example.
        other => format!("{other:?}").replace("Method::", "").to_uppercase(),
    }
}

fn lines(headers: Fields) -> Vec<u8> {
    let mut lines = Vec::new();
    for (name, value) in headers.entries() {
        lines.extend_from_slice(name.as_bytes());
        lines.extend_from_slice(b": ");
        lines.extend_from_slice(&value);
        lines.push(b'\n');
    }
    lines
}

wasi::http::proxy::export!(Service);
