//! The names of members, origins and chains.

use crate::chain_file::contents::Contents;
use crate::chain_file::document::invalid;
use crate::chain_file::setting::{Setting, Text};
use crate::chain_file::target::{DENY, HOST};
use crate::compose::is_kebab_case;
use crate::diagnostic::{Diagnostic, codes};

/// Names that targets of next hops can't be told from.
const RESERVED: [&str; 2] = [DENY, HOST];

/// Reports names that can't be written, and two that are the same.
pub(super) fn check(contents: &Contents, text: &Text) -> Vec<Diagnostic> {
    let members = contents.members.keys().filter_map(|name| {
        let message = format!("`{}` is not a valid name for a member", **name);
        let wrong = Diagnostic::error(codes::MEMBER_NAME, message)
            .at(text.place(name))
            .help("names are lower case, words joined by hyphens: `auth`, `rate-limit`");
        (!is_kebab_case(name)).then_some(wrong)
    });
    let names = contents.members.keys().chain(contents.origins.keys());
    let reserved = names.filter(|name| RESERVED.contains(&name.as_str())).map(|name| {
        let message = format!(
            "`{}` is a target of next hops, so it can't be a name",
            **name
        );
        invalid(message, text.place(name)).help("give it another name")
    });
    let origins = contents
        .origins
        .keys()
        .filter_map(|name| ambiguous_origin(contents, text, name));
    members.chain(reserved).chain(origins).collect()
}

fn ambiguous_origin(
    contents: &Contents,
    text: &Text,
    name: &Setting<String>,
) -> Option<Diagnostic> {
    let (member, _) = contents.members.get_key_value(name)?;
    let message = format!("`{}` is the name of an origin and of a member", **name);
    let diagnostic = invalid(message, text.place(name)).at(text.place(member));
    Some(diagnostic.help("give one of them another name: next hops lead to both by their names"))
}
