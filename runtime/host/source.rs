//! The forms in which a component can be passed to a builder.

use std::fs;
use std::path::{Path, PathBuf};

use wasmtime::Engine;
use wasmtime::component::Component;

use super::error::BuildErrorKind;

/// A component: its file, its content, or a compiled component.
///
/// ```ignore
/// let bytes = std::fs::read("component.wasm")?;
/// let source = Source::Bytes(&bytes);
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Source<'a> {
    /// A file, in binary form.
    File(&'a Path),
    /// The content of such a file.
    Bytes(&'a [u8]),
    /// A component that is compiled already.
    Compiled(&'a Component),
}

impl<'a> From<&'a Path> for Source<'a> {
    fn from(file: &'a Path) -> Self {
        Source::File(file)
    }
}

impl<'a> From<&'a str> for Source<'a> {
    fn from(file: &'a str) -> Self {
        Source::File(Path::new(file))
    }
}

impl<'a> From<&'a PathBuf> for Source<'a> {
    fn from(file: &'a PathBuf) -> Self {
        Source::File(file)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Source<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Source::Bytes(bytes)
    }
}

impl<'a> From<&'a [u8]> for Source<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Source::Bytes(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Source<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Source::Bytes(bytes)
    }
}

impl<'a> From<&'a Component> for Source<'a> {
    fn from(component: &'a Component) -> Self {
        Source::Compiled(component)
    }
}

impl Source<'_> {
    /// Returns the component's file, if it comes from one.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Source::File(file) => Some(file),
            Source::Bytes(_) | Source::Compiled(_) => None,
        }
    }

    /// Compiles the component for an engine, if it isn't compiled yet.
    pub(super) fn compile(&self, engine: &Engine) -> Result<Component, BuildErrorKind> {
        let component = match self {
            Source::File(file) => {
                let bytes = fs::read(file).map_err(BuildErrorKind::Unreadable)?;
                compile(engine, &bytes)?
            }
            Source::Bytes(bytes) => compile(engine, bytes)?,
            Source::Compiled(component) => (*component).clone(),
        };
        if Engine::same(engine, component.engine()) {
            Ok(component)
        } else {
            Err(BuildErrorKind::OtherEngine)
        }
    }
}

/// The first bytes of all WebAssembly in binary form.
const MAGIC: &[u8] = b"\0asm";

/// The first bytes of every core module: magic number, version 1, layer 0. A component has another version
/// and layer 1 (Component Model, Binary.md).
const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";

fn compile(engine: &Engine, bytes: &[u8]) -> Result<Component, BuildErrorKind> {
    if !bytes.starts_with(MAGIC) {
        return Err(BuildErrorKind::NotWasm);
    }
    if bytes.starts_with(CORE_MODULE) {
        return Err(BuildErrorKind::CoreModule);
    }
    Component::new(engine, bytes).map_err(BuildErrorKind::Invalid)
}
