//! The bindings of wit-bindgen-rust: one Rust file, with items under their final names.

use wit_bindgen_core::{Files, WorldGenerator};
use wit_bindgen_rust::{Opts, RustWasm, WithOption};
use wit_parser::{Function, InterfaceId, Resolve, TypeId, WorldId, WorldKey};

use super::native;
use super::prepare::Prepared;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::panics::catch_panic;

/// Options for bindings.
#[derive(Default)]
pub(super) struct Options {
    /// The path of the module that the bindings will be in, for `export!`.
    pub module: Option<String>,
    /// Interfaces that have bindings elsewhere, with the paths of those.
    pub with: Vec<(String, String)>,
    /// Traits that all types derive but those with a name in `derive_ignore`.
    pub derives: Vec<String>,
    pub derive_ignore: Vec<String>,
    /// Attributes of types, and of fields and cases, by wit-bindgen's names for them.
    pub type_attributes: Vec<(String, String)>,
    pub member_attributes: Vec<(String, String)>,
}

/// Returns the bindings of a world.
pub(super) fn render(prepared: &Prepared, options: Options) -> Result<String> {
    let with = options.with.into_iter().map(|(interface, path)| {
        let interface = prepared.readable_id(&interface);
        (interface, WithOption::Path(path))
    });
    let bindings = Opts {
        generate_all: true,
        default_bindings_module: options.module,
        with: with.collect(),
        // A type with an attribute that nothing uses would be missing.
        generate_unused_types: !(options.type_attributes.is_empty()
            && options.member_attributes.is_empty()),
        additional_derive_attributes: options.derives,
        additional_derive_ignore: options.derive_ignore,
        additional_type_attributes: options.type_attributes,
        additional_member_attributes: options.member_attributes,
        ..Opts::default()
    };
    let mut generator = Generator {
        bindings: bindings.build(),
        original: &prepared.original,
    };
    let mut readable = prepared.readable.clone();
    let mut files = Files::default();
    // wit-bindgen panics on unsupported input. Known cases were rejected before; this catches the others.
    match catch_panic(|| generator.generate(&mut readable, prepared.world, &mut files)) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(refused(&format!("{error:#}")).into()),
        Err(panic) => return Err(refused(&panic.to_string()).into()),
    }
    // It makes one file, named after the world.
    let file = files.iter().next().map(|(name, _)| name.to_owned());
    let contents = file
        .and_then(|name| files.remove(&name))
        .ok_or_else(|| refused("it made no file"))?;
    let text = String::from_utf8(contents).map_err(|error| refused(&error.to_string()))?;
    Ok(native::panic_clearly(&prepared.name_items(&text)))
}

/// wit-bindgen's generator, which makes the component's type from the world as it is.
struct Generator<'a> {
    bindings: RustWasm,
    original: &'a Resolve,
}

impl WorldGenerator for Generator<'_> {
    fn uses_nominal_type_ids(&self) -> bool {
        // The world has them.
        false
    }

    fn preprocess(&mut self, resolve: &Resolve, world: WorldId) -> anyhow::Result<()> {
        self.bindings.preprocess(resolve, world)
    }

    fn import_interface(
        &mut self,
        resolve: &Resolve,
        name: &WorldKey,
        interface: InterfaceId,
        files: &mut Files,
    ) -> anyhow::Result<()> {
        self.bindings.import_interface(resolve, name, interface, files)
    }

    fn import_types(
        &mut self,
        resolve: &Resolve,
        world: WorldId,
        types: &[(&str, TypeId)],
        files: &mut Files,
    ) -> anyhow::Result<()> {
        self.bindings.import_types(resolve, world, types, files)
    }

    fn import_funcs(
        &mut self,
        resolve: &Resolve,
        world: WorldId,
        functions: &[(&str, &Function)],
        files: &mut Files,
    ) -> anyhow::Result<()> {
        self.bindings.import_funcs(resolve, world, functions, files)
    }

    fn finish_imports(
        &mut self,
        resolve: &Resolve,
        world: WorldId,
        files: &mut Files,
    ) -> anyhow::Result<()> {
        self.bindings.finish_imports(resolve, world, files)
    }

    fn pre_export_interface(&mut self, resolve: &Resolve, files: &mut Files) -> anyhow::Result<()> {
        self.bindings.pre_export_interface(resolve, files)
    }

    fn export_interface(
        &mut self,
        resolve: &Resolve,
        name: &WorldKey,
        interface: InterfaceId,
        files: &mut Files,
    ) -> anyhow::Result<()> {
        self.bindings.export_interface(resolve, name, interface, files)
    }

    fn export_funcs(
        &mut self,
        resolve: &Resolve,
        world: WorldId,
        functions: &[(&str, &Function)],
        files: &mut Files,
    ) -> anyhow::Result<()> {
        self.bindings.export_funcs(resolve, world, functions, files)
    }

    fn finish(&mut self, _: &Resolve, world: WorldId, files: &mut Files) -> anyhow::Result<()> {
        self.bindings.finish(self.original, world, files)
    }
}

/// Reports bindings that can't be made for a reason that witgen doesn't know.
pub(super) fn refused(why: &str) -> Diagnostic {
    Diagnostic::error(
        codes::UNSUPPORTED_BY_WIT_BINDGEN,
        format!(
            "wit-bindgen 0.63 can't generate Rust bindings for this world, and reports only this: {why}"
        ),
    )
    .help("this is a bug in witgen; please report it with the WIT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_wit_bindgen_becomes_a_message() {
        let mut resolve = Resolve::default();
        let text = "package a:b; interface i { resource r; f: func(x: list<borrow<r>, 2>); } \
            world w { import i; }";
        let package = resolve.push_source("a.wit", text).unwrap();
        let world = resolve.select_world(&[package], None).unwrap();
        let error = render(&Prepared::new(resolve, world), Options::default()).unwrap_err();
        assert_eq!(error.code(), "unsupported-by-wit-bindgen");
    }
}
