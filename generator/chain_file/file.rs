//! The file, read and checked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::check;
use super::contents::Contents;
use super::document::{Document, OptionValue, Scope, UnsetValue};
use super::secrets::Secrets;
use super::setting::{Setting, Text};
use super::variable::Variable;
use super::variables::Variables;
use crate::diagnostic::{Diagnostic, Failure, Place, Result, SourceFile, codes};
use crate::names::suggest;
use crate::read::{self, MAX_TEXT_BYTES};
use crate::registry::Reference;

/// A `chain.toml`, read and checked.
#[derive(Clone, Debug)]
pub struct ChainFile {
    path: PathBuf,
    pub(super) text: Text,
    contents: Contents,
    options: Vec<OptionValue>,
    unset: Vec<UnsetValue>,
    secrets: Secrets,
    warnings: Vec<Diagnostic>,
}

impl ChainFile {
    /// Whether an argument is meant as such a file: its name ends in `.toml`.
    pub fn is_meant(argument: &str) -> bool {
        Path::new(argument).extension().is_some_and(|extension| extension == "toml")
    }

    /// Reads a file, with the variables of this process.
    ///
    /// # Errors
    ///
    /// As [`ChainFile::parse`], and a file that can't be read.
    pub fn read(path: &Path, scope: Scope) -> Result<Self> {
        let shown = path.display().to_string();
        let text = read::text(path, MAX_TEXT_BYTES).map_err(|error| {
            let message = format!("cannot read `{shown}`: {error}");
            Diagnostic::error(codes::UNREADABLE, message)
                .at(Place::path(path))
                .help("check the path")
        })?;
        Self::parse(&shown, &text, &|name| std::env::var(name).ok(), scope)
    }

    /// Reads the text of a file; `path` is what messages call it, and paths in the text start from its folder.
    ///
    /// # Errors
    ///
    /// All problems: syntax, keys and types, variables that aren't set, unknown names, and cycles. Also routes that claim the
    /// same requests, origins without servers, and secrets that can't be read or that others can read.
    pub fn parse(path: &str, text: &str, variables: &Variables<'_>, scope: Scope) -> Result<Self> {
        let text = Text(Arc::new(SourceFile::new(path, text)));
        let path = PathBuf::from(path);
        let Document {
            contents,
            options,
            unset,
            mut problems,
        } = Document::read(&text, variables, scope);
        let Some(contents) = contents else {
            return Err(sorted(problems));
        };
        let incomplete: Vec<usize> =
            problems.iter().flat_map(|problem| text.tables(problem)).collect();
        problems.extend(check::problems(&contents, &text, &incomplete));
        let secrets = match scope {
            Scope::Everything => {
                let (secrets, unreadable) = Secrets::read(&contents, &text, folder(&path));
                problems.extend(unreadable);
                secrets
            }
            Scope::Values | Scope::Composition => Secrets::default(),
        };
        if !problems.is_empty() {
            return Err(sorted(problems));
        }
        Ok(ChainFile {
            warnings: check::warnings(&contents, &text),
            path,
            text,
            contents,
            options,
            unset,
            secrets,
        })
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the contents of the file.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Returns the values of `[server]`, `[limits]`, `[log]` and `[side-calls]` as text, for commands that have options for them.
    pub fn options(&self) -> &[OptionValue] {
        &self.options
    }

    /// Returns the values that were left out because their variables aren't set; none unless the scope is
    /// [`Scope::Composition`].
    pub fn unset(&self) -> &[UnsetValue] {
        &self.unset
    }

    /// Returns the environment of a member; without variables unless the scope is [`Scope::Everything`].
    pub fn environment(&self, member: &str) -> &[(String, String)] {
        self.secrets.environments.get(member).map_or(&[], Vec::as_slice)
    }

    /// Returns the headers for the collector of traces; none in [`Scope::Composition`].
    pub fn tracing_headers(&self) -> &[(String, String)] {
        &self.secrets.tracing_headers
    }

    /// Returns the names of the chains that requests reach: those of the routes, or the only chain if there are no routes.
    ///
    /// # Errors
    ///
    /// Several chains without routes.
    pub fn served_chains(&self) -> Result<Vec<&str>> {
        if self.contents.routes.is_empty() {
            return Ok(vec![self.chain(None)?]);
        }
        let mut chains: Vec<&str> = Vec::new();
        for route in &self.contents.routes {
            let name = route.chain.as_str();
            if !chains.contains(&name) {
                chains.push(name);
            }
        }
        Ok(chains)
    }

    /// Returns the text of the file, in which variables aren't replaced.
    pub fn text(&self) -> &str {
        self.text.0.text()
    }

    /// Returns warnings about what the file defines and nothing uses.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Returns the place of a setting.
    pub fn place<T>(&self, setting: &Setting<T>) -> Place {
        self.text.place(setting)
    }

    /// Returns a path of the file, which starts from the file's folder.
    pub fn resolve(&self, path: &str) -> PathBuf {
        folder(&self.path).join(path)
    }

    /// Returns where a member's component is: a file, or a reference to a registry.
    pub fn component(&self, written: &str) -> PathBuf {
        let file = self.resolve(written);
        if Reference::is_meant(written) && !file.exists() {
            PathBuf::from(written)
        } else {
            file
        }
    }

    /// Returns the files that the chains depend on: components, secrets and the file itself. They may be missing.
    pub fn files(&self) -> Vec<PathBuf> {
        let members = self.contents.members.values();
        let components = members.clone().filter_map(|member| {
            let file = self.component(&member.component);
            (file.exists() || !Reference::is_meant(&member.component)).then_some(file)
        });
        let variables = members.flat_map(|member| member.environment.values());
        let variables = variables.chain(self.contents.tracing.headers.values());
        let secrets = variables.filter_map(|variable| match &**variable {
            Variable::File(secret) => Some(self.resolve(&secret.file)),
            Variable::Text(_) => None,
        });
        [self.path.clone()].into_iter().chain(components).chain(secrets).collect()
    }

    /// Returns the name of a chain; without a name, of the only one.
    ///
    /// # Errors
    ///
    /// A name that no chain has, and no name though there are several.
    pub fn chain(&self, name: Option<&str>) -> Result<&str> {
        let chains = &self.contents.chains;
        let known: Vec<&str> = chains.keys().map(|name| name.as_str()).collect();
        match (name, known.as_slice()) {
            (None, [only]) => Ok(only),
            (None, _) => {
                let message = format!("the file has several chains: {}", known.join(", "));
                Err(Diagnostic::error(codes::UNKNOWN_CHAIN, message)
                    .at(Place::path(&self.path))
                    .help("choose one with `--chain NAME`")
                    .into())
            }
            (Some(name), _) => match chains.get_key_value(name) {
                Some((name, _)) => Ok(name),
                None => Err(Diagnostic::error(
                    codes::UNKNOWN_CHAIN,
                    format!("no chain is called `{name}`"),
                )
                .at(Place::argument(format!("--chain {name}")))
                .at(Place::path(&self.path))
                .help(suggest(name, "chains", &known))
                .into()),
            },
        }
    }
}

/// Returns the folder of a file.
fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// Returns a failure of problems, in the order of the text.
fn sorted(mut problems: Vec<Diagnostic>) -> Failure {
    problems.sort_by_key(|problem| match problem.places.first() {
        Some(Place::Source(position)) => position.start(),
        _ => 0,
    });
    Failure::of(problems).expect("there is a problem")
}
