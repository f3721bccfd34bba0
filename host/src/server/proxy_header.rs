//! The header of the PROXY protocol, by which a proxy passes on the address of its client (HAProxy's `proxy-protocol.txt`).

use std::fmt;
use std::net::SocketAddr;

use ppp::{v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::stream::ClientStream;

/// The size of a header of version 1 (section 2.1).
const MAX_V1_BYTES: usize = 107;
/// The size of a header of version 2 that is accepted, with its additional fields; nginx accepts as much.
const MAX_V2_BYTES: usize = 4 << 10;
/// The length of a header of version 2 before its addresses: the signature, version and command, the kind of the addresses, and
/// the length (section 2.2).
const V2_PREFIX_BYTES: usize = 16;
/// How version 1 begins.
const V1_PREFIX: &[u8] = b"PROXY ";
/// Version 2 and the command `LOCAL`: the proxy itself is the client.
const LOCAL: u8 = 0x20;

/// Why a connection was closed before its first request, at a listener that requires the PROXY protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyHeaderError {
    /// The client is not a trusted proxy.
    Untrusted,
    /// The connection doesn't begin with a valid header.
    Malformed,
    /// The header is larger than this server accepts.
    TooLong,
    /// The header didn't arrive in time.
    TimedOut,
}

impl fmt::Display for ProxyHeaderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            ProxyHeaderError::Untrusted => "the client is not a trusted proxy",
            ProxyHeaderError::Malformed => "the connection has no valid PROXY header",
            ProxyHeaderError::TooLong => "the PROXY header is too long",
            ProxyHeaderError::TimedOut => "the PROXY header did not arrive in time",
        })
    }
}

impl std::error::Error for ProxyHeaderError {}

/// The client in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProxyHeader {
    Client(SocketAddr),
    /// The client is who made the connection: the proxy itself, or a client whose address it doesn't know.
    Connection,
    /// The connection was closed without a byte, as load balancers do to check whether a server responds.
    Nothing,
}

/// Reads the header, and none of what follows it.
///
/// # Errors
///
/// If there is no valid header, or one that is too long.
pub(super) async fn read(stream: &mut ClientStream) -> Result<ProxyHeader, ProxyHeaderError> {
    let mut header = Vec::with_capacity(MAX_V1_BYTES);
    // No header of either version is shorter than this signature of version 2.
    if let Err(error) = read_up_to(stream, &mut header, v2::PROTOCOL_PREFIX.len()).await {
        return if header.is_empty() {
            Ok(ProxyHeader::Nothing)
        } else {
            Err(error)
        };
    }
    if header == v2::PROTOCOL_PREFIX {
        read_up_to(stream, &mut header, V2_PREFIX_BYTES).await?;
        let length = u16::from_be_bytes([header[14], header[15]]);
        let length = V2_PREFIX_BYTES + usize::from(length);
        if length > MAX_V2_BYTES {
            return Err(ProxyHeaderError::TooLong);
        }
        read_up_to(stream, &mut header, length).await?;
        parse_v2(&header)
    } else if header.starts_with(V1_PREFIX) {
        read_line(stream, &mut header).await?;
        parse_v1(&header)
    } else {
        Err(ProxyHeaderError::Malformed)
    }
}

/// Reads until the header has a length.
async fn read_up_to(
    stream: &mut (impl AsyncRead + Unpin),
    header: &mut Vec<u8>,
    length: usize,
) -> Result<(), ProxyHeaderError> {
    while header.len() < length {
        let missing = (length - header.len()) as u64;
        match (&mut *stream).take(missing).read_buf(header).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return Err(ProxyHeaderError::Malformed),
        }
    }
    Ok(())
}

/// Reads until the header ends with a line feed.
async fn read_line(
    stream: &mut ClientStream,
    header: &mut Vec<u8>,
) -> Result<(), ProxyHeaderError> {
    while !header.ends_with(b"\n") {
        let mut next = [0; MAX_V1_BYTES];
        let next = &mut next[header.len()..];
        if next.is_empty() {
            return Err(ProxyHeaderError::TooLong);
        }
        let count = stream.peek(next).await.map_err(|_| ProxyHeaderError::Malformed)?;
        if count == 0 {
            return Err(ProxyHeaderError::Malformed);
        }
        let line_feed = next[..count].iter().position(|byte| *byte == b'\n');
        let length = header.len() + line_feed.map_or(count, |at| at + 1);
        read_up_to(stream, header, length).await?;
    }
    Ok(())
}

fn parse_v1(line: &[u8]) -> Result<ProxyHeader, ProxyHeaderError> {
    let header = v1::Header::try_from(line).map_err(|_| ProxyHeaderError::Malformed)?;
    if header.header.len() != line.len() {
        return Err(ProxyHeaderError::Malformed);
    }
    Ok(match header.addresses {
        v1::Addresses::Tcp4(ip) => client(ip.source_address, ip.source_port),
        v1::Addresses::Tcp6(ip) => client(ip.source_address, ip.source_port),
        v1::Addresses::Unknown => ProxyHeader::Connection,
    })
}

fn parse_v2(header: &[u8]) -> Result<ProxyHeader, ProxyHeaderError> {
    // The bytes after the command are ignored (section 2.2), even if they are invalid.
    if header[v2::PROTOCOL_PREFIX.len()] == LOCAL {
        return Ok(ProxyHeader::Connection);
    }
    let header = v2::Header::try_from(header).map_err(|_| ProxyHeaderError::Malformed)?;
    Ok(match (header.addresses, header.protocol) {
        (v2::Addresses::Unspecified, v2::Protocol::Unspecified) => ProxyHeader::Connection,
        // All other pairs are invalid.
        (v2::Addresses::Unspecified, _) | (_, v2::Protocol::Unspecified) => {
            return Err(ProxyHeaderError::Malformed);
        }
        (v2::Addresses::IPv4(ip), v2::Protocol::Stream) => {
            client(ip.source_address, ip.source_port)
        }
        (v2::Addresses::IPv6(ip), v2::Protocol::Stream) => {
            client(ip.source_address, ip.source_port)
        }
        // Datagrams, and clients of the proxy's own Unix sockets.
        _ => ProxyHeader::Connection,
    })
}

