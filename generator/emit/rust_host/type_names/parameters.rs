//! Type parameters of functions that `bindgen!` makes, and structs in the code that it derives: they hide a type
//! of the same name where that code writes it.

use heck::ToUpperCamelCase;
use wit_parser::{Type, TypeDefKind};

use super::clash::Clash;
use super::written::Written;
use crate::emit::rust_host::analysis::functions::Function;
use crate::emit::world::{Direction, World};

/// Returns the types that functions use, and whose names are those of type parameters.
pub(super) fn of_functions(world: &World<'_>, functions: &[Function<'_>]) -> Vec<Clash> {
    let exports_need_store = functions
        .iter()
        .any(|function| function.direction == Direction::Export && function.needs_store);
    let mut written = Written::new(world);
    let mut clashes = Vec::new();
    for function in functions {
        let parameters: &[(&str, bool)] = match function.direction {
            Direction::Import => &[("T", function.needs_store), ("D", false)],
            Direction::Export if exports_need_store => &[],
            Direction::Export => &[("S", true)],
        };
        for (parameter, with_result) in parameters {
            let item = function.item;
            let result = item.result.filter(|_| *with_result);
            let types = item.params.iter().map(|param| param.ty).chain(result);
            clashes.extend(types.filter_map(|ty| written.find(ty, parameter)).map(|id| Clash {
                text: format!(
                    "`{}` uses a type that would be `{parameter}` in Rust, where bindgen! has a type parameter of that name; rename the type",
                    item.name
                ),
                id,
            }));
        }
    }
    clashes
}

/// Returns the types that a record or variant consists of, and that are something else in what is derived for it.
pub(super) fn of_derives(world: &World<'_>) -> Vec<Clash> {
    let mut written = Written::new(world);
    let mut clashes = Vec::new();
    for (_, name, ty) in world.named_types() {
        let rust_name = name.to_upper_camel_case();
        let (parts, hidden): (Vec<Type>, Vec<String>) = match &ty.kind {
            TypeDefKind::Record(record) => (
                record.fields.iter().map(|field| field.ty).collect(),
                vec!["T".to_owned(), format!("Lower{rust_name}")],
            ),
            TypeDefKind::Variant(variant) => (
                variant.cases.iter().filter_map(|case| case.ty).collect(),
                vec![
                    format!("Lower{rust_name}"),
                    format!("LowerPayload{rust_name}"),
                ],
            ),
            _ => continue,
        };
        for part in parts {
            for hidden in &hidden {
                if let Some(id) = written.find(part, hidden) {
                    clashes.push(Clash {
                        text: format!(
                            "`{name}` contains a type whose Rust name `{hidden}` clashes with a name in code that bindgen! derives; rename the type"
                        ),
                        id,
                    });
                }
            }
        }
    }
    clashes
}
