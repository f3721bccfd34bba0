//! The conformance suite: what hosts and proxies of `wasi:http` owe each other, and whether they do it.
//!
//! A case is a file, `case.toml` in a folder of `conformance/`: the messages of a client, the steps of a scripted component,
//! the responses of servers behind it, and the required result. [`host`] runs the cases of hosts on a program that serves
//! components. [`component`] runs those of components on a component, which a host serves. The test suite of a host in Rust can
//! call it:
//!
//! ```no_run
//! use witgen::conform::{Options, Profile, Suite, cases, host};
//!
//! let command = ["my-host", "{component}", "--listen", "{address}"].map(str::to_owned);
//! let profile = Profile::of_command(command.into(), &[]);
//! let report = host(&profile, &cases(Suite::Host)?, &Options::default())?;
//! assert!(!report.has_findings());
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

mod archive;
mod case;
mod cases;
mod embedded;
mod events;
mod fault;
mod guests;
mod hex;
mod host;
mod http;
mod judge;
mod observation;
mod outcome;
mod pages;
mod peer;
mod quotes;
mod report;
mod run;
mod running;

pub use archive::archive;
pub use case::message::BodyExpectation;
pub use case::{Capability, Case, Kind, Level, MutantEntry, Protocol, Suite, Version, schema};
pub use embedded::cases;
pub use guests::{component as suite_component, scripted_proxy, scripted_service};
pub use host::{Profile, profile_names};
pub use judge::matches;
pub use outcome::{CaseResult, Outcome, Report, Variant};
pub use pages::pages;
pub use report::{Matrix, findings, json, junit, list, table};
pub use run::{FaultyComponent, component, faulty_components, host};
pub use running::Options;
