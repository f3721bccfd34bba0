//! `witgen.toml`: the outputs of a package, and the properties that are checked.
//!
//! [`schema`] is the JSON Schema of the file, and `docs/config.md` describes it.
//!
//! ```
//! use witgen::config::Config;
//!
//! let config = Config::parse("witgen.toml", "wit = 'wit'\n[docs]\nout = 'spec'\n")?;
//! assert_eq!(config.docs.unwrap().out, "spec");
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;

use crate::diagnostic::{Diagnostic, Place, Position, Result, SourceFile, codes};
use crate::names::nearest;
use crate::read::{self, MAX_TEXT_BYTES};
use crate::registry::{Metadata, ProjectRegistries};
use crate::source::Features;

mod dependencies;
mod file;
mod manifest_folder;
mod metadata;
mod place;
mod registries;
mod relation;
mod separators;
mod tag;
mod trust;

pub use dependencies::Dependency;
pub use file::{Baseline, Docs, FailOn, Fmt, Golden, Level, Lint, Release, Rust, Side};
pub(crate) use manifest_folder::above;
pub use manifest_folder::manifest_folder;
pub use metadata::{metadata, overrides};
pub(crate) use place::place_of;
pub use relation::{Relation, RelationKind};

/// The widths that files can be formatted to, in columns.
const FORMAT_WIDTHS: RangeInclusive<usize> = 40..=400;

/// The file's name.
pub const FILE: &str = "witgen.toml";

/// The contents of a `witgen.toml`. Paths start from its folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Where the WIT package is.
    pub wit: Option<String>,
    /// The features that outputs are made with, beyond which gated items are left out. The
    /// specification shows them all, unless some are named.
    pub features: Vec<String>,
    /// Whether outputs are made with all features.
    pub all_features: bool,
    /// The specification.
    pub docs: Option<Docs>,
    /// Golden files.
    pub golden: Option<Golden>,
    /// Glue.
    pub rust: Vec<Rust>,
    /// The relations between worlds.
    pub relations: Vec<Relation>,
    /// How the rules of lint are applied.
    pub lint: Lint,
    /// The layout of files, if the manifest sets it.
    pub fmt: Option<Fmt>,
    /// The older version of the package.
    pub baseline: Option<Baseline>,
    /// The metadata of the published package.
    pub publish: Option<Metadata>,
    /// The settings of `witgen release`.
    pub release: Release,
    /// The packages that the WIT uses, by name.
    pub dependencies: Vec<Dependency>,
    /// Where packages are published, and who may vouch for them.
    pub registries: ProjectRegistries,
    /// The members of the workspace; none if the file has no `[workspace]`.
    pub members: Option<Vec<Member>>,
}

/// A member of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// Its directory, from the folder of the file.
    pub path: String,
    /// Where it is listed.
    pub place: Place,
}

impl Config {
    /// The `witgen.toml` of a folder, with its path, if there is one. Folders above are not looked
    /// into.
    ///
    /// # Errors
    ///
    /// A file that can't be read, isn't TOML, or has keys that witgen doesn't know.
    pub fn find(dir: &Path) -> Result<Option<(PathBuf, Config)>> {
        let Some((path, text)) = Self::read(dir)? else {
            return Ok(None);
        };
        let config = Self::parse(&path.display().to_string(), &text)?;
        Ok(Some((path, config)))
    }

