//! Names: what each one stands for, and which one was meant.
//!
//! | question | answer |
//! |---|---|
//! | Which item has this name? | [`Model::find`](crate::model::Model::find) |
//! | Which world has this name? | [`find_world`] |
//! | Where does this `use` or alias lead? | [`Index::definition`], [`Index::meaning`] |
//! | Where does an alias of the parser's lead? | [`unaliased`] |
//! | Who uses this type or interface? | [`users`] |
//! | What was meant by a name that nothing has? | [`nearest`], [`suggest`] |

mod alias;
mod find;
mod index;
mod nearest;
mod users;
mod world;

pub(crate) use alias::unaliased;
pub use find::Item;
pub use index::Index;
pub(crate) use index::Meaning;
pub(crate) use nearest::{nearest, suggest};
pub(crate) use users::{User, UserItem, fill as fill_users, users};
pub(crate) use world::{NamedWorld, find_world};
