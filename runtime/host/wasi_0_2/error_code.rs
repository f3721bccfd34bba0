//! The error codes of WASI 0.2 as those of 0.3: the same cases with the same payloads.

use wasmtime_wasi_http::p2::bindings::http::types as old;
use wasmtime_wasi_http::p3::bindings::http::types::{
    DnsErrorPayload, ErrorCode, FieldSizePayload, TlsAlertReceivedPayload,
};

/// Returns the code of WASI 0.3 for one of 0.2.
pub(in super::super) fn from_0_2(code: old::ErrorCode) -> ErrorCode {
    use old::ErrorCode as Old;
    match code {
        Old::DnsTimeout => ErrorCode::DnsTimeout,
        Old::DestinationNotFound => ErrorCode::DestinationNotFound,
        Old::DestinationUnavailable => ErrorCode::DestinationUnavailable,
        Old::DestinationIpProhibited => ErrorCode::DestinationIpProhibited,
        Old::DestinationIpUnroutable => ErrorCode::DestinationIpUnroutable,
        Old::ConnectionRefused => ErrorCode::ConnectionRefused,
        Old::ConnectionTerminated => ErrorCode::ConnectionTerminated,
        Old::ConnectionTimeout => ErrorCode::ConnectionTimeout,
        Old::ConnectionReadTimeout => ErrorCode::ConnectionReadTimeout,
        Old::ConnectionWriteTimeout => ErrorCode::ConnectionWriteTimeout,
        Old::ConnectionLimitReached => ErrorCode::ConnectionLimitReached,
        Old::TlsProtocolError => ErrorCode::TlsProtocolError,
        Old::TlsCertificateError => ErrorCode::TlsCertificateError,
        Old::HttpRequestDenied => ErrorCode::HttpRequestDenied,
        Old::HttpRequestLengthRequired => ErrorCode::HttpRequestLengthRequired,
        Old::HttpRequestMethodInvalid => ErrorCode::HttpRequestMethodInvalid,
        Old::HttpRequestUriInvalid => ErrorCode::HttpRequestUriInvalid,
        Old::HttpRequestUriTooLong => ErrorCode::HttpRequestUriTooLong,
        Old::HttpResponseIncomplete => ErrorCode::HttpResponseIncomplete,
        Old::HttpResponseTimeout => ErrorCode::HttpResponseTimeout,
        Old::HttpUpgradeFailed => ErrorCode::HttpUpgradeFailed,
        Old::HttpProtocolError => ErrorCode::HttpProtocolError,
        Old::LoopDetected => ErrorCode::LoopDetected,
        Old::ConfigurationError => ErrorCode::ConfigurationError,
        Old::HttpRequestBodySize(payload) => ErrorCode::HttpRequestBodySize(payload),
        Old::HttpRequestHeaderSectionSize(payload) => {
            ErrorCode::HttpRequestHeaderSectionSize(payload)
        }
        Old::HttpRequestTrailerSectionSize(payload) => {
            ErrorCode::HttpRequestTrailerSectionSize(payload)
        }
        Old::HttpResponseHeaderSectionSize(payload) => {
            ErrorCode::HttpResponseHeaderSectionSize(payload)
        }
        Old::HttpResponseBodySize(payload) => ErrorCode::HttpResponseBodySize(payload),
        Old::HttpResponseTrailerSectionSize(payload) => {
            ErrorCode::HttpResponseTrailerSectionSize(payload)
        }
        Old::HttpResponseTransferCoding(payload) => ErrorCode::HttpResponseTransferCoding(payload),
        Old::HttpResponseContentCoding(payload) => ErrorCode::HttpResponseContentCoding(payload),
        Old::InternalError(payload) => ErrorCode::InternalError(payload),
        Old::HttpRequestTrailerSize(payload) => {
            ErrorCode::HttpRequestTrailerSize(field_size(payload))
        }
        Old::HttpResponseHeaderSize(payload) => {
            ErrorCode::HttpResponseHeaderSize(field_size(payload))
        }
        Old::HttpResponseTrailerSize(payload) => {
            ErrorCode::HttpResponseTrailerSize(field_size(payload))
        }
        Old::HttpRequestHeaderSize(payload) => {
            ErrorCode::HttpRequestHeaderSize(payload.map(field_size))
        }
        Old::DnsError(payload) => ErrorCode::DnsError(DnsErrorPayload {
            rcode: payload.rcode,
            info_code: payload.info_code,
        }),
        Old::TlsAlertReceived(payload) => ErrorCode::TlsAlertReceived(TlsAlertReceivedPayload {
            alert_id: payload.alert_id,
            alert_message: payload.alert_message,
        }),
    }
}

fn field_size(payload: old::FieldSizePayload) -> FieldSizePayload {
    FieldSizePayload {
        field_name: payload.field_name,
        field_size: payload.field_size,
    }
}
