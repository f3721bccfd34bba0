//! The reason why a request fails.

use lsp_server::ErrorCode;

/// The code and the message of an error.
pub(super) type Refusal = (ErrorCode, String);
