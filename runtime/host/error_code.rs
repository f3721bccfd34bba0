//! The error codes that a component receives for errors of the network.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};

use hyper_util::client::legacy::Error;
use wasmtime_wasi_http::p3::bindings::http::types::{
    DnsErrorPayload, ErrorCode, TlsAlertReceivedPayload,
};

use super::addresses::Prohibited;
use super::connections::TooManyConnections;

/// Returns the code for a request that got no response.
pub(super) fn from_client_error(error: &Error) -> ErrorCode {
    let code_of_cause = |cause: &(dyn StdError + 'static)| {
        if let Some(wasmtime_wasi_http::Error::HttpRequestBodySize(size)) = cause.downcast_ref() {
            return Some(ErrorCode::HttpRequestBodySize(*size));
        }
        cause.downcast_ref().and_then(from_io_error)
    };
    if let Some(code) = causes(error).find_map(code_of_cause) {
        return code;
    }
    if error.is_connect() {
        // A name that isn't found is an error of the resolver, and has no kind of its own.
        return if causes(error).any(|cause| cause.to_string().starts_with("dns error")) {
            ErrorCode::DnsError(DnsErrorPayload {
                rcode: None,
                info_code: None,
            })
        } else {
            ErrorCode::DestinationUnavailable
        };
    }
    causes(error)
        .find_map(|cause| cause.downcast_ref().map(from_hyper_error))
        .unwrap_or(ErrorCode::ConnectionTerminated)
}

fn causes(error: &Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause: &&(dyn StdError + 'static)| {
        (*cause).source()
    })
}

fn from_io_error(error: &io::Error) -> Option<ErrorCode> {
    if let Some(inner) = error.get_ref() {
        if let Some(error) = inner.downcast_ref() {
            return Some(from_tls_error(error));
        }
        if inner.is::<Prohibited>() {
            return Some(ErrorCode::DestinationIpProhibited);
        }
        if inner.is::<TooManyConnections>() {
            return Some(ErrorCode::ConnectionLimitReached);
        }
        // One error may be wrapped in another.
        if let Some(error) = inner.downcast_ref() {
            return from_io_error(error);
        }
    }
    Some(match error.kind() {
        ErrorKind::ConnectionRefused => ErrorCode::ConnectionRefused,
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => ErrorCode::ConnectionTerminated,
        ErrorKind::TimedOut => ErrorCode::ConnectionTimeout,
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            ErrorCode::DestinationIpUnroutable
        }
        _ => return None,
    })
}

fn from_tls_error(error: &rustls::Error) -> ErrorCode {
    match error {
        rustls::Error::InvalidCertificate(_) => ErrorCode::TlsCertificateError,
        rustls::Error::AlertReceived(alert) => {
            ErrorCode::TlsAlertReceived(TlsAlertReceivedPayload {
                alert_id: Some(u8::from(*alert)),
                alert_message: Some(format!("{alert:?}")),
            })
        }
        _ => ErrorCode::TlsProtocolError,
    }
}

/// Returns the code for an error of hyper.
pub(super) fn from_hyper_error(error: &hyper::Error) -> ErrorCode {
    if error.is_timeout() {
        ErrorCode::HttpResponseTimeout
    } else if error.is_parse_too_large() {
        ErrorCode::HttpResponseHeaderSectionSize(None)
    } else if error.is_incomplete_message() {
        ErrorCode::HttpResponseIncomplete
    } else if error.is_closed() || error.is_canceled() {
        ErrorCode::ConnectionTerminated
    } else {
        // A body that is cut off has an error of the connection for its cause.
        let cause = error.source().and_then(|cause| cause.downcast_ref());
        match cause.map(io::Error::kind) {
            Some(ErrorKind::UnexpectedEof) => ErrorCode::HttpResponseIncomplete,
            _ => cause
                .and_then(from_io_error)
                .unwrap_or(ErrorCode::HttpProtocolError),
        }
    }
}
