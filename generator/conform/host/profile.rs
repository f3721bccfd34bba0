//! Profiles of hosts: how each one is started, and what it can do.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use serde::Deserialize;

use super::process::first_line;
use crate::conform::case::{Capability, Kind};
use crate::conform::peer::Places;
use crate::diagnostic::{Diagnostic, Place, Position, Result, SourceFile, codes};
use crate::names::suggest;

/// The profiles of the suite, by name.
const PROFILES: &[(&str, &str)] = &[
    ("jco", include_str!("../../../conformance/hosts/jco.toml")),
    ("spin", include_str!("../../../conformance/hosts/spin.toml")),
    ("wash", include_str!("../../../conformance/hosts/wash.toml")),
    (
        "wasmtime",
        include_str!("../../../conformance/hosts/wasmtime.toml"),
    ),
    (
        "witgen",
        include_str!("../../../conformance/hosts/witgen.toml"),
    ),
];

/// How a host is started, and what it can do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Profile {
    /// Its name in reports.
    pub name: String,
    /// The command, in which `{component}`, `{address}`, `{port}`, `{origin}` and `{side}` are replaced.
    pub command: Vec<String>,
    /// More arguments for components with a next hop.
    #[serde(default)]
    pub origin_arguments: Vec<String>,
    /// The command that prints its version.
    #[serde(default)]
    pub version: Vec<String>,
    /// Its features.
    #[serde(default)]
    pub capabilities: Vec<Capability>,
    /// Variables of its environment.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Variables that its environment must not have.
    #[serde(default)]
    pub without_environment: Vec<String>,
    /// Files of its working directory, with their texts; the same is replaced in them.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// The path of the component in its working directory, if it isn't an argument.
    pub component_file: Option<String>,
    /// The port that it listens on, if it can't be chosen.
    pub port: Option<u16>,
    /// Whether the profile is untested.
    #[serde(default)]
    pub untested: bool,
}

/// Returns the names of the suite's profiles.
pub fn names() -> Vec<&'static str> {
    PROFILES.iter().map(|(name, _)| *name).collect()
}

impl Profile {
    /// Returns a profile of the suite.
    ///
    /// # Errors
    ///
    /// A name that no profile has.
    pub fn named(name: &str) -> Result<Self> {
        let Some((_, text)) = PROFILES.iter().find(|(it, _)| *it == name) else {
            let message = format!("no profile of a host is called `{name}`");
            return Err(Diagnostic::error(codes::UNKNOWN_HOST, message)
                .at(Place::argument(format!("--host {name}")))
                .help(suggest(name, "profiles", &names()))
                .into());
        };
        Self::parse(&format!("conformance/hosts/{name}.toml"), text)
    }

    /// Reads the text of a profile.
    ///
    /// # Errors
    ///
    /// Text that isn't TOML, and unknown keys.
    pub fn parse(path: &str, text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| {
            let source = Arc::new(SourceFile::new(path, text));
            let range = error.span().unwrap_or(0..0);
            let message = error.message().lines().next().unwrap_or_default();
            Diagnostic::error(codes::INVALID_CASE, message)
                .at(Place::Source(Position::new(source, range)))
                .into()
        })
    }

    /// Makes a profile of a command line. It can do everything but those in `without`; a next hop needs `{origin}` in the command.
    pub fn of_command(command: Vec<String>, without: &[Capability]) -> Self {
        let names_origin = command.iter().any(|word| word.contains("{origin}"));
        let all = [
            Capability::Http2,
            Capability::Origin,
            Capability::Client,
            Capability::Stderr,
            Capability::Wasi02,
            Capability::Wasi03,
        ];
        let has =
            |it: &Capability| !without.contains(it) && (*it != Capability::Origin || names_origin);
        Profile {
            name: command.first().cloned().unwrap_or_default(),
            command,
            origin_arguments: Vec::new(),
            version: Vec::new(),
            capabilities: all.into_iter().filter(has).collect(),
            environment: BTreeMap::new(),
            without_environment: Vec::new(),
            files: BTreeMap::new(),
            component_file: None,
            port: None,
            untested: false,
        }
    }

    /// Returns the first line of what its version command prints.
    pub fn version(&self) -> Option<String> {
        first_line(&self.version, Path::new("."))
    }

    /// Returns the command that serves a component, in a working directory of its own, which gets the profile's files.
    ///
    /// # Errors
    ///
    /// Files that can't be written.
    pub(crate) fn serve(
        &self,
        kind: Kind,
        component: &Path,
        places: &Places,
        folder: &Path,
    ) -> io::Result<Command> {
        let fill = |text: &str| {
            let port = places.address.port().to_string();
            let folder = folder.display().to_string();
            let component = component.display().to_string();
            places
                .fill(text)
                .replace("{port}", &port)
                .replace("{folder}", &folder)
                .replace("{side-port}", &places.side.port().to_string())
                .replace("{component}", &component)
        };
        for (name, text) in &self.files {
            let path = folder.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, fill(text))?;
        }
        if let Some(name) = &self.component_file {
            fs::copy(component, folder.join(name))?;
        }
        let mut words = self.command.iter();
        let mut command = Command::new(fill(words.next().map_or("", String::as_str)));
        command.args(words.map(|word| fill(word)));
        if kind == Kind::Proxy {
            command.args(self.origin_arguments.iter().map(|word| fill(word)));
        }
        for (name, value) in &self.environment {
            command.env(name, fill(value));
        }
        for name in &self.without_environment {
            command.env_remove(name);
        }
        command.current_dir(folder);
        Ok(command)
    }
}
