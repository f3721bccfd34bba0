//! Errors, as they are in scripts and reports: `connection-refused`, `HTTP-request-body-size(some(5))`.

use crate::glue::bindings::wasi::http::types::{
    DnsErrorPayload, ErrorCode, FieldSizePayload, HeaderError, RequestOptionsError,
    TlsAlertReceivedPayload,
};
use crate::text::{option, quoted};

/// Makes both directions of the cases without a payload.
macro_rules! plain {
    ($($name:literal = $case:ident,)*) => {
        fn plain_name(code: &ErrorCode) -> Option<&'static str> {
            match code {
                $(ErrorCode::$case => Some($name),)*
                _ => None,
            }
        }

        fn plain_code(name: &str) -> Option<ErrorCode> {
            match name {
                $($name => Some(ErrorCode::$case),)*
                _ => None,
            }
        }
    };
}

plain! {
    "DNS-timeout" = DnsTimeout,
    "destination-not-found" = DestinationNotFound,
    "destination-unavailable" = DestinationUnavailable,
    "destination-IP-prohibited" = DestinationIpProhibited,
    "destination-IP-unroutable" = DestinationIpUnroutable,
    "connection-refused" = ConnectionRefused,
    "connection-terminated" = ConnectionTerminated,
    "connection-timeout" = ConnectionTimeout,
    "connection-read-timeout" = ConnectionReadTimeout,
    "connection-write-timeout" = ConnectionWriteTimeout,
    "connection-limit-reached" = ConnectionLimitReached,
    "TLS-protocol-error" = TlsProtocolError,
    "TLS-certificate-error" = TlsCertificateError,
    "HTTP-request-denied" = HttpRequestDenied,
    "HTTP-request-length-required" = HttpRequestLengthRequired,
    "HTTP-request-method-invalid" = HttpRequestMethodInvalid,
    "HTTP-request-URI-invalid" = HttpRequestUriInvalid,
    "HTTP-request-URI-too-long" = HttpRequestUriTooLong,
    "HTTP-response-incomplete" = HttpResponseIncomplete,
    "HTTP-response-timeout" = HttpResponseTimeout,
    "HTTP-upgrade-failed" = HttpUpgradeFailed,
    "HTTP-protocol-error" = HttpProtocolError,
    "loop-detected" = LoopDetected,
    "configuration-error" = ConfigurationError,
}

/// Returns the code of this name. Those with a payload have an empty one, or a word after a colon: a number, or a text.
pub fn code(written: &str) -> Result<ErrorCode, String> {
    let (name, payload) = match written.split_once('=') {
        Some((name, payload)) => (name, Some(payload)),
        None => (written, None),
    };
    let text = || payload.map(str::to_owned);
    let small = || payload.and_then(|it| it.parse::<u32>().ok());
    let large = || payload.and_then(|it| it.parse::<u64>().ok());
    let field = || FieldSizePayload {
        field_name: text(),
        field_size: None,
    };
    if let Some(code) = plain_code(name) {
        return Ok(code);
    }
    Ok(match name {
        "DNS-error" => ErrorCode::DnsError(DnsErrorPayload {
            rcode: text(),
            info_code: None,
        }),
        "TLS-alert-received" => ErrorCode::TlsAlertReceived(TlsAlertReceivedPayload {
            alert_id: None,
            alert_message: text(),
        }),
        "HTTP-request-body-size" => ErrorCode::HttpRequestBodySize(large()),
        "HTTP-request-header-section-size" => ErrorCode::HttpRequestHeaderSectionSize(small()),
        "HTTP-request-header-size" => {
            ErrorCode::HttpRequestHeaderSize(payload.is_some().then(field))
        }
        "HTTP-request-trailer-section-size" => ErrorCode::HttpRequestTrailerSectionSize(small()),
        "HTTP-request-trailer-size" => ErrorCode::HttpRequestTrailerSize(field()),
        "HTTP-response-header-section-size" => ErrorCode::HttpResponseHeaderSectionSize(small()),
        "HTTP-response-header-size" => ErrorCode::HttpResponseHeaderSize(field()),
        "HTTP-response-body-size" => ErrorCode::HttpResponseBodySize(large()),
        "HTTP-response-trailer-section-size" => ErrorCode::HttpResponseTrailerSectionSize(small()),
        "HTTP-response-trailer-size" => ErrorCode::HttpResponseTrailerSize(field()),
        "HTTP-response-transfer-coding" => ErrorCode::HttpResponseTransferCoding(text()),
        "HTTP-response-content-coding" => ErrorCode::HttpResponseContentCoding(text()),
        "internal-error" => ErrorCode::InternalError(text()),
        _ => return Err(["no error-code ", written].concat()),
    })
}

