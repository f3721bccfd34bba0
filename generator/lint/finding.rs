//! A finding of a rule.

use super::Level;
use super::entry::Entry;
use crate::model::Position;

/// Something that a rule found; the rule's id and weight are added to it later.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    /// The item's name in the package.
    pub item: String,
    /// Where the item's name is written.
    pub item_position: Option<Position>,
    /// The problem, with the offending text; one sentence, no full stop.
    pub message: String,
    /// Where.
    pub position: Option<Position>,
    /// Other places that belong to it.
    pub others: Vec<Position>,
    /// The fix.
    pub help: Vec<String>,
    /// How much it weighs, if that isn't what findings of its rule weigh by default.
    pub level: Option<Level>,
}

impl Finding {
    /// A finding at an item's name.
    pub fn of(entry: &Entry<'_>, message: impl Into<String>) -> Self {
        Finding {
            item: entry.path.clone(),
            item_position: entry.position.clone(),
            message: message.into(),
            position: entry.position.clone(),
            others: Vec::new(),
            help: Vec::new(),
            level: None,
        }
    }

    /// Points elsewhere than at the item's name, if that place is known.
    #[must_use]
    pub fn at(mut self, position: Option<Position>) -> Self {
        self.position = position.or(self.position);
        self
    }

    /// Points at another place too.
    #[must_use]
    pub fn and_at(mut self, position: Option<Position>) -> Self {
        self.others.extend(position);
        self
    }

    /// Weighs otherwise than the findings of its rule do, unless options say what these weigh.
    #[must_use]
    pub fn weighing(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// Adds a sentence on what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}
