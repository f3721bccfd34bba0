//! A new crate for a component of `wasi:http`: what its author edits, and the glue beside it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use askama::Template;
use heck::{ToKebabCase as _, ToSnakeCase as _};

use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::emit::rust_guest;
use crate::fileset::{FileSet, WriteOptions, io_error, write_file};
use crate::source::{Features, Source, load};
use crate::template::text;

/// The worlds with a template for crates, and the next hop of each.
const WORLDS: [(&str, Option<&str>); 3] = [
    ("proxy", Some("origin")),
    ("service", None),
    ("middleware", Some("handler")),
];

/// Names that cargo rejects, or that are crates which the new crate depends on.
const RESERVED_CRATE_NAMES: [&str; 18] = [
    "alloc",
    "bytes",
    "core",
    "http",
    "http_body",
    "http_body_util",
    "hyper",
    "hyper_rustls",
    "hyper_util",
    "proc_macro",
    "rustls",
    "std",
    "test",
    "tokio",
    "tower_service",
    "wasmtime",
    "wasmtime_wasi",
    "wit_bindgen",
];

/// The target that a crate is built for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// `wasm32-wasip2`: the standard library prints, reads the environment and the clocks, and reports panics. cargo builds a
    /// component.
    #[default]
    Wasip2,
    /// `wasm32-unknown-unknown`: the standard library does none of this, and a component is smaller. cargo builds a core
    /// module.
    Unknown,
}

impl Target {
    /// Every target, the default first.
    pub const ALL: [Target; 2] = [Target::Wasip2, Target::Unknown];

    /// Returns the name that rustc has for it.
    pub fn name(self) -> &'static str {
        match self {
            Target::Wasip2 => "wasm32-wasip2",
            Target::Unknown => "wasm32-unknown-unknown",
        }
    }
}

/// A crate that is not on the disk yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaffold {
    /// The files that the author edits.
    pub files: FileSet,
    /// The guest glue, which stays witgen's.
    pub glue: FileSet,
    /// The folder of the glue in the crate: `src/proxy`.
    pub glue_folder: String,
}

/// A crate of this name for a component of this world (`proxy`, `service` or `middleware`), which is built for this target.
///
/// # Errors
///
/// Another world, and a name that cargo takes for no package or that the crate needs itself.
pub fn render(world: &str, name: &str, target: Target) -> Result<Scaffold> {
    let package = load(&Source::Embedded, &Features::default())?;
    let id = package
        .select_world(Some(world))
        .map_err(|failure| failure.map(|error| error.instead_at(Place::argument(world))))?;
    let Some((world, hop)) = WORLDS.into_iter().find(|(known, _)| *known == world) else {
        return Err(no_template(world).into());
    };
    check(world, name)?;
    let mut files = FileSet::new();
    let is_component = target == Target::Wasip2;
    let module = name.replace('-', "_");
    files.insert("Cargo.toml", text(&Manifest { name }));
    files.insert(".gitignore", text(&Ignored { name, is_component }));
    files.insert("src/lib.rs", text(&Code { world, hop }));
    let readme = Readme {
        name,
        module: &module,
        world,
        hop,
        is_proxy: hop == Some("origin"),
        target: target.name(),
        is_component,
    };
    files.insert("README.md", text(&readme));
    Ok(Scaffold {
        files,
        glue: rust_guest::render(package, id, &rust_guest::Options::default())?,
        glue_folder: format!("src/{world}"),
    })
}

impl Scaffold {
    /// A project of these files alone.
    pub(super) fn without_glue(files: FileSet) -> Self {
        Scaffold {
            files,
            glue: FileSet::new(),
            glue_folder: String::new(),
        }
    }

    /// Writes the crate into a folder that is not there yet, or is empty.
    ///
    /// # Errors
    ///
    /// A folder that holds something, and what the file system refuses; nothing of the crate stays then.
    pub fn write(&self, dir: &Path) -> Result<()> {
        let in_the_way = |what: &str| {
            let message = format!("`{}` already exists and is {what}", dir.display());
            let failure = Diagnostic::error(codes::FILES_IN_THE_WAY, message).at(Place::path(dir));
            Err(failure.help("choose another name, or another directory with --out").into())
        };
        // A link is seen as one, wherever it leads.
        let existed = match fs::symlink_metadata(dir) {
            Ok(metadata) if !metadata.is_dir() => return in_the_way("not a directory"),
            Ok(_) => {
                let mut entries =
                    fs::read_dir(dir).map_err(|error| io_error("look into", dir, &error))?;
                if entries.next().is_some() {
                    return in_the_way("not empty");
                }
                true
            }
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(io_error("look at", dir, &error).into()),
        };
        let written = self.write_into(dir);
        if written.is_err() {
            // The folder was empty, so all its files are ours. If they can't be removed, the original failure is reported.
            let _ = fs::remove_dir_all(dir);
            if existed {
                let _ = fs::create_dir(dir);
            }
        }
        written
    }

