//! OTLP over gRPC.

use bytes::{Buf as _, BufMut as _, Bytes};
use http::uri::PathAndQuery;
use http::{Extensions, HeaderMap};
use tonic::client;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

use super::error::SendError;

/// The method that takes spans (`opentelemetry/proto/collector/trace/v1/trace_service.proto`).
const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// Sends requests by gRPC.
pub struct Grpc {
    channel: Channel,
    headers: HeaderMap,
}

impl Grpc {
    pub fn new(channel: Channel, headers: HeaderMap) -> Self {
        Grpc { channel, headers }
    }

    /// Sends a request, and returns the content of the response.
    pub async fn send(&self, content: Bytes) -> Result<Bytes, SendError> {
        let mut client = client::Grpc::new(self.channel.clone());
        client
            .ready()
            .await
            .map_err(|error| SendError::temporary(format!("no connection: {}", chain(&error))))?;
        let metadata = MetadataMap::from_headers(self.headers.clone());
        let request = Request::from_parts(metadata, Extensions::new(), content);
        match client.unary(request, PathAndQuery::from_static(EXPORT), Written).await {
            Ok(response) => Ok(response.into_inner()),
            Err(status) => Err(refused(&status)),
        }
    }
}

/// Returns the error for a status (OTLP/gRPC, "Failures"). Its message may repeat credentials.
fn refused(status: &Status) -> SendError {
    let source = std::error::Error::source(status).map(chain);
    SendError {
        reason: match source {
            Some(source) => format!("no response: {source}"),
            None => format!("it responded with {:?}", status.code()),
        },
        is_temporary: matches!(
            status.code(),
            Code::Cancelled
                | Code::DeadlineExceeded
                | Code::Aborted
                | Code::OutOfRange
                | Code::Unavailable
                | Code::DataLoss
        ),
        retry_after: None,
    }
}

/// Returns the texts of an error and its causes.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Messages that are written already.
#[derive(Clone, Copy)]
struct Written;

impl Codec for Written {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Written;
    type Decoder = Written;

    fn encoder(&mut self) -> Written {
        Written
    }

    fn decoder(&mut self) -> Written {
        Written
    }
}

impl Encoder for Written {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(message);
        Ok(())
    }
}

impl Decoder for Written {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