fn client(ip: impl Into<std::net::IpAddr>, port: u16) -> ProxyHeader {
    ProxyHeader::Client(SocketAddr::new(ip.into(), port))
}

#[cfg(all(test, unix))]
mod tests {
    use proptest::prelude::*;
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::UnixStream;
    use tokio::runtime::Builder;

    use super::*;

    type Outcome = Result<ProxyHeader, ProxyHeaderError>;

    /// Reads a header from bytes that arrive in pieces, and what is left after it.
    fn read_from(bytes: &[u8], piece: usize) -> (Outcome, Vec<u8>) {
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(async {
            let (mut client, server) = UnixStream::pair().unwrap();
            let mut server = ClientStream::Unix(server);
            let send = async move {
                for part in bytes.chunks(piece) {
                    client.write_all(part).await.unwrap();
                    tokio::task::yield_now().await;
                }
                drop(client);
            };
            let receive = async {
                let outcome = read(&mut server).await;
                let mut rest = Vec::new();
                server.read_to_end(&mut rest).await.unwrap();
                (outcome, rest)
            };
            tokio::join!(send, receive).1
        })
    }

    fn v2_header(command: u8, kind: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [v2::PROTOCOL_PREFIX, &[command, kind], &length, rest].concat()
    }

    fn addresses() -> impl Strategy<Value = (SocketAddr, SocketAddr)> {
        prop_oneof![
            any::<([u8; 4], [u8; 4], u16, u16)>().prop_map(|(source, target, from, to)| {
                ((source, from).into(), (target, to).into())
            }),
            any::<([u16; 8], [u16; 8], u16, u16)>().prop_map(|(source, target, from, to)| {
                ((source, from).into(), (target, to).into())
            }),
        ]
    }

    fn octets(ip: std::net::IpAddr) -> Vec<u8> {
        match ip {
            std::net::IpAddr::V4(ip) => ip.octets().to_vec(),
            std::net::IpAddr::V6(ip) => ip.octets().to_vec(),
        }
    }

    /// Valid headers of either version, and their clients.
    fn headers() -> impl Strategy<Value = (Vec<u8>, SocketAddr)> {
        let tlvs = prop::collection::vec(any::<u8>(), 0..300);
        (addresses(), any::<bool>(), tlvs).prop_map(|((source, target), is_text, tlvs)| {
            let header = if is_text {
                let family = if source.is_ipv4() { "TCP4" } else { "TCP6" };
                format!(
                    "PROXY {family} {} {} {} {}\r\n",
                    source.ip(),
                    target.ip(),
                    source.port(),
                    target.port()
                )
                .into_bytes()
            } else {
                let kind = if source.is_ipv4() { 0x11 } else { 0x21 };
                let ports = [source.port().to_be_bytes(), target.port().to_be_bytes()];
                let ips = [octets(source.ip()), octets(target.ip())].concat();
                v2_header(0x21, kind, &[ips, ports.concat(), tlvs].concat())
            };
            (header, source)
        })
    }

    proptest! {
        #[test]
        fn a_header_is_read_to_its_end_and_no_further(
            (header, client) in headers(),
            rest in prop::collection::vec(any::<u8>(), 0..100),
            piece in 1..40_usize,
        ) {
            let (outcome, left) = read_from(&[header, rest.clone()].concat(), piece);
            prop_assert_eq!(outcome, Ok(ProxyHeader::Client(client)));
            prop_assert_eq!(left, rest);
        }

        #[test]
        fn a_damaged_header_does_no_harm(
            (mut header, _) in headers(),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
            length in any::<prop::sample::Index>(),
            is_cut in any::<bool>(),
            piece in 1..40_usize,
        ) {
            for (at, byte) in damage {
                let at = at.index(header.len());
                header[at] = byte;
            }
            if is_cut {
                header.truncate(length.index(header.len()));
            }
            let (outcome, left) = read_from(&header, piece);
            // However the bytes are cut into pieces, they mean the same.
            prop_assert_eq!((outcome, left.clone()), read_from(&header, usize::MAX));
            prop_assert!(left.len() <= header.len());
        }

        #[test]
        fn other_bytes_are_no_header(bytes in prop::collection::vec(any::<u8>(), 1..600)) {
            let (outcome, _) = read_from(&bytes, usize::MAX);
            prop_assert_eq!(outcome, Err(ProxyHeaderError::Malformed));
        }
    }

    #[test]
    fn no_more_is_read_than_a_header_may_have() {
        let endless = [b"PROXY UNKNOWN ".to_vec(), vec![b'a'; 100_000]].concat();
        let (outcome, rest) = read_from(&endless, usize::MAX);
        assert_eq!(outcome, Err(ProxyHeaderError::TooLong));
        assert_eq!(rest.len(), endless.len() - MAX_V1_BYTES);
        let long = v2_header(0x21, 0x11, &[0; 65_535]);
        let (outcome, rest) = read_from(&long, usize::MAX);
        assert_eq!(outcome, Err(ProxyHeaderError::TooLong));
        assert_eq!(rest.len(), long.len() - V2_PREFIX_BYTES);
        assert_eq!(read_from(b"", 1).0, Ok(ProxyHeader::Nothing));
    }
}
