//! Keeps compiled components for the next start and the next reload.
//!
//! Each file has the name of what its code depends on: the SHA-256 of the component, of wasmtime's version, and of the
//! engine's settings. It starts with the SHA-256 of this name and of the code that follows, so that damage is noticed, and code
//! under the name of another component.
//!
//! The code is native code of this process. Only files that no other user can have written are loaded.

use std::fs;
use std::hash::Hasher;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytesize::ByteSize;
use etcetera::BaseStrategy as _;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tracing::{debug, info, warn};
use wasmtime::component::Component;
use witgen::diagnostic::{Diagnostic, Place, codes};

use super::engine::SharedEngine;

pub mod args;
mod trusted;

use args::CodeCacheArgs;

/// The extension of files with code.
const EXTENSION: &str = "cwasm";
/// The start of names of files that are being written.
const TEMPORARY: &str = ".writing-";
/// How long a file may take to be written; then the process that did so has ended.
const MAX_WRITE_TIME: Duration = Duration::from_secs(3600);
/// The size from which the files that were not used for the longest time are removed.
const MAX_BYTES: u64 = 2 << 30;
/// The length of a SHA-256.
const DIGEST_LENGTH: usize = 32;

/// Compiled components, by what they were compiled from.
#[derive(Debug)]
pub struct CodeCache {
    dir: Option<PathBuf>,
    /// Whether code that can't be kept is an error.
    is_required: bool,
}

impl CodeCache {
    /// Opens the directory, and creates it if it doesn't exist.
    ///
    /// # Errors
    ///
    /// If the directory can't be used, and it was named or code is only to be kept.
    pub fn open(args: &CodeCacheArgs) -> Result<Self, Diagnostic> {
        let in_dir = |dir| CodeCache {
            dir,
            is_required: args.compile_only,
        };
        if args.no_code_cache {
            return Ok(in_dir(None));
        }
        let named = args.code_cache.as_ref().filter(|dir| !dir.as_os_str().is_empty());
        let dir = match named.cloned().or_else(default_dir) {
            Some(dir) => dir,
            None if args.compile_only => {
                let message = "no directory for compiled code is known";
                let error = Diagnostic::error(codes::UNTRUSTED_CODE_CACHE, message);
                return Err(error.help("name a directory of this user with `--code-cache`"));
            }
            None => return Ok(in_dir(None)),
        };
        match trusted::create_directory(&dir) {
            Ok(dir) => Ok(in_dir(Some(dir))),
            Err(why) if named.is_some() || args.compile_only => {
                let message = format!("the code cache can't be used: {why}");
                let error = Diagnostic::error(codes::UNTRUSTED_CODE_CACHE, message)
                    .at(Place::path(&dir))
                    .help("name a directory of this user with `--code-cache`, or pass `--no-code-cache`");
                Err(error)
            }
            Err(why) => {
                info!(target: "server", "compiled components are not cached: {why}");
                Ok(in_dir(None))
            }
        }
    }

    /// Returns the directory, if there is one.
    pub fn dir(&self) -> Option<&Path> {
        self.dir.as_deref()
    }

    /// Returns a member or a chain in compiled form: from the cache, or compiled now and kept. `None` if the engine
    /// can't compile or run it.
    ///
    /// # Errors
    ///
    /// If code is only to be kept, and can't be. Otherwise this is logged, as are files that can't be used.
    pub fn component(
        &self,
        engine: &SharedEngine,
        name: &str,
        component: &[u8],
    ) -> Result<Option<Component>, Diagnostic> {
        let loaded = |code: Vec<u8>| deserialize(engine, &code).ok().map(|it| (it, code));
        let compile = || compile(engine, name, component).and_then(loaded);
        let Some(dir) = &self.dir else {
            return Ok(compile().map(|(compiled, _)| compiled));
        };
        let key = key(engine, component);
        let file = dir.join(&key).with_extension(EXTENSION);
        let unusable = match load(engine, &key, &file) {
            Ok(Some(compiled)) => {
                debug!(target: "server", member = name, "used cached code");
                return Ok(Some(compiled));
            }
            Ok(None) => None,
            Err(why) => Some(why),
        };
        // A component that doesn't compile either, or needs too much memory, has another problem than its cached file.
        let Some((compiled, code)) = compile() else {
            return Ok(None);
        };
        if let Some(why) = unusable {
            let file = file.display();
            warn!(target: "server", %file, "cached code can't be used, so the component was compiled again: {why}");
        }
        if let Err(why) = store(dir, &key, &file, &code) {
            let message = format!("compiled code can't be cached: {why}");
            if self.is_required {
                return Err(Diagnostic::error(codes::CANNOT_WRITE, message).at(Place::path(dir)));
            }
            let dir = dir.display();
            warn!(target: "server", %dir, "{message}");
        }
        Ok(Some(compiled))
    }
}

