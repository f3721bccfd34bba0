//! The addresses that the server listens at.

use crate::chain_file::contents::Contents;
use crate::chain_file::document::invalid;
use crate::chain_file::setting::{Setting, Text};
use crate::diagnostic::Diagnostic;

/// Reports addresses that are listed twice.
pub(super) fn check(contents: &Contents, text: &Text) -> Vec<Diagnostic> {
    let listeners = contents.listeners.iter().map(|listener| &listener.address);
    let admin = contents.admin.iter().map(|admin| &admin.listen);
    let addresses: Vec<&Setting<String>> = listeners.chain(admin).collect();
    let twice = addresses.iter().enumerate().filter_map(|(at, address)| {
        // Several may have any port that is free.
        let is_unique = address.is_empty() || address.ends_with(":0");
        let earlier = addresses[..at].iter().find(|earlier| *earlier == address && !is_unique)?;
        let message = format!("`{}` is listed twice", ***address);
        Some(invalid(message, text.place(*address)).at(text.place(*earlier)))
    });
    twice.map(|problem| problem.help("leave out one of them")).collect()
}
