//! Rewrites a `chain.toml` for a container: members by digest, and paths and addresses that the container has.

use std::collections::BTreeMap;

use askama::Template;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value, value};

use super::pod::{DRAIN_DELAY, FOLDER, Pod, SECRETS};
use super::toml;
use crate::chain_file::{ChainFile, variable_names};
use crate::template;

/// Variables that a container has if it fetches members from registries.
pub(super) const OWN_VARIABLES: [&str; 2] = ["WKG_CONFIG_FILE", "WITGEN_CACHE_DIR"];
/// The first line of the file.
const HEADER: &str =
    "# The chain.toml that the container has. `witgen deploy` makes it from yours.";

/// Registries of packages, in wkg's format.
#[derive(Template)]
#[template(path = "deploy/registries.toml", escape = "none")]
struct RegistriesFile {
    packages: Vec<Package>,
    /// Hosts, and whether requests to them use no TLS.
    hosts: BTreeMap<String, bool>,
}

/// A package and its registry, in TOML's form.
struct Package {
    name: String,
    host: String,
    prefix: String,
}

/// A variable that the file uses.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PodVariable {
    pub name: String,
    /// Whether every use has a default.
    pub is_optional: bool,
}

/// Returns the text of the file as the container has it, and the variables that it uses.
pub(super) fn rewrite(file: &ChainFile, pod: &Pod) -> (String, Vec<PodVariable>) {
    // It was parsed before.
    let mut document: DocumentMut = file.text().parse().unwrap_or_default();
    keep(
        &mut document,
        "chains",
        &pod.chains.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    let members: Vec<&str> = pod.members.iter().map(|member| member.name.as_str()).collect();
    keep(&mut document, "members", &members);
    for member in &pod.members {
        let entry = &mut document["members"][&member.name];
        entry["component"] = value(&member.component);
        entry["digest"] = value(&member.digest);
    }
    for secret in &pod.secrets {
        let path = secret_path(&secret.key);
        document["members"][&secret.member]["environment"][&secret.variable] =
            inline(&[("file", path)]);
    }
    document["listeners"] = Item::ArrayOfTables(listeners(pod));
    document["admin"] = Item::Table(Table::new());
    let (address, port) = &pod.admin;
    document["admin"]["listen"] = value(format!("{address}:{port}"));
    if file.contents().server.drain_delay.is_none() && !has(&document, "server", "drain-delay") {
        if !document.contains_key("server") {
            document["server"] = Item::Table(Table::new());
        }
        document["server"]["drain-delay"] = value(DRAIN_DELAY);
    }
    fix(&mut document, file);
    if !pod.authorities.is_empty() {
        let paths = pod.authorities.iter().map(|(name, _)| format!("{FOLDER}/{name}"));
        document["tls"]["ca"] = value(paths.collect::<Array>());
    }
    let mut variables = BTreeMap::new();
    collect_variables(document.as_item(), &mut variables);
    let variables = variables
        .into_iter()
        .map(|(name, is_optional)| PodVariable { name, is_optional });
    let text = document.to_string();
    let text = format!("{HEADER}\n{}", text.trim_start());
    (template::trimmed(&text), variables.collect())
}

/// Returns the configuration of the registries that members are fetched from; none if there are none.
pub(super) fn registries(pod: &Pod) -> Option<String> {
    if pod.packages.is_empty() {
        return None;
    }
    let locations = pod.packages.values();
    let hosts = locations.map(|location| (toml::string(&location.host), location.is_http));
    let packages = pod.packages.iter().map(|(name, location)| Package {
        name: toml::string(name),
        host: toml::string(&location.host),
        prefix: toml::string(&location.prefix),
    });
    Some(template::text(&RegistriesFile {
        packages: packages.collect(),
        hosts: hosts.collect(),
    }))
}

/// Whether the file uses a variable.
pub(super) fn uses(file: &ChainFile, variable: &str) -> bool {
    let document: DocumentMut = file.text().parse().unwrap_or_default();
    let mut variables = BTreeMap::new();
    collect_variables(document.as_item(), &mut variables);
    variables.contains_key(variable)
}

/// Whether a setting uses a variable of the environment.
pub(super) fn uses_variable(file: &ChainFile, path: &[&str]) -> bool {
    let document: DocumentMut = file.text().parse().unwrap_or_default();
    let item = path.iter().try_fold(document.as_item(), |item, key| item.get(key));
    let mut variables = BTreeMap::new();
    if let Some(item) = item {
        collect_variables(item, &mut variables);
    }
    !variables.is_empty()
}

/// Writes the values that the manifests depend on, so that variables of the container can't change them.
fn fix(document: &mut DocumentMut, file: &ChainFile) {
    let contents = file.contents();
    for (section, key, setting) in [
        ("server", "grace", &contents.server.grace),
        ("server", "drain-delay", &contents.server.drain_delay),
        (
            "limits",
            "max-total-memory",
            &contents.limits.max_total_memory,
        ),
    ] {
        if let Some(setting) = setting
            && uses_variable(file, &[section, key])
        {
            document[section][key] = value(setting.as_str());
        }
    }
}

/// Removes what isn't served: it would need components that the container doesn't have.
fn keep(document: &mut DocumentMut, section: &str, names: &[&str]) {
    let table = document.get_mut(section).and_then(Item::as_table_like_mut);
    let Some(table) = table else { return };
    let others: Vec<String> = table
        .iter()
        .map(|(name, _)| name.to_owned())
        .filter(|name| !names.contains(&name.as_str()))
        .collect();
    for name in others {
        table.remove(&name);
    }
}

fn has(document: &DocumentMut, section: &str, key: &str) -> bool {
    document.get(section).is_some_and(|section| section.get(key).is_some())
}

fn listeners(pod: &Pod) -> ArrayOfTables {
    let mut listeners = ArrayOfTables::new();
    for port in &pod.ports {
        let mut listener = Table::new();
        listener["address"] = value(format!("{}:{}", port.address, port.port));
        if let Some(index) = port.certificate {
            let folder = certificate_folder(index);
            listener["tls"] = inline(&[
                ("certificate", format!("{folder}/tls.crt")),
                ("key", format!("{folder}/tls.key")),
            ]);
        }
        if port.proxy_protocol {
            listener["proxy-protocol"] = value(true);
        }
        listeners.push(listener);
    }
    listeners
}

/// Returns the path of a secret in the container.
pub(super) fn secret_path(key: &str) -> String {
    format!("{SECRETS}/secrets/{key}")
}

/// Returns the folder of a certificate in the container.
pub(super) fn certificate_folder(index: usize) -> String {
    format!("{SECRETS}/tls-{}", index + 1)
}

fn inline(pairs: &[(&str, String)]) -> Item {
    let pairs = pairs.iter().map(|(key, text)| (*key, Value::from(text.as_str())));
    value(pairs.collect::<InlineTable>())
}

/// Collects the variables of all strings, each with whether all uses have a default.
fn collect_variables(item: &Item, found: &mut BTreeMap<String, bool>) {
    match item {
        Item::Value(value) => collect_from_value(value, found),
        Item::Table(table) => table.iter().for_each(|(_, item)| collect_variables(item, found)),
        Item::ArrayOfTables(tables) => {
            let items = tables.iter().flat_map(|table| table.iter());
            items.for_each(|(_, item)| collect_variables(item, found));
        }
        Item::None => {}
    }
}

fn collect_from_value(value: &Value, found: &mut BTreeMap<String, bool>) {
    match value {
        Value::String(text) => {
            for (name, has_default) in variable_names(text.value()) {
                let is_optional = found.entry(name).or_insert(true);
                *is_optional &= has_default;
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect_from_value(value, found)),
        Value::InlineTable(table) => {
            table.iter().for_each(|(_, value)| collect_from_value(value, found));
        }
        _ => {}
    }
}
