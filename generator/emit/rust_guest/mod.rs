//! Rust glue for guests: a folder that is one module of the guest's crate.
//!
//! `bindings.rs` is what wit-bindgen makes of the world, and `mod.rs` the front door to it. A world
//! that imports or exports interfaces of `wasi:http@0.3` gets more: requests and responses of the
//! crate `http`, and functions to call and one trait to implement in their terms.

use heck::ToSnakeCase;
use wit_parser::WorldId;

use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::fileset::FileSet;
use crate::source::Package;
use crate::template::text;

pub(crate) mod bindings;
mod front;
mod http;
mod unsupported;

/// What the glue is to be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether a world with `wasi:http` in it gets glue in terms of the crate `http`, or the plain
    /// form as any other.
    pub http: bool,
    /// The path of the glue's module in the guest's crate; without it `crate::` and the world's name
    /// in snake case. `export!` needs it.
    pub module: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            http: true,
            module: None,
        }
    }
}

/// The glue of a world: `mod.rs`, `bindings.rs`, and for `wasi:http` what these need besides.
///
/// # Errors
///
/// WIT that wit-bindgen cannot turn into Rust, with the items that are to blame, and a module path
/// that is not one.
pub fn render(package: Package, world: WorldId, options: &Options) -> Result<FileSet> {
    unsupported::refuse(&package, world)?;
    let module = match &options.module {
        Some(module) => module_path(module)?,
        None => {
            let name = package.world_name(world).to_snake_case();
            format!("crate::{}", wit_bindgen_rust::to_rust_ident(&name))
        }
    };
    let resolve = package.resolve();
    let header = front::Header::new(package.world_id(world), module.clone());
    let has_own_exports = front::has_own_exports(resolve, world);
    let mut traits = front::traits(resolve, world);
    let mut interfaces = front::interfaces(resolve, world);
    let glue = if options.http {
        http::HttpGlue::of(has_own_exports, &mut traits, &mut interfaces)
    } else {
        None
    };
    let mut files = FileSet::new();
    if let Some(glue) = glue {
        for (path, contents) in http::render(&header, &glue) {
            files.insert(path, contents);
        }
    } else {
        let front = front::Front {
            header,
            has_own_exports,
            traits,
            interfaces,
        };
        files.insert("mod.rs", text(&front));
    }
    let in_macro = module.replacen("crate::", "$crate::", 1);
    let bindings = bindings::render(
        package.into_resolve(),
        world,
        &format!("{in_macro}::bindings"),
    )?;
    files.insert("bindings.rs", bindings);
    Ok(files)
}

/// Checks a path such as `crate::glue::proxy`.
fn module_path(path: &str) -> Result<String> {
    let parts: Vec<_> = path.split("::").collect();
    let is_identifier = |part: &&str| {
        let mut chars = part.chars();
        chars.next().is_some_and(|c| c == '_' || c.is_alphabetic())
            && chars.all(|c| c == '_' || c.is_alphanumeric())
            && wit_bindgen_rust::to_rust_ident(part) == **part
    };
    match parts.as_slice() {
        ["crate", inner @ ..] if !inner.is_empty() && inner.iter().all(is_identifier) => {
            Ok(path.to_owned())
        }
        _ => Err(Diagnostic::error(
            codes::INVALID_MODULE,
            format!("`{path}` is not the path of a module"),
        )
        .at(Place::argument(format!("--module {path}")))
        .help("a path begins with `crate`, as in `crate::glue::proxy`")
        .into()),
    }
}
