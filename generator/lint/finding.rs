//! What a rule finds.

use super::entry::{Entry, Spot};

/// Something that a rule found; the rule's id and weight are added to it later.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    /// The item's name in the package.
    pub item: String,
    /// Where the item's name stands.
    pub item_spot: Option<Spot>,
    /// What is wrong, with the offending text; one sentence, no full stop.
    pub message: String,
    /// Where.
    pub spot: Option<Spot>,
    /// Other places that belong to it.
    pub others: Vec<Spot>,
    /// What to do about it.
    pub help: Vec<String>,
}

impl Finding {
    /// A finding at an item's name.
    pub fn of(entry: &Entry<'_>, message: impl Into<String>) -> Self {
        Finding {
            item: entry.path.clone(),
            item_spot: entry.spot.clone(),
            message: message.into(),
            spot: entry.spot.clone(),
            others: Vec::new(),
            help: Vec::new(),
        }
    }

    /// Points elsewhere than at the item's name, if that place is known.
    #[must_use]
    pub fn at(mut self, spot: Option<Spot>) -> Self {
        self.spot = spot.or(self.spot);
        self
    }

    /// Points at another place too.
    #[must_use]
    pub fn and_at(mut self, spot: Option<Spot>) -> Self {
        self.others.extend(spot);
        self
    }

    /// Adds a sentence on what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}
