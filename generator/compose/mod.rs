//! Chains by linking alone: each member's next hop is the following member's handler.
//!
//! A member is a component that exports `wasi:http/handler`. Its imports decide its kind: a proxy imports `wasi:http/origin`, a
//! middleware `wasi:http/handler`, and a service neither. A router, which chooses between next hops, imports several under
//! labels. A chain that ends in services fits the world `service`. A chain that still imports a next hop is open, and can be a
//! member of another one.
//!
//! ```no_run
//! use witgen::compose::{Chain, Client, Member};
//!
//! # let read = |path| std::fs::read(path).unwrap();
//! let gate = Member::new("gate", &read("gate.wasm"))?;
//! let hello = Member::new("hello", &read("hello.wasm"))?;
//! let auth = Member::new("auth", &read("auth.wasm"))?;
//! let composition = Chain::new(vec![gate, hello])?
//!     .client("gate", Client::linked(auth)?)?
//!     .other_clients(Client::Denied)
//!     .compose()?;
//! assert_eq!(composition.world, "wasi:http/service@0.3.1002");
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

mod apart;
mod chain;
mod composition;
mod difference;
mod externs;
mod fit;
mod flows;
mod form;
mod forwarder;
mod hop;
mod identity;
mod link;
mod member;
mod name;
mod plan;
mod presentation;
mod renamed;
mod requirements;
mod returned_bodies;
mod servers;
mod stand_in;
mod structure;
mod tree;
mod wac;

pub use chain::{Chain, Client, Target};
pub use composition::Composition;
pub use form::Form;
pub use forwarder::Server;
pub use hop::Hop;
pub use identity::Identity;
pub use member::Member;
pub use name::InterfaceName;
pub(crate) use name::is_kebab_case;
pub use plan::{Call, Callee, Import, Plan};
