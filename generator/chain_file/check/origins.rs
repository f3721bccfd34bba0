//! The servers of origins.

use crate::chain_file::contents::Contents;
use crate::chain_file::document::invalid;
use crate::chain_file::setting::Text;
use crate::diagnostic::Diagnostic;

/// Reports origins without servers, and servers that are listed twice.
pub(super) fn check(contents: &Contents, text: &Text) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for (name, origin) in &contents.origins {
        let servers = &origin.servers;
        if servers.is_empty() {
            let message = format!("the origin `{}` has no servers", **name);
            let problem = invalid(message, text.place(servers));
            problems.push(
                problem.help("list at least one URL: `servers = [\"http://10.0.0.1:8080\"]`"),
            );
        }
        for (at, server) in servers.iter().enumerate() {
            if let Some(earlier) = servers[..at].iter().find(|earlier| *earlier == server) {
                let message = format!("the origin `{}` lists `{}` twice", **name, server.0);
                let problem = invalid(message, text.place(server)).at(text.place(earlier));
                problems.push(problem.help("leave out one of them"));
            }
        }
    }
    problems
}
