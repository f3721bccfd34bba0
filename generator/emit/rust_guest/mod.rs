//! Rust glue for guests: a folder that is one module of the guest's crate.
//!
//! `bindings.rs` has wit-bindgen's bindings of the world, and `mod.rs` is their public interface. A world that imports or
//! exports interfaces of `wasi:http@0.3` also gets requests and responses of the crate `http`, with functions to call and one
//! trait to implement in these types. The world-independent part is the runtime, in a folder of its own or elsewhere.

use heck::ToSnakeCase;
use wit_parser::WorldId;

use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::emit::runtime::Runtime;
use crate::emit::rust_names::{ident, is_identifier};
use crate::emit::type_options::TypeOptions;
use crate::fileset::FileSet;
use crate::source::Package;
use crate::template::text;

mod bindings;
mod front;
mod http;
mod native;
mod prepare;
mod provided;
mod runtime;
mod types;
mod unsupported;

use front::Header;
use http::HttpGlue;
use prepare::Prepared;

/// Options for guest glue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether a world with `wasi:http` in it gets glue in terms of the crate `http`, or the plain
    /// form as any other.
    pub http: bool,
    /// The path of the glue's module in the guest's crate; without it `crate::` and the world's name
    /// in snake case. `export!` needs it.
    pub module: Option<String>,
    /// Where the glue takes its runtime from. Plain glue has none, so it is an error to name one.
    pub runtime: Runtime,
    /// Derives, attributes and mapped interfaces of the types.
    pub types: TypeOptions,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            http: true,
            module: None,
            runtime: Runtime::default(),
            types: TypeOptions::default(),
        }
    }
}

/// Returns the glue of a world: `mod.rs`, `bindings.rs`, and for `wasi:http` the files that these use.
///
/// # Errors
///
/// If wit-bindgen can't make bindings of the WIT, with the items that it can't do, or the path of the
/// module or the runtime isn't one.
pub fn render(package: Package, world: WorldId, options: &Options) -> Result<FileSet> {
    unsupported::refuse(&package, world)?;
    let module = match &options.module {
        Some(module) => module_path(module)?,
        None => {
            let name = package.world_name(world).to_snake_case();
            format!("crate::{}", ident(&name))
        }
    };
    let types = options.types.check(&package)?;
    let header = Header::new(package.world_id(world), module.clone());
    let resolve = package.into_resolve();
    let prepared = Prepared::new(resolve.clone(), world);
    let is_http = options.http && http::is_http(&prepared);
    let hops = if is_http {
        http::hops(&prepared)
    } else {
        Vec::new()
    };
    let names = hops.iter().map(|hop| hop.name.as_str());
    let reserved: Vec<&str> = if is_http {
        http::RESERVED.into_iter().chain(names).collect()
    } else {
        Vec::new()
    };
    let has_own_exports = front::has_own_exports(&prepared);
    let traits = front::traits(&prepared, &reserved);
    let mut interfaces = front::interfaces(&prepared, &reserved);
    let mut files = FileSet::new();
    let mut with = Vec::new();
    let mut own = Vec::new();
    if is_http {
        let mut glue = HttpGlue::of(has_own_exports, hops, traits, interfaces);
        glue.interfaces.retain(|reexport| !types.maps(&reexport.id));
        let shared_runtime = options.runtime.shared(&module)?;
        for (path, contents) in http::render(&header, &glue, shared_runtime) {
            files.insert(path, contents);
        }
        if shared_runtime.is_none() {
            for (path, contents) in runtime::render(resolve, &glue.types)? {
                files.insert(path, contents);
            }
        }
        let path = format!("{}::{}", runtime::BINDINGS, glue.types.path);
        own.push(glue.types.id.clone());
        own.extend(glue.hops.iter().map(|hop| hop.import.import.clone()));
        with.push((glue.types.id, path));
    } else {
        options.runtime.refuse_shared(&header.world)?;
        // The author has them where they are mapped to.
        interfaces.retain(|reexport| !types.maps(&reexport.id));
        let front = front::Front {
            header,
            has_own_exports,
            traits,
            interfaces,
        };
        files.insert("mod.rs", text(&front));
    }
    let in_macro = module.replacen("crate::", "$crate::", 1);
    let mut bindings = bindings::Options {
        module: Some(format!("{in_macro}::bindings")),
        with,
        ..bindings::Options::default()
    };
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    types::apply(&types, &prepared, &own, &mut bindings)?;
    files.insert("bindings.rs", bindings::render(&prepared, bindings)?);
    Ok(files)
}

/// Checks a path such as `crate::glue::proxy`.
fn module_path(path: &str) -> Result<String> {
    let parts: Vec<_> = path.split("::").collect();
    match parts.as_slice() {
        ["crate", inner @ ..]
            if !inner.is_empty() && inner.iter().all(|part| is_identifier(part)) =>
        {
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
