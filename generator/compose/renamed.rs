//! Renames what is in a component: its core modules after the member, so that the backtrace of a trap names it, and
//! its imports and exports.
//!
//! The linker drops `@external-id`. The component of a member has the target of the label `primary` as `implements`. Inside a
//! composition, the import is linked by its label alone, and hosts without support for labels reject every component that
//! contains one.

use wasm_encoder::{ComponentExternName, Encode as _};
use wasmparser::{
    BinaryReader, BinaryReaderError, ComponentExportSectionReader, ComponentImportSectionReader,
    Parser, Payload, WasmFeatures,
};

use super::externs::Import;
use crate::panics::catch_panic;

/// The length of the preamble: magic number, version, layer.
const PREAMBLE_LENGTH: usize = 8;
/// A core module's custom section (Core, appendix).
const CUSTOM_SECTION: u8 = 0;
/// Sections that contain modules and components, and those of a component's imports and exports (Component Model,
/// Binary.md).
const CORE_MODULE_SECTION: u8 = 1;
const COMPONENT_SECTION: u8 = 4;
const IMPORT_SECTION: u8 = 10;
const EXPORT_SECTION: u8 = 11;
/// The subsection of a name section that names the module (Core, appendix).
const MODULE_NAME_SUBSECTION: u8 = 0;
/// The names of modules that wit-component generates begin with this.
const GENERATED_PREFIX: &str = "wit-component:";

/// Returns the component with this name for its core modules, instead of any that they had. A component that can't
/// be parsed is returned unchanged.
pub(super) fn modules(component: &[u8], name: &str) -> Vec<u8> {
    match catch_panic(|| with_module_names(component, name)) {
        Ok(Ok(named)) => named,
        Ok(Err(_)) | Err(_) => component.to_vec(),
    }
}

fn with_module_names(component: &[u8], name: &str) -> Result<Vec<u8>, BinaryReaderError> {
    sections(component, |id, contents, out| {
        let contents = match id {
            CORE_MODULE_SECTION => with_module_name(contents, name)?,
            COMPONENT_SECTION => with_module_names(contents, name)?,
            _ => contents.to_vec(),
        };
        section(id, &contents, out);
        Ok(())
    })
}

fn with_module_name(module: &[u8], name: &str) -> Result<Vec<u8>, BinaryReaderError> {
    let mut names = Vec::new();
    let mut is_generated = false;
    let mut out = sections(module, |id, contents, out| {
        match id {
            CUSTOM_SECTION if BinaryReader::new(contents, 0).read_string()? == "name" => {
                let mut reader = BinaryReader::new(contents, 0);
                reader.read_string()?;
                while !reader.eof() {
                    let id = reader.read_u8()?;
                    let length = reader.read_var_u32()? as usize;
                    let contents = reader.read_bytes(length)?;
                    match id {
                        MODULE_NAME_SUBSECTION => {
                            let given = BinaryReader::new(contents, 0).read_string()?;
                            is_generated |= given.starts_with(GENERATED_PREFIX);
                        }
                        id => section(id, contents, &mut names),
                    }
                }
            }
            id => section(id, contents, out),
        }
        Ok(())
    })?;
    if is_generated {
        return Ok(module.to_vec());
    }
    let mut own = Vec::new();
    name.encode(&mut own);
    let mut contents = Vec::new();
    "name".encode(&mut contents);
    section(MODULE_NAME_SUBSECTION, &own, &mut contents);
    contents.extend(names);
    section(CUSTOM_SECTION, &contents, &mut out);
    Ok(out)
}

/// Returns a component with these names for its imports, and whose inner components have plain names for theirs.
///
/// # Errors
///
/// Why the component can't be parsed.
pub(super) fn imports(component: &[u8], imports: &[Import]) -> Result<Vec<u8>, String> {
    let renamed = catch_panic(|| with_imports(component, imports));
    let renamed = renamed.map_err(|panic| panic.to_string())?;
    renamed.map_err(|error| error.to_string())
}

