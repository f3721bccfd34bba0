//! The data of the pages' templates, already named, linked, sorted and escaped.

use askama::Template;

mod abi;
mod example;
mod index;
mod interface;
mod item;
mod world;

use super::lookup::Context;
use super::prose::Prose;
use super::references::{References, User};
use super::site::Site;
use super::source_links::LineLinks;
use crate::model::{Package, Position, Stability};

/// Makes views.
pub(super) struct Views<'v, 's, 'a> {
    pub site: &'s Site<'a>,
    pub references: &'v References<'a>,
    pub prose: &'v Prose<'s, 'a>,
    pub lines: LineLinks<'v>,
}

/// A name as code, with a link if it has one.
#[derive(Template)]
#[template(path = "docs/link.md", escape = "none")]
struct Link {
    text: String,
    href: Option<String>,
}

/// The line under a heading: what kind of item it is, its gate, its place in the source.
#[derive(Template)]
#[template(path = "docs/facts.md", escape = "none")]
struct Facts {
    /// Empty if the heading already has it.
    kind: &'static str,
    is_async: bool,
    badges: Badges,
    external_id: Option<String>,
    source: Option<String>,
}

/// Returns the external id of an item as text that means nothing in Markdown and HTML: it may be any string.
fn external_id(id: &Option<String>) -> Option<String> {
    let escaped = |c: char| match c {
        c if c.is_alphanumeric() || " -./:@".contains(c) => c.to_string(),
        c if c.is_control() => "\u{FFFD}".to_owned(),
        c => format!("&#{};", u32::from(c)),
    };
    id.as_ref().map(|id| id.chars().map(escaped).collect())
}

/// A gate.
#[derive(Default, Template)]
#[template(path = "docs/badges.md", escape = "none")]
struct Badges {
    since: Option<String>,
    feature: Option<String>,
    deprecated: Option<String>,
}

impl Facts {
    fn is_empty(&self) -> bool {
        let has_words = !self.kind.is_empty() || !self.badges.is_empty();
        !has_words && self.external_id.is_none() && self.source.is_none()
    }
}

impl Badges {
    fn of(stability: &Stability) -> Self {
        let (since, feature, deprecated) = match stability {
            Stability::Unknown => return Badges::default(),
            Stability::Stable { since, deprecated } => (Some(since.to_string()), None, deprecated),
            Stability::Unstable {
                feature,
                deprecated,
            } => (None, Some(feature.clone()), deprecated),
        };
        Badges {
            since,
            feature,
            deprecated: deprecated.as_ref().map(ToString::to_string),
        }
    }

    fn is_empty(&self) -> bool {
        self.since.is_none() && self.feature.is_none() && self.deprecated.is_none()
    }
}

impl<'v, 's, 'a> Views<'v, 's, 'a> {
    /// The link to the line of the source.
    fn source(&self, page: usize, position: Option<&Position>) -> Option<String> {
        self.lines.href(page, &self.site.pages[page], position?)
    }

    /// The link to an interface, a world, or an item of one.
    fn link(&self, page: usize, text: &str, owner: &str, path: &str) -> Link {
        Link {
            text: text.to_owned(),
            href: self.site.href(page, owner, path),
        }
    }

    /// Returns the link to an interface or a world under its shortest unique name.
    fn link_to(&self, page: usize, package: &Package, id: &str) -> Link {
        self.link(page, &self.short_name(package, id), id, "")
    }

    /// `types` in its own package, else `wasi:clocks/types@0.3.2`; an inline interface's own name.
    fn short_name(&self, package: &Package, id: &str) -> String {
        match self.site.home(id) {
            Some(home) if home.package.id == package.id => home.owner.name().to_owned(),
            _ => id.to_owned(),
        }
    }

    fn users(&self, page: usize, owner: &'a str, name: &'a str) -> Vec<Link> {
        let users = self.references.users(owner, name);
        let link = |user: &User<'a>| {
            let text = if user.owner == owner {
                user.name.clone()
            } else {
                let owner_name = self.site.home(user.owner).map(|home| home.owner.name());
                format!("{}.{}", owner_name.unwrap_or(user.owner), user.name)
            };
            self.link(page, &text, user.owner, &user.path)
        };
        users.map(link).collect()
    }
}

/// The context of a package's own documentation, which stands on its index.
fn package_context<'a>(page: usize, home_page: usize, package: &'a Package) -> Context<'a> {
    Context {
        page,
        home_page,
        package,
        owner: None,
        ty: None,
        function: None,
        position: None,
    }
}

/// Indents text for an item of a list; the first line already has its place.
///
/// Tabs among what a line begins with, marks of lists and quotations too, become spaces: they would reach
/// less far from there (CommonMark, 2.2).
fn indented(text: &str, spaces: usize) -> String {
    let mut indented = String::with_capacity(text.len());
    for (at, line) in text.lines().enumerate() {
        if at > 0 {
            indented.push('\n');
        }
        if at > 0 && !line.is_empty() {
            indented.extend(std::iter::repeat_n(' ', spaces));
        }
        let is_mark = |c: char| c.is_ascii_digit() || " \t>-*+.)".contains(c);
        let rest = line.trim_start_matches(is_mark);
        let mut width = 0;
        for mark in line[..line.len() - rest.len()].chars() {
            let reach = if mark == '\t' { 4 - width % 4 } else { 1 };
            let mark = if mark == '\t' { ' ' } else { mark };
            indented.extend(std::iter::repeat_n(mark, reach));
            width += reach;
        }
        indented.push_str(rest);
    }
    indented
}

#[cfg(test)]
mod tests {
    use super::external_id;

    #[test]
    fn an_external_id_is_text_in_markdown_and_html() {
        let shown = |id: &str| external_id(&Some(id.to_owned())).unwrap();
        assert_eq!(shown("acme.example/auth:1"), "acme.example/auth:1");
        assert_eq!(shown("<b>*a*\n"), "&#60;b&#62;&#42;a&#42;\u{FFFD}");
    }
}
