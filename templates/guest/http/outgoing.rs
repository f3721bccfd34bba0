//! The body of a message that leaves: handed on, or written out of this component.

use bytes::Bytes;
use http_body::Body as _;
use wit_bindgen::{FutureReader, FutureWriter, StreamReader, StreamWriter};

use super::bindings::{{ types }}::{Fields, HeaderError, Trailers};
use super::bindings::{wit_future, wit_stream};
use super::{Body, ErrorCode, fields};

/// What a new message takes for its trailers.
type Ending = Result<Option<Trailers>, ErrorCode>;

/// Content and trailers for a new message; `section` is that of the trailers.
pub(super) fn contents(
    body: Body,
    section: Section,
) -> (Option<StreamReader<u8>>, FutureReader<Ending>) {
    let body = match body.into_untouched() {
        Ok(message) => {
            let (content, trailers) = message.into_contents();
            return (Some(content), trailers);
        }
        Err(body) => body,
    };
    if body.is_end_stream() {
        let (_, trailers) = wit_future::new(|| Ok(None));
        return (None, trailers);
    }
    let (content, reader) = wit_stream::new();
    // Given if the task ends before the body does.
    let (ending, trailers) = wit_future::new(|| Err(ErrorCode::InternalError(None)));
    // A handler returns the head of its response first; the body follows.
    wit_bindgen::spawn_local(write(body, content, ending, section));
    (Some(reader), trailers)
}

async fn write(
    mut body: Body,
    mut content: StreamWriter<u8>,
    ending: FutureWriter<Ending>,
    section: Section,
) {
    let result = loop {
        match body.frame().await {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(piece) => {
                    if !write_piece(&mut content, piece).await {
                        // The reader has gone and wants no more, which is its right.
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
    // The trailers are asked for when the content has ended.
    drop(content);
    let _ = ending.write(result).await;
}

/// Whether the piece could be written.
async fn write_piece(content: &mut StreamWriter<u8>, piece: Bytes) -> bool {
    content.write_all(piece.into()).await.is_empty()
}

/// Where fields stand in a message.
#[derive(Clone, Copy)]
pub(super) enum Section {
    RequestHeader,
    RequestTrailer,
    ResponseHeader,
    ResponseTrailer,
}

impl Section {
    /// What is said of fields that are larger than the host allows.
    fn too_large(self) -> ErrorCode {
        match self {
            Section::RequestHeader => ErrorCode::HttpRequestHeaderSectionSize(None),
            Section::RequestTrailer => ErrorCode::HttpRequestTrailerSectionSize(None),
            Section::ResponseHeader => ErrorCode::HttpResponseHeaderSectionSize(None),
            Section::ResponseTrailer => ErrorCode::HttpResponseTrailerSectionSize(None),
        }
    }
}

/// Fields that can be sent.
///
/// # Errors
///
/// What the host refuses: it may forbid names (RFC 9110, section 7.6.1), which the error names, and
/// limit sizes.
pub(super) fn new_fields(map: &http::HeaderMap, section: Section) -> Result<Fields, ErrorCode> {
    let listed = fields::list(map);
    Fields::from_list(&listed).map_err(|error| {
        let reason = match error {
            HeaderError::SizeExceeded => return section.too_large(),
            HeaderError::Forbidden => "` is forbidden",
            _ => "` is refused",
        };
        // The error doesn't say which field it is about, so they are tried one by one.
        let fields = Fields::new();
        let refused = listed
            .iter()
            .find(|(name, value)| fields.append(name, value).is_err());
        let name = refused.map_or("?", |(name, _)| name);
        ErrorCode::InternalError(Some(["the field `", name, reason].concat()))
    })
}
