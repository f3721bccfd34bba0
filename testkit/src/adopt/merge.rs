//! Ours with the signatures and gates of the released: every comment of ours stays where its item is.

use std::collections::BTreeSet;

use rowan::NodeOrToken;
use witgen::syntax::{SyntaxElement, SyntaxKind, SyntaxNode};

use super::gates::Gates;
use super::tree;

/// What becomes of the items of a package.
pub(super) struct Merge<'a> {
    /// The package, `wasi:http`.
    pub(super) package: &'a str,
    /// Items whose signature or gates changed, and those that were removed, by their paths.
    pub(super) changed: Vec<String>,
    pub(super) removed: Vec<String>,
}

impl Merge<'_> {
    /// Returns the text of an item of ours, made the released one; `within` is the path of what is around it, and `gates`
    /// are the gates there.
    pub(super) fn item(
        &mut self,
        within: &str,
        ours: (&SyntaxNode, &Gates),
        released: (&SyntaxNode, &Gates),
    ) -> String {
        let (our_node, our_gates) = (ours.0, ours.1.of(ours.0));
        let (released_node, released_gates) = (released.0, released.1.of(released.0));
        let path = join(within, &tree::key(our_node, self.package));
        let bodies = (tree::body(our_node), tree::body(released_node));
        if let (Some(our_body), Some(released_body)) = bodies
            && our_node.kind() == released_node.kind()
        {
            let merged = match our_body.kind() {
                SyntaxKind::MemberList => self.members(&path, &our_body, &released_body),
                _ => self.body(
                    &path,
                    (&our_body, &our_gates),
                    (&released_body, &released_gates),
                ),
            };
            return self.with_body(within, ours, Some(released), &merged);
        }
        let is_same = tree::signature(our_node) == tree::signature(released_node);
        if is_same && our_gates == released_gates {
            return our_node.to_string();
        }
        // A gate that an item has from what is around it is reported there.
        if !is_same || !tree::gates(released_node).is_empty() {
            self.changed.push(path);
        }
        leading(our_node) + &new_item(released_node, released.1)
    }

    /// Returns the text of an item of ours with another `{ … }`, and with the gates of the released one if there is one.
    pub(super) fn with_body(
        &mut self,
        within: &str,
        ours: (&SyntaxNode, &Gates),
        released: Option<(&SyntaxNode, &Gates)>,
        body: &str,
    ) -> String {
        let (node, around) = ours;
        let gates = released.map(|(node, around)| around.of(node));
        match gates {
            Some(gates) if gates != around.of(node) => {
                if released.is_some_and(|(node, _)| !tree::gates(node).is_empty()) {
                    self.changed.push(join(within, &tree::key(node, self.package)));
                }
                leading(node) + &gates.to_text() + &significant_head(node) + " " + body
            }
            _ => {
                let own = tree::body(node);
                let is_head = |it: &SyntaxElement| it.as_node() != own.as_ref();
                let head = node.children_with_tokens().take_while(is_head);
                head.map(|it| it.to_string()).collect::<String>() + body
            }
        }
    }

    /// Returns the text of a `{ … }` of ours with the released items in it. What is new comes after the item that it comes
    /// after in the release.
    pub(super) fn body(
        &mut self,
        within: &str,
        ours: (&SyntaxNode, &Gates),
        released: (&SyntaxNode, &Gates),
    ) -> String {
        let key = |node: &SyntaxNode| tree::key(node, self.package);
        let here: BTreeSet<String> = tree::items(ours.0).map(|node| key(&node)).collect();
        // What is new, with the item of ours before it.
        let mut new: Vec<(Option<String>, String)> = Vec::new();
        let mut before = None;
        for node in tree::items(released.0) {
            let name = key(&node);
            if here.contains(&name) {
                before = Some(name);
            } else {
                new.push((before.clone(), new_item(&node, released.1)));
            }
        }
        let new_after = |name: Option<&str>| -> String {
            let texts = new.iter().filter(|(before, _)| before.as_deref() == name);
            texts.map(|(_, text)| format!("\n\n{text}")).collect()
        };
        let mut text = String::new();
        for element in ours.0.children_with_tokens() {
            match element {
                NodeOrToken::Token(token) => {
                    text.push_str(token.text());
                    if token.kind() == SyntaxKind::LeftBrace {
                        text.push_str(&new_after(None));
                    }
                }
                NodeOrToken::Node(node) => {
                    let name = tree::key(&node, self.package);
                    let found =
                        tree::items(released.0).find(|it| tree::key(it, self.package) == name);
                    match found {
                        Some(found) => {
                            text.push_str(&self.item(within, (&node, ours.1), (&found, released.1)))
                        }
                        None => self.removed.push(join(within, &name)),
                    }
                    text.push_str(&new_after(Some(&name)));
                }
            }
        }
        text
    }

    /// Returns a list of members in the order of the release, each with its comments.
    fn members(&mut self, within: &str, ours: &SyntaxNode, released: &SyntaxNode) -> String {
        if tree::signature(ours) == tree::signature(released) {
            return ours.to_string();
        }
        let here = members_with_comments(ours);
        // A new member is set apart as the others are.
        let is_apart = |it: &Member| it.before.matches('\n').count() > 1;
        let blank = if here.members.iter().skip(1).all(is_apart) {
            "\n\n"
        } else {
            "\n"
        };
        let mut text = "{".to_owned();
        let mut seen = BTreeSet::new();
        for member in tree::items(released) {
            let name = tree::name(&member).unwrap_or_default();
            let found = here.members.iter().find(|it| it.name == name);
            let is_same = found.is_some_and(|it| it.signature == tree::signature(&member));
            if found.is_some() && !is_same {
                self.changed.push(join(within, &name));
            }
            text.push_str(found.map_or(blank, |it| it.before.as_str()));
            text.push_str(&tree::without_comments(&member));
            text.push(',');
            text.push_str(found.map_or("", |it| it.after.as_str()));
            seen.insert(name);
        }
        let gone = here.members.iter().filter(|it| !seen.contains(&it.name));
        self.removed.extend(gone.map(|it| join(within, &it.name)));
        text.push_str(&here.end);
        text.push_str("\n}");
        text
    }
}

