//! Values of the file, with their places.

use std::cmp::Ordering;
use std::ops::{Deref, Range};
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::diagnostic::{Diagnostic, Place, Position, SourceFile};

/// A value of the file, which knows where it is written.
///
/// It dereferences to the value. [`ChainFile::place`](super::ChainFile::place) returns the place.
#[derive(Clone, Debug)]
pub struct Setting<T> {
    value: T,
    pub(super) range: Range<usize>,
}

impl<T> Deref for Setting<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Setting<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Setting<T> {}

impl<T: PartialOrd> PartialOrd for Setting<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<T: Ord> Ord for Setting<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl std::borrow::Borrow<str> for Setting<String> {
    fn borrow(&self) -> &str {
        &self.value
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Setting<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<T>::deserialize(deserializer)?;
        Ok(Setting {
            range: spanned.span(),
            value: spanned.into_inner(),
        })
    }
}

/// A setting is described as its value is.
impl<T: JsonSchema> JsonSchema for Setting<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// The text of the file, in which settings have their places.
#[derive(Clone, Debug)]
pub(super) struct Text(pub Arc<SourceFile>);

impl Text {
    /// Returns the place of a setting.
    pub fn place<T>(&self, setting: &Setting<T>) -> Place {
        self.at(setting.range.clone())
    }

    /// Returns the place of a range.
    pub fn at(&self, range: Range<usize>) -> Place {
        Place::Source(Position::new(self.0.clone(), range))
    }

    /// Returns the tables that a problem is in, by the starts of their headers.
    pub fn tables(&self, problem: &Diagnostic) -> Vec<usize> {
        let text = self.0.text().as_bytes();
        let table = |place: &Place| match place {
            Place::Source(position) => {
                // A problem of a whole table is at its header.
                let until = text.len().min(position.start() + 1);
                let header = text[..until].windows(2).rposition(|pair| pair == b"\n[");
                Some(header.map_or(0, |line_break| line_break + 1))
            }
            _ => None,
        };
        problem.places.iter().filter_map(table).collect()
    }
}
