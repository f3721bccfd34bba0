//! Imports of a composition that are not merged with others, and their names.

use super::externs::{Import, is_label};

/// An import of a composition that is not merged with those of other names.
pub(super) struct Apart {
    pub import: Import,
    /// The members that it is for, and what each calls it.
    users: Vec<(String, String)>,
}

impl Apart {
    pub fn new(import: Import, member: &str, name: &str) -> Self {
        Apart {
            import,
            users: vec![(member.to_owned(), name.to_owned())],
        }
    }

    /// Adds a member that has it too.
    pub fn add(&mut self, member: &str, name: &str) {
        self.users.push((member.to_owned(), name.to_owned()));
    }

    /// The first member that it is for.
    pub fn first_user(&self) -> &str {
        &self.users[0].0
    }

    /// Whether it is the import that a member has by this name.
    pub fn is_of(&self, member: &str, name: &str) -> bool {
        self.users.iter().any(|(user, own)| user == member && own == name)
    }
}

/// Returns the import of one member alone, under a label that begins with the member's name: `gate-client` for
/// `wasi:http/client@0.3.1002` of `gate`, and `router-primary` for its label `primary`. If another import has that name, the
/// label also has that of the interface's package: `gate-http-client`. Nothing if all such names are another one's.
///
/// The host finds the member of `gate-stdout` by removing the name of the interface, which must leave this member's. Behind a
/// label of its author, it is the member with the longest name that the label begins with.
pub(super) fn split(
    import: &Import,
    member: &str,
    members: &[&str],
    apart: &[Apart],
) -> Option<Import> {
    let suffixes = suffixes(import);
    let names = suffixes.iter().enumerate().map(|(at, suffix)| {
        let name = format!("{member}-{suffix}");
        (name, &suffixes[..at])
    });
    let is_free = |(name, shorter): &(String, &[String])| {
        let is_taken = apart.iter().any(|other| other.import.name == *name);
        let is_of_another = shorter.iter().any(|suffix| {
            let rest = name.strip_suffix(suffix.as_str());
            let owner = rest.and_then(|rest| rest.strip_suffix('-'));
            owner.is_some_and(|owner| owner != member && members.contains(&owner))
        });
        let begins_as_another = is_label(&import.name)
            && members.iter().any(|other| {
                let rest = name.strip_prefix(other);
                other.len() > member.len() && rest.is_some_and(|rest| rest.starts_with('-'))
            });
        !is_taken && !is_of_another && !begins_as_another
    };
    let (name, _) = names.into_iter().find(is_free)?;
    let interface = if is_label(&import.name) {
        import.implements.clone()
    } else {
        Some(import.name.clone())
    };
    Some(Import {
        name,
        implements: interface,
        external_id: import.external_id.clone(),
    })
}

/// Returns the possible suffixes of a member's name in the label of its import, the best first.
fn suffixes(import: &Import) -> Vec<String> {
    if is_label(&import.name) {
        return vec![import.name.clone()];
    }
    let interface = import.interface();
    let (package, name) = interface.path.split_once('/').unwrap_or(("", &interface.path));
    let short = package.rsplit(':').next().unwrap_or_default();
    let long = package.replace(':', "-");
    vec![
        name.to_owned(),
        format!("{short}-{name}"),
        format!("{long}-{name}"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(name: &str) -> Import {
        Import {
            name: name.to_owned(),
            implements: None,
            external_id: None,
        }
    }

    /// The names of these imports of members, in their order.
    fn names(imports: &[(&str, &str)]) -> Vec<Option<String>> {
        let members: Vec<_> = imports.iter().map(|(member, _)| *member).collect();
        let mut apart = Vec::new();
        imports
            .iter()
            .map(|(member, name)| {
                let split = split(&import(name), member, &members, &apart)?;
                let name = split.name.clone();
                apart.push(Apart::new(split, member, &name));
                Some(name)
            })
            .collect()
    }

    #[test]
    fn imports_of_members_have_names_of_their_own() {
        let imports = [
            ("gate", "wasi:http/client@0.3.1002"),
            ("gate", "acme:edge/client@1.0.0"),
            ("gate", "other:edge/client@1.0.0"),
            ("gate", "primary"),
        ];
        let expected = [
            "gate-client",
            "gate-edge-client",
            "gate-other-edge-client",
            "gate-primary",
        ];
        assert_eq!(names(&imports), expected.map(|name| Some(name.to_owned())));
    }

    #[test]
    fn an_import_never_seems_to_be_another_members() {
        let imports = [
            ("a", "b-c"),
            ("a-b", "c"),
            ("d", "wasi:cli/stdout@0.2.0"),
            ("d", "wasi:cli/stdout@0.3.2"),
            ("d-cli", "wasi:random/random@0.3.2"),
        ];
        let expected = [
            // `a-b-c` would be `c` of `a-b`.
            None,
            Some("a-b-c"),
            Some("d-stdout"),
            // `d-cli-stdout` would be that of `d-cli`.
            Some("d-wasi-cli-stdout"),
            Some("d-cli-random"),
        ];
        assert_eq!(
            names(&imports),
            expected.map(|name| name.map(str::to_owned))
        );
    }
}