    /// Returns the path and the text of the `witgen.toml` of a folder, if there is one.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub(crate) fn read(dir: &Path) -> Result<Option<(PathBuf, String)>> {
        let path = if dir == Path::new(".") {
            PathBuf::from(FILE)
        } else {
            dir.join(FILE)
        };
        match read::text(&path, MAX_TEXT_BYTES) {
            Ok(text) => Ok(Some((path, text))),
            Err(_) if !path.exists() => Ok(None),
            Err(error) => {
                let message = format!("cannot read `{FILE}`: {error}");
                Err(Diagnostic::error(codes::UNREADABLE, message).at(Place::path(&path)).into())
            }
        }
    }

    /// Reads the text of a `witgen.toml`; `path` is what messages call it.
    ///
    /// # Errors
    ///
    /// Text that isn't TOML, keys that witgen doesn't know, and values that say nothing.
    pub fn parse(path: &str, text: &str) -> Result<Config> {
        let source = Arc::new(SourceFile::new(path, text));
        let place = |range| Place::Source(Position::new(source.clone(), range));
        let file: file::File = toml::from_str(text).map_err(|error| invalid(&error, place))?;
        let mut config = Config {
            wit: file.wit,
            features: file.features,
            all_features: file.all_features,
            docs: file.docs,
            golden: file.golden,
            rust: Vec::new(),
            relations: Vec::new(),
            lint: file.lint.unwrap_or_default(),
            fmt: None,
            baseline: None,
            publish: file.publish,
            release: file.release,
            dependencies: dependencies::read(file.dependencies, place)?,
            registries: registries::read(file.registries, path, place)?,
            members: None,
        };
        config.registries.set_trust(trust::read(file.trust, path, place)?);
        tag::require_placeholders(&config.release.tag, place_of(&source, &["release", "tag"]))?;
        if config.all_features && !config.features.is_empty() {
            let message = "`features` and `all-features` are both given";
            return Err(Diagnostic::error(codes::INVALID_CONFIG, message)
                .at(place_of(&source, &["features"]))
                .help("leave out one of them")
                .into());
        }
        config.fmt = match file.fmt {
            Some(fmt) if !FORMAT_WIDTHS.contains(&fmt.get_ref().width) => {
                let width = fmt.get_ref().width;
                let message = format!("`width` is {width}, but must be from 40 to 400");
                return Err(Diagnostic::error(codes::INVALID_CONFIG, message)
                    .at(place(fmt.span()))
                    .help("leave it out for 100")
                    .into());
            }
            fmt => fmt.map(Spanned::into_inner),
        };
        for entry in file.rust {
            let place = Some(place(entry.span()));
            let rust = entry.into_inner();
            config.rust.push(Rust { place, ..rust });
        }
        for entry in file.relation {
            let place = place(entry.span());
            config.relations.push(relation::read(entry.into_inner(), place)?);
        }
        config.baseline = file.baseline.map(|entry| Baseline {
            place: Some(place(entry.span())),
            ..entry.into_inner()
        });
        config.members = file.workspace.map(|workspace| {
            let members = workspace.members.into_iter().map(|member| Member {
                place: place(member.span()),
                path: member.into_inner(),
            });
            members.collect()
        });
        let paths = config.paths(|keys| place_of(&source, keys));
        separators::require_slashes(paths)?;
        Ok(config)
    }

    /// Returns all paths, with their places; `place` finds that of a key.
    fn paths(&self, place: impl Fn(&[&str]) -> Place) -> Vec<(&str, Place)> {
        let or_whole = |entry: &Option<Place>| entry.clone().unwrap_or_else(|| place(&[]));
        let wit = self.wit.iter().map(|wit| (wit.as_str(), place(&["wit"])));
        let docs = self.docs.iter().map(|docs| (docs.out.as_str(), place(&["docs", "out"])));
        let examples = self.docs.iter().filter_map(|docs| docs.examples.as_deref());
        let examples = examples.map(|it| (it, place(&["docs", "examples"])));
        let golden = self.golden.iter().map(|it| (it.out.as_str(), place(&["golden", "out"])));
        let rust = self.rust.iter().map(|it| (it.out.as_str(), or_whole(&it.place)));
        let baseline = self.baseline.iter().map(|it| (it.package.as_str(), or_whole(&it.place)));
        let changelog = (
            self.release.changelog.as_str(),
            place(&["release", "changelog"]),
        );
        let dependencies = self
            .dependencies
            .iter()
            .filter_map(|it| Some((it.path.as_deref()?, it.place.clone())));
        let members = self.members.iter().flatten().map(|it| (it.path.as_str(), it.place.clone()));
        wit.chain(docs)
            .chain(examples)
            .chain(golden)
            .chain(rust)
            .chain(baseline)
            .chain([changelog])
            .chain(dependencies)
            .chain(members)
            .collect()
    }

    /// Whether the manifest describes the package itself, in addition to glue.
    pub(crate) fn describes_a_package(&self) -> bool {
        self.docs.is_some()
            || self.golden.is_some()
            || !self.relations.is_empty()
            || self.baseline.is_some()
            || self.publish.is_some()
    }

    /// The features that outputs are made with.
    pub fn features(&self) -> Features {
        if self.all_features {
            Features::All
        } else {
            Features::Only(self.features.clone())
        }
    }
}

