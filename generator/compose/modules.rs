//! Names core modules after their members, so that the backtrace of a trap names the member.

use wasm_encoder::Encode as _;
use wasmparser::{BinaryReader, BinaryReaderError};

use crate::panics::catch_panic;

/// The length of the preamble: magic number, version, layer.
const PREAMBLE_LENGTH: usize = 8;
/// Sections that contain modules and components (Component Model, Binary.md).
const CORE_MODULE_SECTION: u8 = 1;
const COMPONENT_SECTION: u8 = 4;
/// A core module's custom section, and the subsection of its name section that names the module (Core, appendix).
const CUSTOM_SECTION: u8 = 0;
const MODULE_NAME_SUBSECTION: u8 = 0;
/// The names of modules that wit-component generates begin with this.
const GENERATED_PREFIX: &str = "wit-component:";

/// Returns the component with this name for its core modules, instead of any that they had. A component that can't
/// be parsed is returned unchanged.
pub(super) fn named(component: &[u8], name: &str) -> Vec<u8> {
    match catch_panic(|| of_component(component, name)) {
        Ok(Ok(named)) => named,
        Ok(Err(_)) | Err(_) => component.to_vec(),
    }
}

fn of_component(component: &[u8], name: &str) -> Result<Vec<u8>, BinaryReaderError> {
    sections(component, |id, contents, out| {
        let contents = match id {
            CORE_MODULE_SECTION => of_module(contents, name)?,
            COMPONENT_SECTION => of_component(contents, name)?,
            _ => contents.to_vec(),
        };
        section(id, &contents, out);
        Ok(())
    })
}

fn of_module(module: &[u8], name: &str) -> Result<Vec<u8>, BinaryReaderError> {
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

fn section(id: u8, contents: &[u8], out: &mut Vec<u8>) {
    out.push(id);
    contents.encode(out);
}
