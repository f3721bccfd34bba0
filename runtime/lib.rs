//! The runtime of the Rust glue that witgen generates: the code that doesn't depend on a world.
//!
//! [`sources`] has the files of this crate as text. The generator copies them into the folder `runtime` of generated
//! glue, so that generated code builds without a published dependency. For that, a file refers to others by `super::`
//! paths only.
//!
//! ```
//! let paths = witgen_runtime::sources::MESSAGE.iter().map(|file| file.path);
//! assert!(paths.into_iter().any(|path| path == "message/target.rs"));
//! ```

#[cfg(feature = "guest")]
pub mod guest;
#[cfg(feature = "host")]
pub mod host;
pub mod message;
pub mod sources;
