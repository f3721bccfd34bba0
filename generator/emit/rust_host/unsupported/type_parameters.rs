//! Types called `t`, `d` or `s`, which meet the type parameters of functions that `bindgen!` makes.

use std::collections::HashMap;

use heck::ToUpperCamelCase;
use wit_parser::{Handle, Type, TypeDefKind, TypeId};

use crate::emit::rust_host::analysis::Analysis;
use crate::emit::unsupported::Finding;
use crate::emit::world::{Direction, World};
use crate::parts::parts;

pub(super) fn find(analysis: &Analysis<'_>) -> Vec<Finding> {
    let world = &analysis.world;
    let mut written = Written {
        world,
        known: HashMap::new(),
    };
    let mut findings = Vec::new();
    for function in &analysis.functions {
        let (direction, needs_store) = (function.direction, function.needs_store);
        let function = function.item;
        let mut named = |name: &'static str, with_result: bool| {
            let params = function.params.iter().map(|param| param.ty);
            let result = function.result.filter(|_| with_result);
            params.chain(result).any(|ty| written.is_in(ty, name))
        };
        let parameters: &[(&str, bool)] = match direction {
            Direction::Import => &[("T", needs_store), ("D", false)],
            Direction::Export if analysis.exports_need_store => &[],
            Direction::Export => &[("S", true)],
        };
        for (parameter, with_result) in parameters {
            if named(parameter, *with_result) {
                findings.push(Finding {
                    text: format!(
                        "`{}` uses a type that would be `{parameter}` in Rust, where bindgen! has a type parameter of that name; rename the type",
                        function.name
                    ),
                    span: function.span,
                });
            }
        }
    }
    findings
}

/// Which names the Rust of types contains: those of the types or of their parts.
struct Written<'w, 'a> {
    world: &'w World<'a>,
    known: HashMap<(TypeId, &'static str), bool>,
}

impl Written<'_, '_> {
    fn is_in(&mut self, ty: Type, name: &'static str) -> bool {
        let Type::Id(id) = ty else { return false };
        if let Some(known) = self.known.get(&(id, name)) {
            return *known;
        }
        let is_in = match (&self.world.resolve.types[id].name, self.world.kind(id)) {
            (Some(own), _) => own.to_upper_camel_case() == name,
            (None, TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id))) => {
                self.is_in(Type::Id(*id), name)
            }
            (None, kind) => parts(kind).into_iter().any(|ty| self.is_in(ty, name)),
        };
        self.known.insert((id, name), is_in);
        is_in
    }
}
