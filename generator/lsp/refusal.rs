//! Why a request has no answer.

use lsp_server::ErrorCode;

/// The code and the message of an error.
pub(super) type Refusal = (ErrorCode, String);
