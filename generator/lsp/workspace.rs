//! The files that are open, and those that belong to their packages.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use url::Url;

use super::client::Client;
use super::document::{Document, Encoding};
use super::file::{File, path_of};
use super::index::Index;
use super::loads::{LoadResult, Loaded, Loads};
use super::nodes::{child, compact};
use super::read_only::built_in_files;
use super::settings::{Manifest, Settings, is_manifest};
use crate::config::FILE;
use crate::format::Options;
use crate::project::Project;
use crate::read::{self, MAX_WASM_BYTES};
use crate::registry::Registries;
use crate::syntax::{SyntaxKind, SyntaxNode};

/// A text on the disk, as it was read.
struct Cached {
    modified: Option<SystemTime>,
    length: u64,
    text: Arc<str>,
}

/// The server's state of files.
#[derive(Default)]
pub(super) struct Workspace {
    pub client: Client,
    pub encoding: Encoding,
    pub registries: Registries,
    /// The open documents by their paths, with the versions that the client gave them.
    open: BTreeMap<PathBuf, (String, i32, Arc<str>)>,
    read: HashMap<PathBuf, Cached>,
    /// Parsed files, as long as their texts are the same.
    parsed: HashMap<PathBuf, Rc<File>>,
    /// The index of each package, as long as nothing changes.
    indexes: HashMap<PathBuf, Rc<Index>>,
    /// Whether the files of a folder are packages of their own, as long as nothing changes.
    splits: HashMap<PathBuf, bool>,
    loads: Loads,
    settings: Settings,
}

/// How many folders above a package may have its `witgen.toml`: that of the package, and two around it.
const MAX_MANIFEST_FOLDERS: usize = 3;

impl Workspace {
    /// Returns a workspace without files.
    pub fn new(client: Client, registries: Registries) -> Self {
        Workspace {
            client,
            encoding: client.encoding,
            registries,
            ..Workspace::default()
        }
    }

    /// Opens a document, or replaces its text.
    pub fn open(&mut self, uri: &str, version: i32, text: &str) {
        if let Some(path) = path_of(uri) {
            self.open.insert(path, (uri.to_owned(), version, text.into()));
            self.texts_changed();
        }
    }

    pub fn close(&mut self, uri: &str) {
        if let Some(path) = path_of(uri) {
            self.open.remove(&path);
            self.parsed.remove(&path);
            self.texts_changed();
        }
    }

    /// Forgets what was read of the disk.
    pub fn files_changed(&mut self) {
        self.texts_changed();
        self.parsed.clear();
    }

    fn texts_changed(&mut self) {
        self.indexes.clear();
        self.splits.clear();
        self.loads.invalidate();
    }

    /// Forgets what other packages than these were.
    pub fn forget_packages_except(&mut self, packages: &BTreeSet<PathBuf>) {
        self.loads.retain(|package| packages.contains(package));
    }

    /// Returns the text of an open document.
    pub fn text(&self, uri: &str) -> Option<Arc<str>> {
        self.open.get(&path_of(uri)?).map(|(_, _, text)| text.clone())
    }

    pub fn version(&self, uri: &str) -> Option<i32> {
        self.open.get(&path_of(uri)?).map(|(_, version, _)| *version)
    }

    pub fn is_open(&self, path: &Path) -> bool {
        self.open.contains_key(path)
    }

    /// Returns the address of a file: the client's, if it is open.
    pub fn address(&self, path: &Path) -> Option<String> {
        match self.open.get(path) {
            Some((uri, ..)) => Some(uri.clone()),
            None => Some(Url::from_file_path(path).ok()?.to_string()),
        }
    }

    /// Returns the package that is checked for a document: its folder, or itself if the files there are packages of their own.
    /// A dependency is checked with the package around it.
    pub fn package(&mut self, path: &Path) -> PathBuf {
        let root = package_root(path);
        if !root.is_dir() {
            return path.to_owned();
        }
        if !self.is_split(&root) {
            return root;
        }
        // The package of a dependency's folder is unknown.
        let folder = path.parent().filter(|folder| *folder != root && *folder != root.join("deps"));
        folder.unwrap_or(path).to_owned()
    }

    /// Whether the files of a folder are packages of their own.
    fn is_split(&mut self, root: &Path) -> bool {
        if let Some(is_split) = self.splits.get(root) {
            return *is_split;
        }
        let paths = self.wit_files(root);
        let files: Vec<Rc<File>> =
            paths.into_iter().filter_map(|path| self.file(path, true)).collect();
        let names: BTreeSet<String> =
            files.iter().filter_map(|file| package_name(&file.document.tree())).collect();
        let is_split = names.len() > 1;
        self.splits.insert(root.to_owned(), is_split);
        is_split
    }

    /// Loads a package with the open texts, unless nothing has changed since it was loaded.
    pub fn load(&mut self, package: &Path) -> LoadResult {
        let overlay = self.overlay();
        self.loads.load(package, &overlay)
    }

    /// Returns the package of a document, if it resolves.
    pub fn loaded(&mut self, uri: &str) -> Option<Rc<Loaded>> {
        let package = self.package(&path_of(uri)?);
        self.load(&package).as_ref().as_ref().ok().cloned()
    }