    fn write_into(&self, dir: &Path) -> Result<()> {
        for (path, contents) in self.files.iter() {
            let path = dir.join(path);
            let folder = path.parent().unwrap_or(dir);
            fs::create_dir_all(folder).map_err(|error| io_error("make", folder, &error))?;
            write_file(&path, contents.as_bytes())?;
        }
        if self.glue.iter().next().is_some() {
            let folder = dir.join(&self.glue_folder);
            self.glue.write(&folder, &WriteOptions::default())?;
        }
        Ok(())
    }
}

pub(super) fn no_template(world: &str) -> Diagnostic {
    let worlds = WORLDS.map(|(world, _)| world).join(", ");
    let message = format!("`witgen new` has no template for world `{world}`");
    Diagnostic::error(codes::NO_TEMPLATE, message)
        .at(Place::argument(world))
        .help(format!(
            "templates: {worlds}, host; `witgen rust` generates glue for any world"
        ))
}

/// Returns the crate name that a name obviously stands for, if it isn't one: `foo-bar` for `FooBar` or `foo bar`, and
/// `foo_bar` for `Foo_Bar`.
pub fn obvious_name(name: &str) -> Option<String> {
    let is_name = |name: &str| check("service", name).is_ok();
    let letters = |text: &str| -> String {
        let letters = text.chars().filter(|letter| !matches!(letter, '-' | '_' | ' '));
        letters.flat_map(char::to_lowercase).collect()
    };
    let has_words = name.contains(['-', '_']) || name.to_uppercase() == name;
    let (lower, kebab) = (name.to_lowercase(), name.to_kebab_case());
    let candidates = if has_words {
        [lower, kebab]
    } else {
        [kebab, lower]
    };
    if is_name(name) || !name.starts_with(char::is_alphabetic) {
        return None;
    }
    let is_obvious = |candidate: &String| is_name(candidate) && letters(candidate) == letters(name);
    candidates.into_iter().find(is_obvious)
}

/// Whether cargo and rustc accept the name, and nothing else has it.
pub(super) fn check(world: &str, name: &str) -> Result<()> {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    let why = if name.is_empty() {
        "it is empty"
    } else if name.contains(['/', '\\']) {
        "it is a path: name the crate, and its directory with --out"
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "a crate name starts with a lower-case letter"
    } else if !name.chars().all(is_allowed) {
        "a crate name consists of lower-case letters, digits, `-` and `_`"
    } else if wit_bindgen_rust::to_rust_ident(name) != name.to_snake_case() {
        "it is a keyword of Rust"
    } else if RESERVED_CRATE_NAMES.contains(&name.replace('-', "_").as_str()) {
        "another crate that this one needs has it"
    } else {
        return Ok(());
    };
    let error = Diagnostic::error(
        codes::INVALID_NAME,
        format!("a crate cannot be called `{name}`"),
    );
    let suggestion = format!("{world}-{}", name.to_kebab_case());
    let suggestion = suggestion.trim_end_matches('-');
    let is_plain = suggestion.chars().all(is_allowed) && !name.contains(['/', '\\']);
    let help = if is_plain {
        format!("{why}; try `{suggestion}`")
    } else {
        why.to_owned()
    };
    Err(error.at(Place::argument(name)).help(help).into())
}

#[derive(Template)]
#[template(path = "new/rust/manifest.toml", escape = "none")]
struct Manifest<'a> {
    name: &'a str,
}

#[derive(Template)]
#[template(path = "new/rust/gitignore", escape = "none", ext = "txt")]
struct Ignored<'a> {
    name: &'a str,
    is_component: bool,
}

#[derive(Template)]
#[template(path = "new/rust/lib.rs", escape = "none")]
struct Code<'a> {
    world: &'a str,
    hop: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "new/rust/README.md", escape = "none")]
struct Readme<'a> {
    name: &'a str,
    /// The name as cargo gives it to files.
    module: &'a str,
    world: &'a str,
    /// The module that calls the next hop.
    hop: Option<&'a str>,
    is_proxy: bool,
    target: &'a str,
    /// Whether cargo builds a component, not a core module.
    is_component: bool,
}

impl Readme<'_> {
    /// The component, from the crate's folder.
    fn component(&self) -> String {
        if self.is_component {
            format!("target/{}/release/{}.wasm", self.target, self.module)
        } else {
            format!("{}.wasm", self.name)
        }
    }
}
