//! Reads wkg's configuration.

use std::path::PathBuf;

use wasm_pkg_common::config::Config;
use wasm_pkg_common::registry::Registry as Host;

use super::{Options, Reference};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::read::{self, MAX_TEXT_BYTES};

/// The configuration, and its file if there is one.
pub(super) type LoadedConfig = (Config, Option<PathBuf>);

/// Reads wkg's configuration: the file in the options or the user's, merged over the defaults.
pub(super) fn load_config(options: &Options) -> Result<LoadedConfig> {
    let path = options.config.clone().or_else(Config::global_config_path);
    let mut config = Config::default();
    let Some(path) = path else {
        return Ok((config, None));
    };
    let text = match read::any_text(&path, MAX_TEXT_BYTES) {
        Ok(text) => text,
        Err(_) if options.config.is_none() && !path.exists() => return Ok((config, None)),
        Err(error) => {
            let message = format!("cannot read the configuration of registries: {error}");
            return Err(Diagnostic::error(codes::UNREADABLE, message)
                .at(Place::path(&path))
                .help("wkg reads this file; `--config FILE` names another")
                .into());
        }
    };
    let loaded = Config::from_toml(&text).map_err(|error| {
        // The line may contain a password, so the message doesn't quote it.
        let report = error.to_string();
        let syntax_error = toml::from_str::<toml::Table>(&text).err();
        let (message, place) = match &syntax_error {
            Some(error) => {
                let line = error.span().map_or(1, |span| {
                    text[..span.start.min(text.len())].matches('\n').count() + 1
                });
                (
                    error.message().to_owned(),
                    format!("{}:{line}", path.display()),
                )
            }
            None => (
                invalid_entry(&text)
                    .unwrap_or_else(|| report.lines().last().unwrap_or_default().to_owned()),
                path.display().to_string(),
            ),
        };
        let message = format!("the configuration of registries is not valid: {message}");
        Diagnostic::error(codes::INVALID_REGISTRY_CONFIG, message)
            .at(Place::argument(place))
            .help("`docs/registries.md` of witgen describes the keys, which are wkg's")
    })?;
    config.merge(loaded);
    Ok((config, Some(path)))
}

/// Returns a package of each registry that the options, the project or the configuration name, and of the default directory.
///
/// # Errors
///
/// A configuration that can't be read.
pub(super) fn samples(options: &Options) -> Result<Vec<Reference>> {
    let any = |namespace: &str| format!("{namespace}:any").parse::<Reference>();
    if options.registry.is_some() {
        return Ok(vec![any("any")?]);
    }
    let (config, _) = load_config(options)?;
    // The configuration doesn't list its entries otherwise.
    let table = toml::Table::try_from(&config).unwrap_or_default();
    let keys = |section: &str| -> Vec<String> {
        let entries = table.get(section).and_then(toml::Value::as_table);
        entries.into_iter().flat_map(|entries| entries.keys().cloned()).collect()
    };
    let packages = keys("package_registry_overrides").into_iter().filter_map(|it| it.parse().ok());
    let namespaces = keys("namespace_registries").into_iter().filter_map(|it| any(&it).ok());
    let project = options.project.samples();
    // No namespace is called so: it stands for those that nothing names a registry for.
    Ok(packages
        .chain(namespaces)
        .chain(project)
        .chain([any("unnamed-namespace")?])
        .collect())
}

/// Describes the entry with an invalid registry; the parser's error doesn't name it.
fn invalid_entry(text: &str) -> Option<String> {
    let table: toml::Table = toml::from_str(text).ok()?;
    ["namespace_registries", "package_registry_overrides"].iter().find_map(|section| {
        let entries = table.get(*section)?.as_table()?;
        let (key, _) = entries.iter().find(|(_, value)| {
            let registry = value.get("registry").unwrap_or(value).as_str();
            registry.is_none_or(|registry| registry.parse::<Host>().is_err())
        })?;
        Some(format!("`{key}` in `[{section}]` isn't a registry: write `HOST` or `HOST:PORT`, or a name that has a section of its own"))
    })
}
