//! Names in spans that the semantic conventions don't have.

/// The scope of the server's own spans.
pub const SCOPE: &str = "witgen-serve";

/// The name and the time of a member, as attributes of spans.
pub const MEMBER: &str = "witgen.member";
pub const OWN_TIME: &str = "witgen.member.own_time";