/// Returns the default directory; `None` if the user has no home.
fn default_dir() -> Option<PathBuf> {
    // If the system can't show whether other users can write a file, a directory must be named explicitly.
    if !cfg!(unix) {
        return None;
    }
    let caches = etcetera::choose_base_strategy().ok()?.cache_dir();
    Some(caches.join("witgen").join("code"))
}

/// The size of a component from which on compiling it may take seconds.
const LARGE: usize = 4 << 20;

/// Compiles, and logs that if it may take a while.
fn compile(engine: &SharedEngine, name: &str, component: &[u8]) -> Option<Vec<u8>> {
    if component.len() >= LARGE {
        let size = ByteSize::b(component.len() as u64);
        info!(target: "server", member = name, "compiling {size:.1}, which can take a minute");
    }
    engine.compile(component).ok()
}

/// Returns the name for what a component is compiled to.
fn key(engine: &SharedEngine, component: &[u8]) -> String {
    let mut hasher = Sha256Hasher(Sha256::new());
    engine.hash_settings(&mut hasher);
    let digest = hasher.0.chain_update(component).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hashes with SHA-256, whose result has all bits.
struct Sha256Hasher(Sha256);

impl Hasher for Sha256Hasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        unreachable!("the whole digest is used")
    }
}

/// Loads a file; `None` if it doesn't exist.
fn load(engine: &SharedEngine, key: &str, path: &Path) -> Result<Option<Component>, String> {
    let Some((file, content)) = trusted::read(path)? else {
        return Ok(None);
    };
    let (digest, code) = content.split_at_checked(DIGEST_LENGTH).ok_or("it is damaged")?;
    if self::digest(key, code)[..] != *digest {
        return Err("it is damaged, or the code of another component".to_owned());
    }
    let compiled = deserialize(engine, code).map_err(|error| format!("{error:#}"))?;
    // Files are removed by the time of their last use. A directory that can only be read has none.
    if let Err(error) = file.set_modified(SystemTime::now()) {
        debug!(target: "server", file = %path.display(), "the time of use is not recorded: {error}");
    }
    Ok(Some(compiled))
}

/// Returns the digest that a file starts with.
fn digest(key: &str, code: &[u8]) -> [u8; DIGEST_LENGTH] {
    Sha256::new().chain_update(key).chain_update(code).finalize().into()
}

/// Loads native code.
#[allow(unsafe_code)]
fn deserialize(engine: &SharedEngine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `code` must be the output of wasmtime's compiler. It is what `compile` has just returned, or the content of a file of
    // the cache. Only `store` writes files with a matching digest into the cache. `trusted::read` has checked that only this user
    // and root could write or replace the file. wasmtime itself checks that the code is for its version and for the engine's settings.
    unsafe { Component::deserialize(engine.get(), code) }
}

/// Writes a file, so that it is always whole.
fn store(dir: &Path, key: &str, path: &Path, code: &[u8]) -> Result<(), String> {
    let write = || -> io::Result<()> {
        remove_old(dir, code.len() as u64)?;
        let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(dir)?;
        file.write_all(&digest(key, code))?;
        file.write_all(code)?;
        trusted::let_others_read(file.as_file())?;
        NamedTempFile::persist(file, path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| error.to_string())
}

/// Whether the name of a file is one that [`key`] returns.
fn is_code(path: &Path) -> bool {
    let is_key = |stem: &str| {
        stem.len() == 2 * DIGEST_LENGTH && stem.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    path.extension().is_some_and(|extension| extension == EXTENSION)
        && path.file_stem().and_then(|stem| stem.to_str()).is_some_and(is_key)
}

/// Removes files that were not used for the longest time until there is room, and what killed processes have left.
fn remove_old(dir: &Path, size: u64) -> io::Result<()> {
    let mut code = Vec::new();
    for entry in fs::read_dir(dir)?.flatten() {
        let path = entry.path();
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        let used = metadata.modified()?;
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            if used.elapsed().is_ok_and(|age| age > MAX_WRITE_TIME) {
                // Another process may have removed it.
                let _ = fs::remove_file(&path);
            }
        } else if is_code(&path) {
            code.push((used, metadata.len(), path));
        }
    }
    code.sort();
    let mut total = size + code.iter().map(|(_, size, _)| size).sum::<u64>();
    for (_, size, path) in code {
        if total <= MAX_BYTES {
            break;
        }
        let _ = fs::remove_file(path);
        total -= size;
    }
    Ok(())
}
