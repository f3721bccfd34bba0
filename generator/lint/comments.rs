//! Comments that let findings pass: `// witgen-allow docs-missing, boolean-pair: why`.

use std::collections::HashMap;
use std::ops::Range;

use super::finding::Finding;
use super::subject::Subject;
use super::text::{File, Kind, Token};
use crate::diagnostic::Result;
use crate::model::Position;
use crate::model::directive::ALLOW;

/// The comments of a package.
pub(super) struct Comments {
    all: Vec<Comment>,
    /// Which of them name a rule.
    of_rules: HashMap<&'static str, Vec<usize>>,
}

/// One rule of one comment.
pub(super) struct Comment {
    /// The rule's name as it is written, and where.
    pub name: String,
    pub position: Position,
    /// The rule's id, or why there is none.
    pub rule: Result<&'static str>,
    /// The item that the comment is about, if there is one.
    pub about: Option<Position>,
    /// Whether it let something pass.
    pub is_used: bool,
}

impl Comments {
    /// Reads the comments of a package; `rule` looks up the id of a rule.
    pub fn of(subject: &Subject<'_>, rule: impl Fn(&str) -> Result<&'static str>) -> Self {
        let mut comments: Vec<Comment> = Vec::new();
        for file in &subject.files {
            for (at, token) in file.tokens.iter().enumerate() {
                for (name, range) in names(file, token) {
                    comments.push(Comment {
                        rule: rule(&name),
                        name,
                        position: file.position(range),
                        about: file.about(at).map(|range| file.position(range)),
                        is_used: false,
                    });
                }
            }
        }
        let mut of_rules: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, comment) in comments.iter().enumerate() {
            if let Ok(rule) = &comment.rule {
                of_rules.entry(*rule).or_default().push(at);
            }
        }
        Comments {
            all: comments,
            of_rules,
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Comment> {
        self.all.iter()
    }

    /// Marks the comments that suppress a finding as used, and returns whether there are any.
    pub fn suppress(&mut self, rule: &str, finding: &Finding) -> bool {
        let mut is_suppressed = false;
        for at in self.of_rules.get(rule).into_iter().flatten() {
            let comment = &mut self.all[*at];
            if comment.is_about(finding) {
                comment.is_used = true;
                is_suppressed = true;
            }
        }
        is_suppressed
    }
}

impl Comment {
    fn is_about(&self, finding: &Finding) -> bool {
        let Some(about) = &self.about else {
            return false;
        };
        let mut positions = finding.position.iter().chain(&finding.item_position);
        positions.any(|position| about.contains(position))
    }
}

/// The rules that a comment names, and where; none if it is another comment. One that names no rule
/// has one without a name.
fn names(file: &File, token: &Token) -> Vec<(String, Range<usize>)> {
    if token.kind != Kind::Comment {
        return Vec::new();
    }
    let text = file.text_of(token);
    let inner = text.trim_start_matches(['/', '*']).trim_start();
    let Some(list) = inner.strip_prefix(ALLOW) else {
        return Vec::new();
    };
    // `witgen-allowed` is something else.
    if list.starts_with(|c: char| c.is_alphanumeric() || c == '-') {
        return Vec::new();
    }
    let mut start = token.range.start + text.len() - list.len();
    let list = list.split([':', '*']).next().unwrap_or_default();
    let mut names = Vec::new();
    for part in list.split(',') {
        let name = part.trim();
        let first = start + part.len() - part.trim_start().len();
        names.push((name.to_owned(), first..first + name.len()));
        start += part.len() + 1;
    }
    names
}
