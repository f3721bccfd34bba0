//! A name that WIT takes for a keyword.

use std::borrow::Cow;

use crate::lint::finding::Finding;
use crate::lint::rule::Check;
use crate::lint::subject::Subject;
use crate::lint::{Family, Level, Rule};
use crate::model::keyword::escaped;

pub(in crate::lint) const RULE: Rule = Rule {
    id: "keyword-name",
    family: Family::Naming,
    level: Level::Warning,
    page: include_str!("../../../../docs/lint/keyword-name.md"),
    check: Check::Package(check),
};

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let is_keyword = |name: &str| matches!(escaped(name), Cow::Owned(_));
    for entry in &subject.entries {
        let mut report = |noun: &str, name: &str, position| {
            let message = format!(
                "{noun} `{name}` of `{}` has the name of a keyword",
                entry.path
            );
            let help = format!("choose another name; otherwise every use must write `%{name}`");
            found.push(Finding::of(entry, message).at(position).help(help));
        };
        for member in entry.members().iter().filter(|it| is_keyword(it.name)) {
            report(
                entry.member_noun(),
                member.name,
                subject.own(member.position),
            );
        }
        let params = entry.function().map_or(&[][..], |it| &it.params);
        for param in params.iter().filter(|it| is_keyword(&it.name)) {
            report("parameter", &param.name, subject.own(&param.position));
        }
        let is_constructor = entry.noun() == "constructor";
        let is_taken = entry.type_def().is_some() && entry.definition().is_none();
        if is_keyword(entry.name()) && !is_constructor && !is_taken {
            let message = format!(
                "{} `{}` has the name of a keyword",
                entry.noun(),
                entry.path
            );
            let name = entry.name();
            let help = format!("choose another name; otherwise every use must write `%{name}`");
            found.push(Finding::of(entry, message).help(help));
        }
    }
}