    /// Returns the package of a document as it was when it last resolved.
    pub fn last_loaded(&mut self, uri: &str) -> Option<Rc<Loaded>> {
        let package = self.package(&path_of(uri)?);
        self.loaded(uri).or_else(|| self.loads.last(&package))
    }

    /// Returns the `witgen.toml` of a package.
    pub fn manifest_of(&mut self, package: &Path) -> Option<PathBuf> {
        let folders = package.ancestors().take(MAX_MANIFEST_FOLDERS);
        let files: Vec<PathBuf> = folders.map(|folder| folder.join(FILE)).collect();
        files.into_iter().find(|file| {
            let manifest = self.manifest(file);
            let project = manifest.and_then(|manifest| manifest.project.as_ref());
            let path = project.and_then(|project| project.package_path());
            path.is_some_and(|path| same_path(&path, package))
        })
    }

    /// Returns the project whose package this is.
    pub fn project(&mut self, package: &Path) -> Option<Rc<Project>> {
        let manifest = self.manifest_of(package)?;
        self.manifest(&manifest)?.project.clone()
    }

    /// Returns a `witgen.toml` as it is in the editor, else on the disk.
    pub fn manifest(&mut self, file: &Path) -> Option<&Manifest> {
        let text = match self.open.get(file) {
            Some((_, _, text)) => Some(text.clone()),
            None => self.read(file),
        };
        match text {
            Some(text) => Some(self.settings.read(file, &text, &self.registries)),
            None => {
                self.settings.forget(file);
                None
            }
        }
    }

    /// Returns the addresses of all open documents of WIT.
    pub fn open_documents(&self) -> Vec<String> {
        let open = self.open.iter().filter(|(path, _)| !is_manifest(path));
        open.map(|(_, (uri, ..))| uri.clone()).collect()
    }

    /// Returns the paths of all open documents of WIT.
    pub fn open_paths(&self) -> Vec<PathBuf> {
        self.open.keys().filter(|path| !is_manifest(path)).cloned().collect()
    }

    /// Returns the addresses of all open documents, each `witgen.toml` among them.
    pub fn all_open(&self) -> Vec<String> {
        self.open.values().map(|(uri, ..)| uri.clone()).collect()
    }

    /// Returns a file of a package, or its `witgen.toml`, that differs from what is on the disk.
    pub fn unsaved(&mut self, package: &Path, manifest: Option<&Path>) -> Option<PathBuf> {
        let is_meant = |path: &Path| {
            path == package || path.parent() == Some(package) || Some(path) == manifest
        };
        let open = self.open.iter().filter(|(path, _)| is_meant(path));
        let open: Vec<(PathBuf, Arc<str>)> =
            open.map(|(path, (_, _, text))| (path.clone(), text.clone())).collect();
        let mut open = open.into_iter();
        open.find_map(|(path, text)| (self.read(&path) != Some(text)).then_some(path))
    }

    /// Returns the open texts by their paths.
    fn overlay(&self) -> BTreeMap<PathBuf, Arc<str>> {
        let open = self.open.iter();
        open.map(|(path, (_, _, text))| (path.clone(), text.clone())).collect()
    }

    /// Returns the names of a file's package and its dependencies.
    pub fn index(&mut self, uri: &str) -> Option<Rc<Index>> {
        let path = path_of(uri).filter(|path| !is_manifest(path))?;
        let root = package_root(&path);
        if let Some(index) = self.indexes.get(&root)
            && index.file(uri).is_some()
        {
            return Some(index.clone());
        }
        let index = Rc::new(Index::new(self.files(&path)));
        self.indexes.insert(root, index.clone());
        Some(index)
    }

    /// Returns the files of the package of a file and of its dependencies, each with its package's name.
    pub fn files(&mut self, opened: &Path) -> Vec<(Rc<File>, String)> {
        let root = &package_root(opened);
        let mut groups = vec![(self.wit_files(root), true)];
        let deps = root.join("deps");
        for entry in entries(&deps) {
            if entry.is_dir() {
                groups.push((self.wit_files(&entry), false));
            } else if is_wit(&entry) {
                groups.push((vec![entry], false));
            }
        }
        if !groups.iter().any(|(paths, _)| paths.iter().any(|path| path == opened)) {
            groups.push((vec![opened.to_owned()], true));
        }
        let mut files = Vec::new();
        for (paths, is_own) in groups {
            let group: Vec<Rc<File>> =
                paths.into_iter().filter_map(|path| self.file(path, is_own)).collect();
            let names: Vec<Option<String>> =
                group.iter().map(|file| package_name(&file.document.tree())).collect();
            let common = names.iter().flatten().next().cloned().unwrap_or_default();
            for (file, name) in group.into_iter().zip(names) {
                files.push((file, name.unwrap_or_else(|| common.clone())));
            }
        }
        self.add_built_in(&mut files);
        files
    }