/// Returns the text of a released item with the gates that hold for it, and so for all that is in it, without comments.
pub(super) fn new_item(node: &SyntaxNode, around: &Gates) -> String {
    let gates = around.of(node);
    let body = tree::body(node).filter(|body| body.kind() == SyntaxKind::Body);
    let is_inline = matches!(node.kind(), SyntaxKind::Import | SyntaxKind::Export);
    let Some(body) = body.filter(|_| !is_inline) else {
        return gates.to_text() + &tree::without_comments(node);
    };
    let items = tree::items(&body).map(|item| new_item(&item, &gates) + "\n\n");
    let items: String = items.collect();
    gates.to_text() + &significant_head(node) + " {\n" + &items + "}"
}

/// Returns what comes between the gates of an item and its `{`.
fn significant_head(node: &SyntaxNode) -> String {
    let body = tree::body(node);
    let own = node.children_with_tokens().filter(|it| match it {
        NodeOrToken::Node(it) => it.kind() != SyntaxKind::Gate && Some(it) != body.as_ref(),
        NodeOrToken::Token(it) => !it.kind().is_trivia(),
    });
    let words = own.map(|it| match it {
        NodeOrToken::Node(it) => tree::without_comments(&it),
        NodeOrToken::Token(it) => it.text().to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Returns the comments of an item, with the white space before them.
fn leading(node: &SyntaxNode) -> String {
    let blank = node.first_token().filter(|token| token.kind() == SyntaxKind::Whitespace);
    let mut text = blank.map(|token| token.text().to_owned()).unwrap_or_default();
    for comment in tree::comments(node) {
        text.push_str(&comment);
        text.push('\n');
    }
    text
}

struct Members {
    members: Vec<Member>,
    /// Comments after the last one.
    end: String,
}

struct Member {
    name: String,
    signature: String,
    /// The white space and the comments before it.
    before: String,
    /// The comment that ends its line.
    after: String,
}

fn members_with_comments(list: &SyntaxNode) -> Members {
    let mut members: Vec<Member> = Vec::new();
    let mut between = String::new();
    for element in list.children_with_tokens() {
        match element {
            NodeOrToken::Node(node) => {
                let tokens = node.descendants_with_tokens().filter_map(NodeOrToken::into_token);
                let trivia = tokens.take_while(|token| token.kind().is_trivia());
                let before: String = trivia.map(|token| token.text().to_owned()).collect();
                members.push(Member {
                    name: tree::name(&node).unwrap_or_default(),
                    signature: tree::signature(&node),
                    before: std::mem::take(&mut between) + &before,
                    after: String::new(),
                });
            }
            NodeOrToken::Token(token) if token.kind() == SyntaxKind::Comment => {
                // A comment on the line of a member is its; others come before the next one.
                match members.last_mut() {
                    Some(last) if !between.contains('\n') => {
                        last.after = format!(" {}", token.text());
                        between.clear();
                    }
                    _ => between.push_str(token.text()),
                }
            }
            NodeOrToken::Token(token) if token.kind() == SyntaxKind::Whitespace => {
                between.push_str(token.text());
            }
            NodeOrToken::Token(_) => {}
        }
    }
    Members {
        members,
        end: between.trim_end().to_owned(),
    }
}

/// Returns the path of an item in another: `types.fields.append`.
pub(super) fn join(within: &str, name: &str) -> String {
    let within = within.strip_prefix("interface ").unwrap_or(within);
    match within {
        "" => name.to_owned(),
        _ if within.starts_with("world ") => format!("{within}: {name}"),
        _ => format!("{within}.{name}"),
    }
}
