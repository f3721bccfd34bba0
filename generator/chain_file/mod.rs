//! `chain.toml`: what one `witgen-serve` process serves.
//!
//! `witgen serve` and `witgen compose` read it. [`schema`] is the JSON Schema of the file, and `docs/chain-file.md` describes it.
//!
//! ```
//! use witgen::chain_file::{ChainFile, Scope};
//!
//! let text = "
//! [members.gate]
//! component = 'gate.wasm'
//! environment = { REGION = '${REGION:-eu}' }
//!
//! [chains.web]
//! members = ['gate']
//! origin = 'http://127.0.0.1:3000'
//! ";
//! let file = ChainFile::parse("chain.toml", text, &|_| None, Scope::Everything)?;
//! let chain = file.chain(None)?;
//! assert_eq!(chain, "web");
//! assert_eq!(file.contents().members_of(chain), ["gate"]);
//! assert_eq!(file.environment("gate"), [("REGION".to_owned(), "eu".to_owned())]);
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

mod check;
mod composition;
mod contents;
mod document;
mod file;
mod format;
mod options;
mod origin;
mod route_path;
mod schema;
mod secrets;
mod setting;
mod target;
mod tracing;
mod variable;
mod variables;

pub use contents::{
    Admin, Certificate, Chain, ClientTls, Clients, Contents, Listener, Member, Route, SideCalls,
};
pub use document::{OptionValue, Scope, UnsetValue};
pub use file::ChainFile;
pub use options::{Limits, Log, LogFormat, Server};
pub use origin::{Balance, Health, Origin, Outliers, Retries, ServerUrl, Timeouts};
pub use route_path::normalized_path;
pub use setting::Setting;
pub use target::{HopTarget, OriginTarget};
pub use tracing::{TraceProtocol, TraceSampler, Tracing};
pub use variable::{SecretFile, Variable};
pub(crate) use variables::names as variable_names;

/// The JSON Schema (2020-12) of `chain.toml`, for editors.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Contents);
    let text = serde_json::to_string_pretty(&schema).expect("plain data always serialises");
    format!("{text}\n")
}