fn with_imports(component: &[u8], imports: &[Import]) -> Result<Vec<u8>, BinaryReaderError> {
    sections(component, |id, contents, out| {
        let contents = match id {
            COMPONENT_SECTION if has_options(contents) => without_options(contents)?,
            IMPORT_SECTION => with_names(contents, |name| named(name, imports))?,
            _ => contents.to_vec(),
        };
        section(id, &contents, out);
        Ok(())
    })
}

/// Returns a component with other names for its imports and exports: pairs of what each is called before and after.
///
/// # Errors
///
/// Why the component can't be parsed.
pub(super) fn externs(
    component: &[u8],
    imports: &[(Import, Import)],
    exports: &[(String, String)],
) -> Result<Vec<u8>, String> {
    let renamed = catch_panic(|| {
        sections(component, |id, contents, out| {
            let contents = match id {
                IMPORT_SECTION => with_names(contents, |name| import_name(name, imports))?,
                EXPORT_SECTION => with_export_names(contents, |name| export_name(name, exports))?,
                _ => contents.to_vec(),
            };
            section(id, &contents, out);
            Ok(())
        })
    });
    let renamed = renamed.map_err(|panic| panic.to_string())?;
    renamed.map_err(|error: BinaryReaderError| error.to_string())
}

fn import_name<'a>(
    name: wasmparser::ComponentExternName<'a>,
    imports: &'a [(Import, Import)],
) -> ComponentExternName<'a> {
    let mut written = ComponentExternName::from(name);
    if let Some((_, after)) = imports.iter().find(|(before, _)| before.name == name.name) {
        written.name = after.name.as_str().into();
        written.implements = after.implements.as_deref().map(Into::into);
        written.external_id = after.external_id.as_deref().map(Into::into);
    }
    written
}

fn export_name<'a>(
    name: wasmparser::ComponentExternName<'a>,
    exports: &'a [(String, String)],
) -> ComponentExternName<'a> {
    let mut written = ComponentExternName::from(name);
    if let Some((_, after)) = exports.iter().find(|(before, _)| before == name.name) {
        written.name = after.as_str().into();
    }
    written
}

/// Whether a component, or one within it, has an import or an export whose name has options.
fn has_options(component: &[u8]) -> bool {
    let is_optioned = |name: wasmparser::ComponentExternName<'_>| {
        name.implements.is_some() || name.external_id.is_some()
    };
    let mut payloads = Parser::new(0).parse_all(component);
    payloads.any(|payload| match payload {
        Ok(Payload::ComponentImportSection(imports)) => {
            imports.into_iter().flatten().any(|import| is_optioned(import.name))
        }
        Ok(Payload::ComponentExportSection(exports)) => {
            exports.into_iter().flatten().any(|export| is_optioned(export.name))
        }
        _ => false,
    })
}

/// Removes the options of the names of imports and exports, from a component and those within it.
fn without_options(component: &[u8]) -> Result<Vec<u8>, BinaryReaderError> {
    sections(component, |id, contents, out| {
        let contents = match id {
            COMPONENT_SECTION => without_options(contents)?,
            IMPORT_SECTION => with_names(contents, plain)?,
            EXPORT_SECTION => with_export_names(contents, plain)?,
            _ => contents.to_vec(),
        };
        section(id, &contents, out);
        Ok(())
    })
}

/// The name of an import as one of these has it, or as it is.
fn named<'a>(
    name: wasmparser::ComponentExternName<'a>,
    imports: &'a [Import],
) -> ComponentExternName<'a> {
    let mut written = ComponentExternName::from(name);
    if let Some(import) = imports.iter().find(|import| import.name == name.name) {
        written.implements = import.implements.as_deref().map(Into::into);
        written.external_id = import.external_id.as_deref().map(Into::into);
    }
    written
}

