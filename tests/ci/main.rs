//! What other projects use in their CI: the action, whose steps are run as the runner runs them, the reusable workflow and the
//! hooks of pre-commit. `gh` is a script that keeps comments in files.

#![cfg(unix)]

mod action;
mod addresses;
mod event;
mod expression;
mod hooks;
mod init;
mod install;
mod publish;
mod pull_request;
mod runner;
