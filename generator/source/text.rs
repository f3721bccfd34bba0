//! Reads WIT text from the file system, and groups the files by package.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wit_parser::{SourceMap, Span};

use crate::diagnostic::{Diagnostic, Place, Position, Result, SourceFile, codes};
use crate::fileset::temporary;
use crate::read;

/// The most bytes of one file; wit-parser's positions have 32 bits.
pub(super) const MAX_BYTES: u64 = 1 << 30;

/// Source texts by the path under which they were registered.
pub(super) type Texts = BTreeMap<String, Arc<SourceFile>>;

/// Returns the position of a span, if it is in one of these texts.
pub(super) fn locate(span: Span, map: &SourceMap, texts: &Texts) -> Option<Position> {
    let location = map.resolve_span(span)?;
    let file = texts.get(location.path)?;
    Some(Position::new(file.clone(), location.range))
}

/// The files of one package, and of the packages nested in them.
pub(super) struct Group {
    /// Paths as messages show them, and texts; sorted by path.
    pub files: Vec<(String, Arc<str>)>,
}

/// The texts and files of a package and its dependencies.
pub(super) struct Input {
    /// The package itself.
    pub main: Group,
    /// The dependencies as text.
    pub deps: Vec<Group>,
    /// The dependencies as wasm.
    pub encoded: Vec<PathBuf>,
}

impl Input {
    /// Returns the input of a package in one text.
    pub fn of_text(path: &Path, text: Arc<str>) -> Self {
        Input {
            main: Group {
                files: vec![(path.display().to_string(), text)],
            },
            deps: Vec::new(),
            encoded: Vec::new(),
        }
    }
}

/// Reads one file, which is a package on its own.
pub(super) fn read_file(path: &Path) -> Result<Input> {
    Ok(Input {
        main: Group {
            files: vec![read(path)?],
        },
        deps: Vec::new(),
        encoded: Vec::new(),
    })
}

/// Reads the `*.wit` files of a directory, and the packages in its `deps/`.
pub(super) fn read_directory(path: &Path) -> Result<Input> {
    let input = read_edited_directory(path)?;
    require_files(path, &input.main)?;
    Ok(input)
}

/// As [`read_directory`], for a directory whose files may be in an editor only.
pub(super) fn read_edited_directory(path: &Path) -> Result<Input> {
    let mut input = Input {
        main: read_files(path)?,
        deps: Vec::new(),
        encoded: Vec::new(),
    };
    let deps = path.join("deps");
    if !deps.is_dir() {
        return Ok(input);
    }
    for entry in entries(&deps)? {
        let extension = entry.extension().and_then(|extension| extension.to_str());
        if entry.is_dir() {
            // A tool that was killed between making a folder and filling it leaves it empty. Version control has
            // no such folders, so none is a package.
            if !is_empty(&entry)? {
                input.deps.push(read_group(&entry)?);
            }
        } else if extension == Some("wit") {
            input.deps.push(Group {
                files: vec![read(&entry)?],
            });
        } else if matches!(extension, Some("wasm" | "wat")) {
            input.encoded.push(entry);
        }
    }
    Ok(input)
}

/// Reads the `*.wit` files of a directory, which must have some.
pub(super) fn read_group(dir: &Path) -> Result<Group> {
    let group = read_files(dir)?;
    require_files(dir, &group)?;
    Ok(group)
}

/// Reads the `*.wit` files of a directory.
fn read_files(dir: &Path) -> Result<Group> {
    let mut files = Vec::new();
    for entry in entries(dir)? {
        if entry.extension().is_some_and(|extension| extension == "wit") && !entry.is_dir() {
            files.push(read(&entry)?);
        }
    }
    Ok(Group { files })
}

/// Fails if a directory has no `*.wit` files.
pub(super) fn require_files(dir: &Path, group: &Group) -> Result<()> {
    if group.files.is_empty() {
        let nested = dir.join("wit");
        let help = if nested.is_dir() {
            format!("did you mean `{}`?", nested.display())
        } else {
            "a package's directory holds its `.wit` files, and its dependencies in `deps/`"
                .to_owned()
        };
        return Err(Diagnostic::error(
            codes::NO_WIT,
            format!("no `.wit` file in the directory `{}`", dir.display()),
        )
        .at(Place::path(dir))
        .help(help)
        .into());
    }
    Ok(())
}

/// Whether a directory has no entries but temporary files of witgen's.
fn is_empty(dir: &Path) -> Result<bool> {
    let is_temporary = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(temporary::is_temporary)
    };
    Ok(entries(dir)?.iter().all(is_temporary))
}

/// Lists the entries of a directory, sorted so that the order doesn't depend on the file system.
fn entries(dir: &Path) -> Result<Vec<PathBuf>> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        let mut paths = fs::read_dir(dir)?
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<Vec<_>>>()?;
        paths.sort();
        Ok(paths)
    };
    read().map_err(|error| unreadable(dir, &error).into())
}

fn read(path: &Path) -> Result<(String, Arc<str>)> {
    let metadata = path.metadata().map_err(|error| unreadable(path, &error))?;
    // A read of a FIFO, for example, may never finish.
    if !metadata.is_file() {
        return Err(Diagnostic::error(
            codes::NOT_A_FILE,
            format!("`{}` is not a regular file", path.display()),
        )
        .at(Place::path(path))
        .help("WIT is read from regular files only")
        .into());
    }
    if metadata.len() > MAX_BYTES {
        return Err(Diagnostic::error(
            codes::TOO_LARGE,
            format!("`{}` is larger than 1 GiB", path.display()),
        )
        .at(Place::path(path))
        .help("is this a WIT file?")
        .into());
    }
    let bytes = read::regular(path, MAX_BYTES).map_err(|error| unreadable(path, &error))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok((path.display().to_string(), text.into())),
        Err(error) => Err(not_utf8(path, &error).into()),
    }
}

/// The error for a file that isn't UTF-8.
fn not_utf8(path: &Path, error: &std::string::FromUtf8Error) -> Diagnostic {
    let offset = error.utf8_error().valid_up_to();
    let byte = error.as_bytes()[offset];
    // The snippet shows the line with the offending byte replaced.
    let text: Arc<str> = String::from_utf8_lossy(error.as_bytes()).into();
    Diagnostic::error(
        codes::NOT_UTF_8,
        format!("byte 0x{byte:02x} at offset {offset} is not UTF-8"),
    )
    .at(Place::source(
        path.display().to_string(),
        text,
        offset..offset + char::REPLACEMENT_CHARACTER.len_utf8(),
    ))
    .help("WIT text is UTF-8; save the file in that encoding")
}

pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(
        codes::UNREADABLE,
        format!("cannot read `{}`: {error}", path.display()),
    )
    .at(Place::path(path))
}
