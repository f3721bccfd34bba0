//! Names that are Rust keywords and that wit-bindgen doesn't escape: `gen`, a keyword since Rust
//! 2024, anywhere; any keyword as the name of a package; and `self` as the name of a type, which
//! becomes `Self`.

use std::collections::BTreeSet;

use wit_bindgen_rust::to_rust_ident;
use wit_parser::{InterfaceId, Span, TypeDefKind, TypeId, WorldItem, WorldKey};

use crate::emit::unsupported::Finding;
use crate::emit::world::World;

pub(super) fn find(world: &World<'_>) -> Vec<Finding> {
    let mut names = Names::default();
    for (_, key, item) in world.items() {
        if let WorldKey::Name(name) = key {
            names.value(name, item.span());
        }
        match item {
            WorldItem::Interface { id, .. } => names.interface(world, *id, item.span()),
            WorldItem::Type { id, .. } => names.ty(world, *id),
            WorldItem::Function(_) => {}
        }
    }
    for (_, function) in world.functions() {
        names.value(function.item_name(), function.span);
        for param in &function.params {
            names.value(&param.name, param.span);
        }
    }
    names.findings
}

#[derive(Default)]
struct Names {
    findings: Vec<Finding>,
    seen: BTreeSet<(String, Option<u32>)>,
}

impl Names {
    /// A name that becomes a Rust module, function, field or parameter.
    fn value(&mut self, name: &str, span: Span) {
        if name == "gen" {
            let text = "`gen` is a keyword since Rust 2024, and wit-bindgen doesn't escape it; use another name";
            self.push(text.to_owned(), span);
        }
    }

    fn interface(&mut self, world: &World<'_>, id: InterfaceId, span: Span) {
        let interface = &world.resolve.interfaces[id];
        if let Some(name) = &interface.name {
            self.value(name, span);
            if let Some(package) = interface.package {
                let package = &world.resolve.packages[package].name;
                self.value(&package.namespace, span);
                let escaped = to_rust_ident(&package.name).ends_with('_');
                if escaped || package.name == "gen" {
                    self.push(
                        format!(
                            "the package `{package}` would be a Rust module whose name is a keyword"
                        ),
                        span,
                    );
                }
            }
        }
        for id in interface.types.values() {
            self.ty(world, *id);
        }
    }

    fn ty(&mut self, world: &World<'_>, id: TypeId) {
        let def = &world.resolve.types[id];
        if def.name.as_deref() == Some("self") {
            let text = "a type called `self` would be `Self` in Rust; use another name";
            self.push(text.to_owned(), def.span);
        }
        if let TypeDefKind::Record(record) = &def.kind {
            for field in &record.fields {
                self.value(&field.name, field.span);
            }
        }
    }

    /// Adds a finding unless it says what another one said: an interface may be met twice.
    fn push(&mut self, text: String, span: Span) {
        let start = span.is_known().then(|| span.start());
        if self.seen.insert((text.clone(), start)) {
            self.findings.push(Finding { text, span });
        }
    }
}
