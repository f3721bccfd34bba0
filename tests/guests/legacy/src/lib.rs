//! A service of WASI 0.2: the request path selects the behaviour.

use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingRequest, IncomingResponse, Method, OutgoingBody,
    OutgoingRequest, OutgoingResponse, ResponseOutparam, Scheme,
};
use wasip2::io::streams::StreamError;

struct Legacy;

impl Guest for Legacy {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let path = request.path_with_query().unwrap_or_default();
        match path.as_str() {
            "/echo" => echo(request, out),
            "/head" => respond(out, head(&request).as_bytes()),
            "/print" => {
                println!("printed");
                let line = b"printed by the component\n";
                let _ = wasip2::cli::stdout::get_stdout().blocking_write_and_flush(line);
                respond(out, b"printed");
            }
            "/environment" => {
                let variables = wasip2::cli::environment::get_environment();
                let variables = variables
                    .iter()
                    .map(|(name, value)| format!("{name}={value}\n"));
                respond(out, variables.collect::<String>().as_bytes());
            }
            "/ask" => ask(&request, out),
            "/fail" => ResponseOutparam::set(out, Err(ErrorCode::DestinationUnavailable)),
            "/exit" => wasip2::cli::exit::exit(Err(())),
            "/trap" => panic!("asked for"),
            // What std does on targets that have a stderr.
            "/panic" => {
                let message = b"thread 'main' panicked at src/lib.rs:1:2:\nasked for\nnote: more\n";
                let stderr = wasip2::cli::stderr::get_stderr();
                let _ = stderr.blocking_write_and_flush(message);
                panic!();
            }
            "/nothing" => {}
            "/files" => {
                let count = wasip2::filesystem::preopens::get_directories().len();
                respond(out, count.to_string().as_bytes());
            }
            "/compute" => loop {
                std::hint::black_box(0);
            },
            _ => respond(out, b"legacy\n"),
        }
    }
}

/// The method, the scheme, the authority, and the names of the headers.
fn head(request: &IncomingRequest) -> String {
    let mut names: Vec<_> = request
        .headers()
        .entries()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    names.sort();
    let authority = request.authority();
    format!(
        "{:?} {:?} {authority:?} {}",
        request.method(),
        request.scheme(),
        names.join(" ")
    )
}

fn respond(out: ResponseOutparam, content: &[u8]) {
    let response = OutgoingResponse::new(Fields::new());
    let body = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));
    let stream = body.write().unwrap();
    for piece in content.chunks(4096) {
        stream.blocking_write_and_flush(piece).unwrap();
    }
    drop(stream);
    OutgoingBody::finish(body, None).unwrap();
}

/// Returns the content and the trailers of the request, streamed.
fn echo(request: IncomingRequest, out: ResponseOutparam) {
    let response = OutgoingResponse::new(Fields::new());
    let body = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));
    let incoming = request.consume().unwrap();
    let stream = body.write().unwrap();
    let source = incoming.stream().unwrap();
    loop {
        match source.blocking_read(64 << 10) {
            Ok(piece) => {
                for piece in piece.chunks(4096) {
                    stream.blocking_write_and_flush(piece).unwrap();
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
    let trailers = trailers.map(|trailers| Fields::from_list(&trailers.entries()).unwrap());
    OutgoingBody::finish(body, trailers).unwrap();
}

/// Sends a request to the authority that a header names, and returns its response.
fn ask(request: &IncomingRequest, out: ResponseOutparam) {
    let authority = request
        .headers()
        .get("x-authority")
        .into_iter()
        .next()
        .unwrap_or_default();
    let authority = String::from_utf8(authority).unwrap();
    let question = OutgoingRequest::new(Fields::new());
    question.set_method(&Method::Post).unwrap();
    question.set_scheme(Some(&Scheme::Http)).unwrap();
    question.set_authority(Some(&authority)).unwrap();
    question.set_path_with_query(Some("/asked")).unwrap();
    let body = question.body().unwrap();
    let response = outgoing_handler::handle(question, None).and_then(|response| {
        let stream = body.write().unwrap();
        // A denied request has no reader.
        let _ = stream.blocking_write_and_flush(b"question");
        drop(stream);
        let _ = OutgoingBody::finish(body, None);
        response.subscribe().block();
        response.get().unwrap().unwrap()
    });
    match response {
        Ok(response) => respond(out, &content(&response)),
        Err(code) => ResponseOutparam::set(out, Err(code)),
    }
}

fn content(response: &IncomingResponse) -> Vec<u8> {
    let body = response.consume().unwrap();
    let stream = body.stream().unwrap();
    let mut content = format!("{} ", response.status()).into_bytes();
    while let Ok(piece) = stream.blocking_read(64 << 10) {
        content.extend(piece);
    }
    content
}

wasip2::http::proxy::export!(Legacy);