pub fn code_text(code: &ErrorCode) -> String {
    if let Some(name) = plain_name(code) {
        return name.to_owned();
    }
    let (name, payload) = match code {
        ErrorCode::DnsError(payload) => {
            let rcode = texts(payload.rcode.as_ref());
            let info_code = option(payload.info_code.map(|code| code.to_string()));
            (
                "DNS-error",
                ["{rcode: ", &rcode, ", info-code: ", &info_code, "}"].concat(),
            )
        }
        ErrorCode::TlsAlertReceived(payload) => {
            let id = option(payload.alert_id.map(|id| id.to_string()));
            let message = texts(payload.alert_message.as_ref());
            (
                "TLS-alert-received",
                ["{alert-id: ", &id, ", alert-message: ", &message, "}"].concat(),
            )
        }
        ErrorCode::HttpRequestBodySize(size) => ("HTTP-request-body-size", number(size)),
        ErrorCode::HttpRequestHeaderSectionSize(size) => {
            ("HTTP-request-header-section-size", number(size))
        }
        ErrorCode::HttpRequestHeaderSize(field) => (
            "HTTP-request-header-size",
            option(field.as_ref().map(field_text)),
        ),
        ErrorCode::HttpRequestTrailerSectionSize(size) => {
            ("HTTP-request-trailer-section-size", number(size))
        }
        ErrorCode::HttpRequestTrailerSize(field) => {
            ("HTTP-request-trailer-size", field_text(field))
        }
        ErrorCode::HttpResponseHeaderSectionSize(size) => {
            ("HTTP-response-header-section-size", number(size))
        }
        ErrorCode::HttpResponseHeaderSize(field) => {
            ("HTTP-response-header-size", field_text(field))
        }
        ErrorCode::HttpResponseBodySize(size) => ("HTTP-response-body-size", number(size)),
        ErrorCode::HttpResponseTrailerSectionSize(size) => {
            ("HTTP-response-trailer-section-size", number(size))
        }
        ErrorCode::HttpResponseTrailerSize(field) => {
            ("HTTP-response-trailer-size", field_text(field))
        }
        ErrorCode::HttpResponseTransferCoding(coding) => {
            ("HTTP-response-transfer-coding", texts(coding.as_ref()))
        }
        ErrorCode::HttpResponseContentCoding(coding) => {
            ("HTTP-response-content-coding", texts(coding.as_ref()))
        }
        ErrorCode::InternalError(message) => ("internal-error", texts(message.as_ref())),
        _ => ("another-case", String::new()),
    };
    [name, "(", &payload, ")"].concat()
}

fn texts(text: Option<&String>) -> String {
    option(text.map(|text| quoted(text.as_bytes())))
}

fn number<T: ToString>(number: &Option<T>) -> String {
    option(number.as_ref().map(ToString::to_string))
}

fn field_text(field: &FieldSizePayload) -> String {
    let name = texts(field.field_name.as_ref());
    let size = number(&field.field_size);
    ["{field-name: ", &name, ", field-size: ", &size, "}"].concat()
}

pub fn header_error(error: &HeaderError) -> String {
    match error {
        HeaderError::InvalidSyntax => "invalid-syntax".to_owned(),
        HeaderError::Forbidden => "forbidden".to_owned(),
        HeaderError::Immutable => "immutable".to_owned(),
        HeaderError::SizeExceeded => "size-exceeded".to_owned(),
        HeaderError::Other(more) => ["other(", &texts(more.as_ref()), ")"].concat(),
    }
}

pub fn options_error(error: &RequestOptionsError) -> String {
    match error {
        RequestOptionsError::NotSupported => "not-supported".to_owned(),
        RequestOptionsError::Immutable => "immutable".to_owned(),
        RequestOptionsError::Other(more) => ["other(", &texts(more.as_ref()), ")"].concat(),
    }
}
