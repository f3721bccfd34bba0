//! Why a handler can't be built.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fmt, io};

/// Why [`Builder::build`](super::Builder::build) failed.
///
/// ```ignore
/// if let Err(error) = builder.build() {
///     eprintln!("error: {error}");
/// }
/// ```
#[derive(Debug)]
pub struct BuildError {
    file: Option<PathBuf>,
    kind: BuildErrorKind,
}

/// The cause of a [`BuildError`].
///
/// ```ignore
/// if let BuildErrorKind::NoUpstream { import, method } = error.kind() {
///     eprintln!("there is no {import}: say where it is with Builder::{method}");
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildErrorKind {
    /// The file cannot be read.
    Unreadable(io::Error),
    /// The file is not WebAssembly in binary form.
    NotWasm,
    /// The file is a core module, which has to be made a component first.
    CoreModule,
    /// wasmtime cannot compile the component: it is damaged, or uses a feature that the engine has disabled.
    Invalid(wasmtime::Error),
    /// The component was compiled for another engine than the builder's.
    OtherEngine,
    /// The component exports no `wasi:http/handler@0.3`.
    NoHandler {
        /// The interface that it has to export.
        handler: &'static str,
        /// Its exports.
        exports: Vec<String>,
    },
    /// The component's `wasi:http/handler` has another shape.
    MismatchedHandler(wasmtime::Error),
    /// The component has imports that this world doesn't have.
    MissingImport {
        /// The world.
        world: &'static str,
        /// The imports.
        imports: Vec<String>,
        /// The error of wasmtime.
        error: wasmtime::Error,
    },
    /// The component imports something of the world in another shape.
    MismatchedImport(wasmtime::Error),
    /// The component imports a next hop, and the builder has no upstream for it.
    NoUpstream {
        /// The import: `wasi:http/origin@0.3.1002`.
        import: String,
        /// The builder's method that sets it: `origin`.
        method: String,
    },
    /// An upstream for a peer that the world doesn't have.
    UnknownPeer {
        /// The world.
        world: &'static str,
        /// The peer's name.
        peer: String,
    },
    /// An upstream was set for an import that the component doesn't have, or that isn't an interface with one function.
    UnknownImport(String),
    /// A call between members was set to lead to an export that the component doesn't have, or that isn't a handler: its
    /// name.
    NoExport(String),
    /// An upstream was set for a member of a chain that has no side calls of its own: the member's name.
    NoMember(String),
    /// Too many members of a chain have WASI of their own: the maximum number.
    TooManyMembers(usize),
    /// An upstream that can't be used, such as a URL without a host.
    InvalidUpstream {
        /// The builder's method that set it: `origin`.
        method: String,
        /// The fault.
        why: String,
    },
    /// A limit of zero, with which no request could be handled: a field of
    /// [`Limits`](super::Limits) or [`Reuse`](super::Reuse).
    ZeroLimit(&'static str),
    /// The thread that ends components that compute forever cannot be started.
    NoClock(io::Error),
    /// An import cannot be added to the linker; see [`Builder::link`](super::Builder::link).
    Link(wasmtime::Error),
}

impl BuildError {
    pub(super) fn new(file: Option<&Path>, kind: BuildErrorKind) -> Self {
        BuildError {
            file: file.map(Path::to_owned),
            kind,
        }
    }

    /// Returns the component's file, if it came from one.
    ///
    /// ```ignore
    /// if let Some(file) = error.file() {
    ///     eprintln!("{} is not run", file.display());
    /// }
    /// ```
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Returns what is wrong with the component.
    ///
    /// ```ignore
    /// let is_missing = matches!(error.kind(), BuildErrorKind::Unreadable(_));
    /// ```
    pub fn kind(&self) -> &BuildErrorKind {
        &self.kind
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(formatter, "`{}` {}", file.display(), self.kind),
            None => write!(formatter, "the component {}", self.kind),
        }
    }
}

impl fmt::Display for BuildErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        use BuildErrorKind::*;
        match self {
            Unreadable(error) => write!(formatter, "cannot be read: {error}"),
            NotWasm => formatter.write_str("is not WebAssembly in binary form"),
            CoreModule => formatter
                .write_str("is a core module; `witgen component` builds a component from it"),
            Invalid(error) => write!(formatter, "is not valid: {error:#}"),
            OtherEngine => formatter.write_str("was compiled for another engine than this one"),
            NoHandler { handler, exports } => {
                write!(
                    formatter,
                    "exports {}, but must export `{handler}`",
                    List(exports)
                )
            }
            MismatchedHandler(error) => {
                write!(formatter, "exports a handler with another type: {error:#}")
            }
            MissingImport { world, imports, .. } => write!(
                formatter,
                "imports {}, which `{world}` does not have; `Builder::link` adds imports that the \
                 host implements",
                List(imports)
            ),
            MismatchedImport(error) => {
                write!(formatter, "imports an item with another type: {error:#}")
            }
            NoUpstream { import, method } => write!(
                formatter,
                "imports `{import}`, which has no upstream: set one with `Builder::{method}`"
            ),
            UnknownPeer { world, peer } => write!(
                formatter,
                "has an upstream for `{peer}`, which is not a peer of `{world}`"
            ),
            UnknownImport(import) => write!(
                formatter,
                "has an upstream for `{import}`, which is not an import of it that sends requests"
            ),
            NoExport(export) => {
                write!(formatter, "exports no `{export}` with a function `handle`")
            }
            NoMember(member) => write!(
                formatter,
                "has no member `{member}` with side calls of its own; \
                 `witgen compose --split-imports` keeps members' imports apart"
            ),
            TooManyMembers(most) => write!(
                formatter,
                "has too many members with their own WASI: at most {most} are possible"
            ),
            InvalidUpstream { method, why } => write!(
                formatter,
                "can't use the upstream of `Builder::{method}`: {why}"
            ),
            ZeroLimit(limit) => write!(
                formatter,
                "cannot run with a limit of zero: raise `{limit}`"
            ),
            NoClock(error) => write!(
                formatter,
                "cannot run, because the thread of its clock can't start: {error}"
            ),
            Link(error) => write!(formatter, "cannot be linked: {error:#}"),
        }
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            BuildErrorKind::Unreadable(error) | BuildErrorKind::NoClock(error) => Some(error),
            _ => None,
        }
    }
}

/// Names in a sentence.
struct List<'a>(&'a [String]);

impl fmt::Display for List<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return formatter.write_str("nothing");
        }
        for (at, name) in self.0.iter().enumerate() {
            let separator = if at > 0 { ", " } else { "" };
            write!(formatter, "{separator}`{name}`")?;
        }
        Ok(())
    }
}
