//! Bodies: writes, reads and counts bytes.

use wit_bindgen::{StreamReader, StreamResult, StreamWriter};

use crate::glue::bindings::wasi::http::types::{Fields, Response};
use crate::glue::bindings::{wit_future, wit_stream};

const PIECE: usize = 16 << 10;

/// Makes a response with this content.
pub fn respond(headers: Fields, content: Vec<u8>) -> Response {
    let (mut writer, reader) = wit_stream::new();
    let (_, trailers) = wit_future::new(|| Ok(None));
    wit_bindgen::spawn_local(async move {
        writer.write_all(content).await;
    });
    Response::new(headers, Some(reader), trailers).0
}

/// Writes bytes. Returns how many the reader has taken.
pub async fn write(writer: &mut StreamWriter<u8>, bytes: Vec<u8>) -> usize {
    let length = bytes.len();
    length - writer.write_all(bytes).await.len()
}

/// Writes so many bytes, in which each one is its position modulo 251. Returns how many the reader has taken.
pub async fn produce(writer: &mut StreamWriter<u8>, count: usize) -> usize {
    let mut written = 0;
    while written < count {
        let end = count.min(written + PIECE);
        let piece: Vec<u8> = (written..end).map(|at| (at % 251) as u8).collect();
        let taken = write(writer, piece).await;
        written += taken;
        if taken == 0 {
            break;
        }
    }
    written
}

/// Reads up to so many bytes in one read; none if the stream has ended.
pub async fn read(reader: &mut StreamReader<u8>, most: usize) -> Option<Vec<u8>> {
    match reader.read(Vec::with_capacity(most)).await {
        (StreamResult::Dropped, bytes) if bytes.is_empty() => None,
        (_, bytes) => Some(bytes),
    }
}

/// Reads up to so many bytes, to the end of the stream if there are fewer.
pub async fn read_up_to(reader: &mut StreamReader<u8>, most: usize) -> Vec<u8> {
    let mut content = Vec::new();
    while content.len() < most {
        let Some(bytes) = read(reader, PIECE.min(most - content.len())).await else {
            break;
        };
        content.extend(bytes);
    }
    content
}

/// Reads to the end. Returns how many bytes there were, and the Fowler–Noll–Vo hash (FNV-1a, 64 bits) of them.
pub async fn count(reader: &mut StreamReader<u8>) -> (usize, u64) {
    let (mut count, mut hash) = (0, 0xcbf2_9ce4_8422_2325_u64);
    while let Some(bytes) = read(reader, PIECE).await {
        count += bytes.len();
        for byte in bytes {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    (count, hash)
}
