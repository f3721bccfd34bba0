//! The ways to allow findings.

use std::collections::HashMap;

use super::comments::Comments;
use super::finding::Finding;
use super::subject::Subject;
use super::{Allow, Level};

/// The ways to allow findings.
pub(super) struct Allowed<'s, 'a> {
    pub subject: &'s Subject<'a>,
    pub comments: Comments,
    /// The options' items, each with whether it let something pass.
    pub items: Vec<(Allow, bool)>,
    pub levels: HashMap<&'static str, Level>,
}

impl Allowed<'_, '_> {
    /// Marks the comments and options that suppress a finding of a rule as used, and returns whether there are any.
    pub fn suppress(&mut self, rule: &str, finding: &Finding) -> bool {
        let mut is_suppressed = self.comments.suppress(rule, finding);
        for (allow, is_used) in &mut self.items {
            let is_inside = finding
                .item
                .strip_prefix(&allow.item)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            if allow.rule == rule && is_inside {
                *is_used = true;
                is_suppressed = true;
            }
        }
        is_suppressed
    }
}
