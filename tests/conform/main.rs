//! The conformance suite itself: its cases, components, pages and messages, and what it makes of hosts that misbehave.
//! What hosts and components do is tested in `host/tests/conform.rs`.

#[cfg(unix)]
mod bad_hosts;
mod cases;
mod command;
mod components;