/// A name without options, unless they are part of the name.
fn plain(name: wasmparser::ComponentExternName<'_>) -> ComponentExternName<'_> {
    match name.version_suffix {
        Some(_) => name.into(),
        None => name.name.into(),
    }
}

/// Returns a component whose imports and exports have their versions in their names: `wasi:http/handler@0.3.2` for
/// `wasi:http/handler@0.3` with the version suffix `.2` (Component Model, Explainer.md, "Canonical Interface Name"). One
/// that has no such names, or can't be parsed, is returned unchanged.
pub(super) fn with_whole_versions(component: Vec<u8>) -> Vec<u8> {
    let renamed = catch_panic(|| {
        sections(&component, |id, contents, out| {
            let contents = match id {
                IMPORT_SECTION => with_names(contents, whole_version)?,
                EXPORT_SECTION => with_export_names(contents, whole_version)?,
                _ => contents.to_vec(),
            };
            section(id, &contents, out);
            Ok(())
        })
    });
    match renamed {
        Ok(Ok(renamed)) => renamed,
        Ok(Err(_)) | Err(_) => component,
    }
}

fn whole_version(name: wasmparser::ComponentExternName<'_>) -> ComponentExternName<'_> {
    let mut written = ComponentExternName::from(name);
    if let Some(suffix) = name.version_suffix {
        written.name = format!("{}{suffix}", name.name).into();
        written.version_suffix = None;
    }
    written
}

/// Changes the names in an import section.
fn with_names<'a>(
    contents: &'a [u8],
    changed: impl Fn(wasmparser::ComponentExternName<'a>) -> ComponentExternName<'a>,
) -> Result<Vec<u8>, BinaryReaderError> {
    let imports = ComponentImportSectionReader::new(reader(contents))?.into_iter_with_offsets();
    let starts = imports.map(|import| Ok(import?.0 as usize));
    with_names_at(
        contents,
        starts.collect::<Result<_, BinaryReaderError>>()?,
        changed,
    )
}

/// Changes the names in an export section.
fn with_export_names<'a>(
    contents: &'a [u8],
    changed: impl Fn(wasmparser::ComponentExternName<'a>) -> ComponentExternName<'a>,
) -> Result<Vec<u8>, BinaryReaderError> {
    let exports = ComponentExportSectionReader::new(reader(contents))?.into_iter_with_offsets();
    let starts = exports.map(|export| Ok(export?.0 as usize));
    with_names_at(
        contents,
        starts.collect::<Result<_, BinaryReaderError>>()?,
        changed,
    )
}

/// Changes the names at the starts of a section's entries.
fn with_names_at<'a>(
    contents: &'a [u8],
    starts: Vec<usize>,
    changed: impl Fn(wasmparser::ComponentExternName<'a>) -> ComponentExternName<'a>,
) -> Result<Vec<u8>, BinaryReaderError> {
    let ends = starts.iter().skip(1).copied().chain([contents.len()]);
    let mut out = Vec::new();
    starts.len().encode(&mut out);
    for (start, end) in starts.iter().zip(ends) {
        let entry = &contents[*start..end];
        let mut reader = reader(entry);
        changed(reader.read()?).encode(&mut out);
        // The type of the import or export follows (Component Model, Binary.md), and is copied.
        out.extend(&entry[reader.current_position()..]);
    }
    Ok(out)
}

fn reader(bytes: &[u8]) -> BinaryReader<'_> {
    BinaryReader::new_features(bytes, 0, WasmFeatures::all())
}

/// Rewrites the sections of a module or a component.
fn sections(
    bytes: &[u8],
    mut each: impl FnMut(u8, &[u8], &mut Vec<u8>) -> Result<(), BinaryReaderError>,
) -> Result<Vec<u8>, BinaryReaderError> {
    let mut reader = BinaryReader::new(bytes, 0);
    let mut out = reader.read_bytes(PREAMBLE_LENGTH)?.to_vec();
    while !reader.eof() {
        let id = reader.read_u8()?;
        let length = reader.read_var_u32()? as usize;
        each(id, reader.read_bytes(length)?, &mut out)?;
    }
    Ok(out)
}

/// Adds a section.
fn section(id: u8, contents: &[u8], out: &mut Vec<u8>) {
    out.push(id);
    contents.encode(out);
}
