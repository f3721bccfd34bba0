//! Names: what each one stands for, which versions of it are compatible, and which one was meant.
//!
//! | question | answer |
//! |---|---|
//! | Which item has this name? | [`Model::find`](crate::model::Model::find) |
//! | Which world has this name? | [`find_world`] |
//! | Where does this `use` or alias lead? | [`Index::definition`], [`Index::meaning`] |
//! | Where does an alias of the parser's lead? | [`unaliased`] |
//! | Is this import labelled? | [`label()`] |
//! | Who uses this type or interface? | [`users()`] |
//! | Can one version stand for another? | [`is_semver_compatible`] |
//! | What was meant by a name that nothing has? | [`nearest()`], [`suggest`] |

mod alias;
mod find;
mod index;
mod label;
mod nearest;
mod users;
mod version;
mod world;

pub(crate) use alias::unaliased;
pub use find::Item;
pub use index::Index;
pub(crate) use index::Meaning;
pub(crate) use label::label;
pub(crate) use nearest::{nearest, suggest};
pub(crate) use users::{User, UserItem, fill as fill_users, users};
pub(crate) use version::{
    are_semver_compatible, compatibility_track, is_same_interface, is_semver_compatible,
};
pub(crate) use world::{NamedWorld, find_world};
