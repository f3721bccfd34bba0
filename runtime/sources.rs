//! The files of this crate as text, to be copied into generated glue.

/// A file of the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// The path, from the folder `runtime` of the glue and from this crate's own.
    pub path: &'static str,
    /// The text.
    pub contents: &'static str,
}

macro_rules! files {
    ($($path:literal,)*) => {
        &[$(File { path: $path, contents: include_str!($path) },)*]
    };
}

/// What both sides need.
pub const MESSAGE: &[File] = files![
    "message/mod.rs",
    "message/connection.rs",
    "message/target.rs",
];
