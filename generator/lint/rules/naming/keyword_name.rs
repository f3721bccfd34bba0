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
        let mut report = |noun: &str, name: &str, spot| {
            let message = format!(
                "{noun} `{name}` of `{}` is called like a keyword",
                entry.path
            );
            let help = format!("whoever writes WIT has to write `%{name}`: choose another name");
            found.push(Finding::of(entry, message).at(spot).help(help));
        };
        for member in entry.members().iter().filter(|it| is_keyword(it.name)) {
            report(
                entry.member_noun(),
                member.name,
                subject.spot(member.position),
            );
        }
        let params = entry.function().map_or(&[][..], |it| &it.params);
        for param in params.iter().filter(|it| is_keyword(&it.name)) {
            let spot = subject.param(entry, &param.name);
            report("parameter", &param.name, spot);
        }
        let is_constructor = entry.noun() == "constructor";
        let is_taken = entry.type_def().is_some() && entry.definition().is_none();
        if is_keyword(entry.name()) && !is_constructor && !is_taken {
            let message = format!("{} `{}` is called like a keyword", entry.noun(), entry.path);
            let name = entry.name();
            let help = format!("whoever writes WIT has to write `%{name}`: choose another name");
            found.push(Finding::of(entry, message).help(help));
        }
    }
}
