//! Rejects credentials in the environment that could be meant for several registries: wkg's names of the variables
//! replace `.`, `-` and `:` by `_`.

use std::collections::BTreeSet;

use toml::{Table, Value};
use wasm_pkg_common::config::Config;
use wasm_pkg_common::metadata::LOCAL_PROTOCOL;

use super::credentials;
use crate::diagnostic::{Diagnostic, Place, Result, codes};

/// Rejects a variable that is set, and that two configured registries read.
///
/// # Errors
///
/// A variable with credentials for `host`, and for another registry too.
pub(super) fn refuse(host: &str, config: &Config, place: Place) -> Result<()> {
    let Some(variable) = credentials::variable_in_use(host) else {
        return Ok(());
    };
    let mut sharing = hosts(config);
    sharing.insert(host.to_owned());
    sharing.retain(|other| credentials::reads_variable(other, &variable));
    if sharing.len() < 2 {
        return Ok(());
    }
    let list: Vec<_> = sharing.iter().map(|host| format!("`{host}`")).collect();
    let message = format!("{variable} would be sent to each of {}", list.join(", "));
    Err(Diagnostic::error(codes::AMBIGUOUS_CREDENTIALS, message)
        .at(place)
        .help(format!(
            "unset the variable; `docker login {host}` stores credentials for one of them, and so does `auth` in its configuration"
        ))
        .into())
}

/// Returns the hosts of the configured registries that aren't directories.
fn hosts(config: &Config) -> BTreeSet<String> {
    let table = Table::try_from(config).unwrap_or_default();
    let section = |name: &str| table.get(name).and_then(Value::as_table).into_iter().flatten();
    let mapped = ["namespace_registries", "package_registry_overrides"]
        .into_iter()
        .flat_map(section)
        .filter_map(|(_, mapping)| mapped_host(mapping));
    let default = table.get("default_registry").and_then(Value::as_str);
    let configured = section("registry");
    let is_local = |name: &str| {
        let own = section("registry").find(|(other, _)| *other == name);
        own.is_some_and(|(_, options)| is_directory(options))
    };
    mapped
        .chain(default)
        .chain(configured.map(|(name, _)| name.as_str()))
        .filter(|name| !is_local(name))
        .map(str::to_owned)
        .collect()
}

/// Returns the host that a namespace or a package is mapped to: a registry's name, or the host that its metadata
/// names.
fn mapped_host(mapping: &Value) -> Option<&str> {
    let described = || mapping.get("metadata")?.get("oci")?.get("registry")?.as_str();
    let named = || mapping.get("registry").unwrap_or(mapping).as_str();
    described().or_else(named)
}

/// Whether the options of a registry are those of a directory.
fn is_directory(options: &Value) -> bool {
    match options.get("default").and_then(Value::as_str) {
        Some(kind) => kind == LOCAL_PROTOCOL,
        None => options
            .as_table()
            .is_some_and(|options| options.len() == 1 && options.contains_key(LOCAL_PROTOCOL)),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn hosts_are_those_of_all_sections_but_directories() {
        let config = Config::from_toml(
            r#"
            default_registry = "default.example"
            [namespace_registries]
            a = "a.example"
            b = { registry = "b", metadata = { oci = { registry = "b.example" } } }
            here = "here"
            [package_registry_overrides]
            "c:d" = "c.example"
            [registry."e.example:5000".oci]
            protocol = "http"
            [registry.here]
            type = "local"
            [registry.here.local]
            root = "/tmp"
            [registry.there.local]
            root = "/tmp"
            "#,
        )
        .unwrap();
        let found: Vec<String> = hosts(&config).into_iter().collect();
        assert_eq!(
            found,
            [
                "a.example",
                "b.example",
                "c.example",
                "default.example",
                "e.example:5000"
            ]
        );
    }
}