/// The JSON Schema (2020-12) of `witgen.toml`, for editors.
pub fn schema() -> String {
    let schema = schemars::schema_for!(file::File);
    let text = serde_json::to_string_pretty(&schema).expect("plain data always serialises");
    format!("{text}\n")
}

/// Returns the problem of a file with its place; for an unknown key with the nearest known one.
fn invalid(
    error: &toml::de::Error,
    place: impl FnOnce(std::ops::Range<usize>) -> Place,
) -> Diagnostic {
    let first = error.message().lines().next().unwrap_or_default();
    // serde lists what is known: unknown field `a`, expected one of `b`, `c`
    let (what, expected) = first.split_once(", expected ").unwrap_or((first, ""));
    let is_unknown = first.starts_with("unknown ");
    let message = if is_unknown { what } else { first };
    let failure =
        Diagnostic::error(codes::INVALID_CONFIG, message).at(place(error.span().unwrap_or(0..0)));
    let Some(offending) = what.split('`').nth(1).filter(|_| is_unknown) else {
        return failure;
    };
    let quoted = expected.split('`').skip(1).step_by(2);
    let known: Vec<&str> = quoted.collect();
    match nearest(offending, known.iter().copied()) {
        Some(key) => failure.help(format!("did you mean `{key}`?")),
        None => failure.help(format!("it can be: {}", known.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn parse(text: &str) -> Result<Config> {
        Config::parse("witgen.toml", text)
    }

    #[test]
    fn an_unknown_key_is_shown_where_it_stands() {
        let error = parse("# the package\nwitt = \"wit\"\n").unwrap_err().to_string();
        assert!(error.contains("unknown field `witt`"), "{error}");
        assert!(error.contains("--> witgen.toml:2:1"), "{error}");
        assert!(error.contains("did you mean `wit`?"), "{error}");
    }

    #[test]
    fn an_unknown_key_of_a_section_gets_the_nearest_of_that_section() {
        let error = parse("[docs]\nuot = 'spec'\n").unwrap_err();
        assert_eq!(error.first().help, ["did you mean `out`?"]);
    }

    #[test]
    fn a_single_section_of_trust_is_told_how_to_be_written() {
        let error = parse("[trust]\nnamespaces = ['acme']\n").unwrap_err().to_string();
        assert!(error.contains("write `[[trust]]`"), "{error}");
    }

    #[test]
    fn a_value_of_the_wrong_type_gets_no_advice_on_keys() {
        let error = parse("wit = 5\n").unwrap_err();
        assert!(error.first().help.is_empty(), "{error}");
    }

    #[test]
    fn what_is_not_toml_is_shown_where_it_breaks() {
        let error = parse("wit = \n").unwrap_err();
        assert!(error.to_string().contains("--> witgen.toml:1:7"), "{error}");
    }

    #[test]
    fn a_relation_has_one_kind_and_all_its_keys() {
        for (text, what) in [
            ("world = 'a'", "extends"),
            ("same-shape = ['a']", "two"),
            ("compose = ['a']", "`is`"),
            ("compose = ['a']\nis = 'b'\nis-not = 'c'", "both"),
            ("same-shape = ['a', 'b']\nextends = 'c'", "one kind"),
            ("", "no condition"),
        ] {
            let error = parse(&format!("[[relation]]\n{text}\n")).unwrap_err();
            let shown = error.to_string();
            assert!(shown.contains(what), "{shown}");
            assert!(shown.contains("--> witgen.toml:1:1"), "{shown}");
        }
    }
}
