//! A code: the stable name of one kind of diagnostic, and what it means.

use std::fmt;

/// The address of the project's repository.
pub(super) const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// The stable name of one kind of diagnostic, with what it means and what to do about it.
///
/// Codes are constants of [`codes`](super::codes), or belong to a rule of
/// [`lint`](crate::lint) or [`compat`](crate::compat); none is made from a string.
///
/// ```
/// use witgen::diagnostic::{Class, codes};
///
/// assert_eq!(codes::UNKNOWN_WORLD.id(), "unknown-world");
/// assert_eq!(codes::UNKNOWN_WORLD.class(), Class::Input);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code {
    id: &'static str,
    class: Class,
    text: Text,
}

/// Where a code's description comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    /// The meaning of the code, and what to do.
    Sentences(&'static str, &'static str),
    /// A page in Markdown: a title, a paragraph with what the code means, and a section "Why".
    Page(&'static str),
}

/// The topic of a code, which shows who can correct the problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Class {
    /// The command line, WIT or a component is wrong.
    Input,
    /// `witgen.toml` or another file that configures witgen is wrong.
    Configuration,
    /// A registry, or the network on the way to it, failed or refused.
    Registry,
    /// The file system, another program or this machine is in the way.
    System,
    /// Another tool that witgen builds on doesn't support the input.
    Unsupported,
    /// A check was carried out and found something.
    Finding,
    /// A rule of `witgen lint` found something.
    Lint,
    /// `witgen diff` found a change.
    Change,
    /// witgen itself is at fault.
    Internal,
}

impl Code {
    pub(super) const fn new(
        id: &'static str,
        class: Class,
        meaning: &'static str,
        advice: &'static str,
    ) -> Self {
        Code {
            id,
            class,
            text: Text::Sentences(meaning, advice),
        }
    }

    /// The code of a rule of `witgen lint`, which its page describes.
    pub(crate) const fn lint(id: &'static str, page: &'static str) -> Self {
        Code {
            id,
            class: Class::Lint,
            text: Text::Page(page),
        }
    }

    /// The code of a rule of `witgen diff`.
    pub(crate) const fn change(id: &'static str, meaning: &'static str) -> Self {
        let advice =
            "Each finding states what the change breaks: guests, hosts, source code or nothing.";
        Code::new(id, Class::Change, meaning, advice)
    }

    /// Returns the name in kebab case, stable across releases: `unknown-world`.
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// Returns what the code is about.
    pub const fn class(&self) -> Class {
        self.class
    }

    /// Returns what the code means, in a sentence.
    pub fn summary(&self) -> String {
        match self.text {
            Text::Sentences(meaning, _) => meaning.to_owned(),
            Text::Page(page) => on_one_line(page.split("\n\n").nth(1).unwrap_or_default()),
        }
    }

    /// Returns what the code means, and why it matters or what to do about it.
    pub fn description(&self) -> String {
        let summary = self.summary();
        let more = match self.text {
            Text::Sentences(_, advice) => advice.to_owned(),
            Text::Page(page) => on_one_line(section(page, "## Why\n")),
        };
        format!("{summary} {more}")
    }

    /// Returns the code's page, in Markdown.
    pub fn page(&self) -> String {
        match self.text {
            Text::Sentences(meaning, advice) => format!("# {}\n\n{meaning}\n\n{advice}\n", self.id),
            Text::Page(page) => page.to_owned(),
        }
    }

    /// Returns the address of the page about the code in the repository of this version. Rules of `witgen lint` have a page
    /// each, and changes one in common; `witgen explain` has the page of every code.
    pub fn address(&self) -> Option<String> {
        let file = match self.class {
            Class::Lint => format!("lint/{}.md", self.id),
            Class::Change => "diff.md#rules".to_owned(),
            _ => return None,
        };
        let version = env!("CARGO_PKG_VERSION");
        Some(format!("{REPOSITORY}/blob/v{version}/docs/{file}"))
    }
}

/// The text below a heading, up to the next one.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let text = page.split_once(heading).map_or("", |(_, text)| text);
    text.split("\n## ").next().unwrap_or_default()
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

impl PartialEq<&str> for Code {
    fn eq(&self, id: &&str) -> bool {
        self.id == *id
    }
}

impl Class {
    /// Returns what diagnostics of this class are about, for a list of codes.
    pub fn summary(self) -> &'static str {
        match self {
            Class::Input => "the command line, WIT or a component is wrong",
            Class::Configuration => "witgen.toml or another configuration file is wrong",
            Class::Registry => "a registry, or the network on the way to it, failed or refused",
            Class::System => "the file system, another program or this machine is in the way",
            Class::Unsupported => "a tool that witgen builds on doesn't support the input",
            Class::Finding => "a check found something",
            Class::Lint => "a rule of `witgen lint` found something",
            Class::Change => "`witgen diff` found a change",
            Class::Internal => "witgen itself is at fault; please report it",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Class::Input => "input",
            Class::Configuration => "configuration",
            Class::Registry => "registry",
            Class::System => "system",
            Class::Unsupported => "unsupported",
            Class::Finding => "finding",
            Class::Lint => "lint",
            Class::Change => "change",
            Class::Internal => "internal",
        })
    }
}
