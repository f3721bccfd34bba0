//! The start of a connection, before its first request: the header of the PROXY protocol, and the TLS handshake.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::client::Client;
use super::clients::{Clients, Connected};
use super::overload::OverloadReplies;
use super::protocol::Protocol;
use super::proxy_header::{self, ProxyHeader};
use super::stream::ClientStream;
use super::{ClientAddress, Observer, ProxyHeaderError, ServerLimits};

const TLS_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How the connections of a listener begin.
pub(super) struct Opening {
    pub clients: Arc<Clients>,
    pub limits: ServerLimits,
    pub observer: Arc<dyn Observer>,
    pub tls: Option<TlsAcceptor>,
    /// Whether each connection begins with a header of the PROXY protocol.
    pub has_proxy_headers: bool,
    pub overload_replies: OverloadReplies,
}

/// A connection whose requests are next.
pub(super) struct Opened {
    pub stream: OpenedStream,
    pub client: Client,
    pub protocol: Protocol,
    pub connected: Connected,
}

pub(super) enum OpenedStream {
    Plain(ClientStream),
    Tls(Box<TlsStream<ClientStream>>),
}

impl Opening {
    /// Counts a connection of a client. `None` if the limit is reached; the connection is then closed.
    pub fn connect(
        &self,
        stream: ClientStream,
        client: ClientAddress,
        has_proxy_header: bool,
    ) -> Option<(ClientStream, Connected)> {
        if let Some(connected) = self.clients.connect(client) {
            return Some((stream, connected));
        }
        self.observer.overloaded("connections");
        if self.tls.is_none() {
            self.overload_replies.reply(stream, has_proxy_header);
        }
        None
    }

    /// Reads what comes before the first request. `None` if the connection is closed instead.
    pub async fn open(
        &self,
        mut stream: ClientStream,
        peer: ClientAddress,
        mut connected: Connected,
    ) -> Option<Opened> {
        let mut address = peer;
        if self.has_proxy_headers {
            match self.read_proxy_header(&mut stream, &connected).await {
                Ok(ProxyHeader::Client(client)) => {
                    address = client.into();
                    // From now on it counts for the client.
                    drop(connected);
                    (stream, connected) = self.connect(stream, address, false)?;
                }
                Ok(ProxyHeader::Connection) => {}
                Ok(ProxyHeader::Nothing) => return None,
                Err(error) => {
                    self.observer.unproxied(peer, error);
                    return None;
                }
            }
        }
        let is_tls = self.tls.is_some();
        let client = Client { address, is_tls };
        let Some(tls) = &self.tls else {
            return Some(Opened {
                stream: OpenedStream::Plain(stream),
                client,
                protocol: Protocol::Any,
                connected,
            });
        };
        let handshake = timeout(TLS_HANDSHAKE_TIMEOUT, tls.accept(stream));
        let accepted = tokio::select! {
            accepted = handshake => accepted,
            () = connected.activity.wait_until_close(&self.limits) => return None,
        };
        // Drops clients that fail the TLS handshake.
        let stream = accepted.ok()?.ok()?;
        Some(Opened {
            protocol: Protocol::negotiated(stream.get_ref().1.alpn_protocol()),
            stream: OpenedStream::Tls(Box::new(stream)),
            client,
            connected,
        })
    }

    async fn read_proxy_header(
        &self,
        stream: &mut ClientStream,
        connected: &Connected,
    ) -> Result<ProxyHeader, ProxyHeaderError> {
        if !connected.activity.address().is_trusted {
            return Err(ProxyHeaderError::Untrusted);
        }
        let read = timeout(self.limits.head_time, proxy_header::read(stream));
        tokio::select! {
            biased;
            read = read => read.unwrap_or(Err(ProxyHeaderError::TimedOut)),
            // It makes room for another connection.
            () = connected.activity.wait_until_close(&self.limits) => Ok(ProxyHeader::Nothing),
        }
    }
}
