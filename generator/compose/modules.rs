//! The names of core modules, by which traps tell whose they are.

use wasm_encoder::Encode as _;
use wasmparser::{BinaryReader, BinaryReaderError};

/// The length of what all WebAssembly begins with: magic number, version, layer.
const PREAMBLE: usize = 8;
/// Sections that hold others (Component Model, Binary.md).
const CORE_MODULE: u8 = 1;
const COMPONENT: u8 = 4;
/// In a core module, and the subsection of the name section that names the module (Core, appendix).
const CUSTOM: u8 = 0;
const MODULE_NAME: u8 = 0;
/// What wit-component makes has names that say so.
const MADE: &str = "wit-component:";

/// The same component, whose core modules have this name instead of any that they had. A component that can't be
/// read stays as it is.
pub(super) fn named(component: &[u8], name: &str) -> Vec<u8> {
    let named = of_component(component, name);
    named.unwrap_or_else(|_| component.to_vec())
}

fn of_component(component: &[u8], name: &str) -> Result<Vec<u8>, BinaryReaderError> {
    sections(component, |id, contents, out| {
        let contents = match id {
            CORE_MODULE => of_module(contents, name)?,
            COMPONENT => of_component(contents, name)?,
            _ => contents.to_vec(),
        };
        section(id, &contents, out);
        Ok(())
    })
}

fn of_module(module: &[u8], name: &str) -> Result<Vec<u8>, BinaryReaderError> {
    let mut names = Vec::new();
    let mut is_made = false;
    let mut out = sections(module, |id, contents, out| {
        match id {
            CUSTOM if BinaryReader::new(contents, 0).read_string()? == "name" => {
                let mut reader = BinaryReader::new(contents, 0);
                reader.read_string()?;
                while !reader.eof() {
                    let id = reader.read_u8()?;
                    let length = reader.read_var_u32()? as usize;
                    let contents = reader.read_bytes(length)?;
                    match id {
                        MODULE_NAME => {
                            let given = BinaryReader::new(contents, 0).read_string()?;
                            is_made |= given.starts_with(MADE);
                        }
                        id => section(id, contents, &mut names),
                    }
                }
            }
            id => section(id, contents, out),
        }
        Ok(())
    })?;
    if is_made {
        return Ok(module.to_vec());
    }
    let mut own = Vec::new();
    name.encode(&mut own);
    let mut contents = Vec::new();
    "name".encode(&mut contents);
    section(MODULE_NAME, &own, &mut contents);
    contents.extend(names);
    section(CUSTOM, &contents, &mut out);
    Ok(out)
}

/// Goes over the sections of a module or a component, and puts another one together.
fn sections(
    bytes: &[u8],
    mut each: impl FnMut(u8, &[u8], &mut Vec<u8>) -> Result<(), BinaryReaderError>,
) -> Result<Vec<u8>, BinaryReaderError> {
    let mut reader = BinaryReader::new(bytes, 0);
    let mut out = reader.read_bytes(PREAMBLE)?.to_vec();
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