    /// Adds packages that witgen contains, if the files name them and don't have them.
    fn add_built_in(&mut self, files: &mut Vec<(Rc<File>, String)>) {
        let mut at = 0;
        while at < files.len() {
            let needed = named_packages(&files[at].0.document.tree());
            at += 1;
            for name in needed {
                if files.iter().any(|(_, package)| *package == name) {
                    continue;
                }
                for (path, text) in built_in_files(&name).into_iter().flatten() {
                    if let Ok(uri) = Url::from_file_path(&path) {
                        let file = self.parse(uri.to_string(), path, text, false);
                        files.push((file, name.clone()));
                    }
                }
            }
        }
    }

    fn file(&mut self, path: PathBuf, is_own: bool) -> Option<Rc<File>> {
        let (uri, text) = match self.open.get(&path) {
            Some((uri, _, text)) => (uri.clone(), text.clone()),
            None => (
                Url::from_file_path(&path).ok()?.to_string(),
                self.read(&path)?,
            ),
        };
        Some(self.parse(uri, path, text, is_own))
    }

    /// Parses a file, unless its text is as it was.
    fn parse(&mut self, uri: String, path: PathBuf, text: Arc<str>, is_own: bool) -> Rc<File> {
        if let Some(file) = self.parsed.get(&path)
            && file.document.text == text
            && (&file.uri, file.is_own) == (&uri, is_own)
        {
            return file.clone();
        }
        let file = Rc::new(File {
            uri,
            document: Document::new(text),
            path: path.clone(),
            is_own,
        });
        self.parsed.insert(path, file.clone());
        file
    }

    /// Returns an open document of WIT with its tree.
    pub fn document(&mut self, uri: &str) -> Option<Rc<File>> {
        let path = path_of(uri).filter(|path| !is_manifest(path))?;
        let (uri, _, text) = self.open.get(&path)?;
        let (uri, text) = (uri.clone(), text.clone());
        let is_own = self.parsed.get(&path).is_none_or(|file| file.is_own);
        Some(self.parse(uri, path, text, is_own))
    }

    /// Returns the options for formatting a document, of the nearest `witgen.toml` that has some.
    pub fn format_options(&mut self, uri: &str) -> Options {
        let path = path_of(uri).unwrap_or_default();
        let mut folders = path.ancestors().skip(1).take(MAX_MANIFEST_FOLDERS);
        let width = folders.find_map(|folder| {
            let project = self.manifest(&folder.join(FILE))?.project.as_ref()?;
            Some(project.config().fmt.as_ref()?.width)
        });
        width.map_or_else(Options::default, Options::with_width)
    }

    /// Reads a file, unless it is as it was read before.
    fn read(&mut self, path: &Path) -> Option<Arc<str>> {
        let Ok(metadata) = fs::metadata(path) else {
            self.read.remove(path);
            return None;
        };
        let (modified, length) = (metadata.modified().ok(), metadata.len());
        if let Some(cached) = self.read.get(path)
            && cached.modified == modified
            && cached.length == length
        {
            return Some(cached.text.clone());
        }
        let text: Arc<str> = read::text(path, MAX_WASM_BYTES).ok()?.into();
        let cached = Cached {
            modified,
            length,
            text: text.clone(),
        };
        self.read.insert(path.to_owned(), cached);
        Some(text)
    }

    /// Returns the `.wit` files of a folder, open ones that aren't saved yet among them.
    fn wit_files(&self, folder: &Path) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = entries(folder)
            .into_iter()
            .filter(|path| is_wit(path) && !path.is_dir())
            .chain(self.open.keys().filter(|path| path.parent() == Some(folder)).cloned())
            .collect();
        files.sort();
        files.dedup();
        files
    }
}

/// Returns the folder of the package that a file belongs to: of a file in `deps/`, that of the package around it.
pub(super) fn package_root(path: &Path) -> PathBuf {
    let is_deps = |path: &Path| path.file_name().is_some_and(|name| name == "deps");
    let folders = || path.ancestors().skip(1).take(2);
    let deps = folders().find(|folder| is_deps(folder)).and_then(Path::parent);
    deps.or_else(|| path.parent()).unwrap_or(path).to_owned()
}

fn same_path(one: &Path, other: &Path) -> bool {
    one == other
        || one
            .canonicalize()
            .ok()
            .is_some_and(|one| Some(one) == other.canonicalize().ok())
}

/// Returns the package that a file names.
pub(super) fn package_name(tree: &SyntaxNode) -> Option<String> {
    let line = child(tree, SyntaxKind::PackageLine)?;
    Some(compact(&child(&line, SyntaxKind::PackageName)?))
}

/// Returns the packages that paths in a file name.
fn named_packages(tree: &SyntaxNode) -> Vec<String> {
    let paths = tree.descendants().filter(|node| node.kind() == SyntaxKind::Path);
    let mut names: Vec<String> = paths
        .filter_map(|path| {
            let text = compact(&path);
            let (package, rest) = text.split_once('/')?;
            let version = rest.split_once('@').map_or(String::new(), |(_, it)| format!("@{it}"));
            Some(format!("{package}{version}"))
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

fn is_wit(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "wit")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}
