//! The body of a sent message: forwarded, or written by this component.

use bytes::Bytes;
use http_body::Body as _;
use wit_bindgen::{FutureReader, FutureWriter, StreamReader, StreamWriter};

use super::incoming::Message;
use super::wasi::{Fields, HeaderError, Trailers, wit_future, wit_stream};
use super::{Body, ErrorCode, fields};

/// How a body ends: with or without trailers, or with an error.
type Ending = Result<Option<Trailers>, ErrorCode>;

/// Returns the content and the trailers for a new message; `section` is that of the trailers.
pub(super) fn contents(
    body: Body,
    section: Section,
) -> (Option<StreamReader<u8>>, FutureReader<Ending>) {
    let body = match body.into_untouched() {
        Ok(message) => {
            let may_return = section.may_return_to_writer(&message);
            let (content, received) = message.into_contents();
            if !may_return {
                return (Some(content), received);
            }
            let (ending, trailers) = new_ending();
            wit_bindgen::spawn_local(write(Source::Trailers(received), ending, section));
            return (Some(content), trailers);
        }
        Err(body) => body,
    };
    if body.is_end_stream() {
        let (_, trailers) = wit_future::new(|| Ok(None));
        return (None, trailers);
    }
    let (content, reader) = wit_stream::new();
    let (ending, trailers) = new_ending();
    // A handler returns the head of its response before the body is written.
    wit_bindgen::spawn_local(write(Source::Body(body, content), ending, section));
    (Some(reader), trailers)
}

/// Returns both ends of a future for trailers. The reader gets an error if the task that writes ends early.
fn new_ending() -> (FutureWriter<Ending>, FutureReader<Ending>) {
    wit_future::new(|| Err(ErrorCode::InternalError(None)))
}

/// The body that this component writes.
enum Source {
    /// All of a body; the stream is for its content.
    Body(Body, StreamWriter<u8>),
    /// Trailers alone, after content that is passed on.
    ///
    /// If a service returns a request's body in its response, the component that sent the request would receive its
    /// own future, and trap. A component can't read a future that it writes itself, except for numbers (Component
    /// Model, `CanonicalABI.md`, `future_copy`). A stream of bytes may be passed on as it is.
    Trailers(FutureReader<Ending>),
}

async fn write(source: Source, ending: FutureWriter<Ending>, section: Section) {
    let result = match source {
        Source::Body(body, content) => write_body(body, content, section).await,
        Source::Trailers(trailers) => trailers.await,
    };
    let _ = ending.write(result).await;
}

/// Writes the content of a body, and returns how the body ends.
async fn write_body(mut body: Body, mut content: StreamWriter<u8>, section: Section) -> Ending {
    let result = loop {
        match body.frame().await {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(piece) => {
                    if !write_piece(&mut content, piece).await {
                        // The reader has closed the stream, which isn't an error.
                        break Ok(None);
                    }
                }
                Err(other) => match other.into_trailers() {
                    Ok(trailers) => break new_fields(&trailers, section).map(Some),
                    Err(_) => break Ok(None),
                },
            },
            Some(Err(error)) => break Err(error),
            None => break Ok(None),
        }
    };
    // Readers read the trailers after the end of the content.
    drop(content);
    result
}

/// Writes a piece of content. Returns false if the reader has closed the stream.
async fn write_piece(content: &mut StreamWriter<u8>, piece: Bytes) -> bool {
    content.write_all(piece.into()).await.is_empty()
}

/// The part of a message that fields are in.
#[derive(Clone, Copy)]
pub(super) enum Section {
    RequestHeader,
    RequestTrailer,
    ResponseHeader,
    ResponseTrailer,
}

impl Section {
    /// Whether the component that wrote a message's body may receive it again, if it goes into a message with this section.
    fn may_return_to_writer(self, message: &Message) -> bool {
        let is_of_request = matches!(self, Section::RequestHeader | Section::RequestTrailer);
        match message {
            Message::Request(_) => !is_of_request,
            Message::Response(_) => is_of_request,
        }
    }

    /// Returns the error for fields that are larger than the host allows.
    fn too_large(self) -> ErrorCode {
        match self {
            Section::RequestHeader => ErrorCode::HttpRequestHeaderSectionSize(None),
            Section::RequestTrailer => ErrorCode::HttpRequestTrailerSectionSize(None),
            Section::ResponseHeader => ErrorCode::HttpResponseHeaderSectionSize(None),
            Section::ResponseTrailer => ErrorCode::HttpResponseTrailerSectionSize(None),
        }
    }
}

/// Converts a map to fields of the component model.
///
/// # Errors
///
/// If the host forbids a field (RFC 9110, section 7.6.1), which the error names, or the fields are
/// larger than it allows.
pub(super) fn new_fields(map: &http::HeaderMap, section: Section) -> Result<Fields, ErrorCode> {
    let listed = fields::list(map);
    Fields::from_list(&listed).map_err(|error| {
        let reason = match error {
            HeaderError::SizeExceeded => return section.too_large(),
            HeaderError::Forbidden => "` is forbidden",
            _ => "` is refused",
        };
        // The host's error doesn't name the field, so try them one by one.
        let fields = Fields::new();
        let refused = listed
            .iter()
            .find(|(name, value)| fields.append(name, value).is_err());
        let name = refused.map_or("?", |(name, _)| name);
        ErrorCode::InternalError(Some(["the field `", name, reason].concat()))
    })
}
