//! An option whose value is an option.

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::{Type, TypeKind};
use crate::names::Meaning;

pub(in crate::lint) const RULE: Rule = Rule {
    id: "option-of-option",
    family: Family::Design,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/option-of-option.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for entry in &subject.entries {
        let mut types: Vec<&Type> = Vec::new();
        if let Some(function) = entry.function() {
            types.extend(function.params.iter().map(|param| &param.ty));
            types.extend(&function.result);
        }
        match entry.type_def().map(|def| &def.kind) {
            Some(TypeKind::Record(fields)) => types.extend(fields.iter().map(|it| &it.ty)),
            Some(TypeKind::Variant(cases)) => types.extend(cases.iter().flat_map(|it| &it.ty)),
            Some(TypeKind::Alias(ty)) => types.push(ty),
            _ => {}
        }
        if let Some(ty) = types.into_iter().find_map(|ty| nested_option(subject, ty)) {
            let (noun, path) = (entry.noun(), &entry.path);
            let message = format!("{noun} `{path}` has an option of an option: `{ty}`");
            let help = "many languages have only one `none`: use a `variant` with a case for each";
            found.push(Finding::of(entry, message).help(help));
        }
    }
}

/// Returns the option in a type that contains another option.
fn nested_option<'a>(subject: &Subject<'_>, ty: &'a Type) -> Option<&'a Type> {
    match ty {
        Type::Option(inner) if is_option(subject, inner) => Some(ty),
        Type::Option(inner) | Type::List(inner) => nested_option(subject, inner),
        Type::FixedLengthList { element, .. } => nested_option(subject, element),
        Type::Future(inner) | Type::Stream(inner) => nested_option(subject, inner.as_deref()?),
        Type::Tuple(types) => types.iter().find_map(|ty| nested_option(subject, ty)),
        Type::Result { ok, err } => {
            let mut types = [ok, err].into_iter().flatten();
            types.find_map(|ty| nested_option(subject, ty))
        }
        Type::Map { key, value } => {
            nested_option(subject, key).or_else(|| nested_option(subject, value))
        }
        _ => None,
    }
}

fn is_option(subject: &Subject<'_>, ty: &Type) -> bool {
    matches!(subject.index.meaning(ty), Meaning::Written(Type::Option(_)))
}
