//! From a core module, as cargo leaves it, to a component; and which worlds a component fits.
//!
//! ```no_run
//! use witgen::component;
//! use witgen::source::{Features, Source, load};
//!
//! let module = std::fs::read("target/wasm32-unknown-unknown/release/stamp.wasm").unwrap();
//! let component = component::encode(&module, &[])?;
//! let package = load(&Source::Embedded, &Features::default())?;
//! for fit in component::fits(&package, &component) {
//!     println!("{}: {:?}", fit.world, fit.result);
//! }
//! # Ok::<(), witgen::diagnostic::Failure>(())
//! ```

mod async_imports;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;

use semver::Version;
use wasm_metadata::Producers;
use wasmparser::{CustomSectionReader, Parser, Payload};
use wit_component::{
    ComponentEncoder, DecodedWasm, StringEncoding, dummy_module, embed_component_metadata,
};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve, WorldId, WorldKey};

use crate::decode::{damaged, decode, holds_types_only, not_wasm, require_whole};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::limits::Sizes;
use crate::names::is_semver_compatible;
use crate::panics::{Panic, call, catch_panic};
use crate::source::Package;
use crate::undecodable::{self, Undecodable};

pub use async_imports::{AsyncImports, with_async_imports};

/// The interface of WASI before components. A module that imports it needs an adapter.
const PREVIEW1: &str = "wasi_snapshot_preview1";

/// A module that provides what another one imports, under the imported module's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// The name that it is imported under: `wasi_snapshot_preview1`.
    pub name: String,
    /// The adapter's core module.
    pub module: Vec<u8>,
}

/// Makes a component of a core module whose custom sections say which world it was made for, as
/// generated guest glue puts them there. Text (WAT) is taken too. The same module gives the same
/// bytes.
///
/// # Errors
///
/// A file that isn't a core module, a module without a world, and a module that doesn't have the exports of its world or has
/// imports that the world lacks.
pub fn encode(module: &[u8], adapters: &[Adapter]) -> Result<Vec<u8>> {
    let module = binary(module)?;
    let classified = catch_panic(|| classify(&module, adapters));
    classified.map_err(|panic| damaged(&panic))??;
    let component = call(|| {
        let mut encoder = ComponentEncoder::default();
        encoder.validate(true).module(&module)?;
        for adapter in adapters {
            encoder.adapter(&adapter.name, &adapter.module)?;
        }
        encoder.encode()
    });
    component.map(signed).map_err(|error| unencodable(&error).into())
}

/// The binary form of a module that may be text.
pub(crate) fn binary(module: &[u8]) -> Result<Cow<'_, [u8]>> {
    if module.trim_ascii().is_empty() {
        // As text, an empty file is the empty module, which was never intended.
        return Err(Diagnostic::error(codes::NOT_WASM, "the file is empty")
            .help("check whether the build that writes it failed")
            .into());
    }
    let parsed = catch_panic(|| wat::parse_bytes(module)).map_err(|panic| {
        let message = format!("this is not valid WebAssembly text: {panic}");
        Diagnostic::error(codes::INVALID_WAT, message)
            .help("name the `.wasm` file that cargo left in `target/`")
    })?;
    parsed.map_err(|error| {
        match module.trim_ascii_start().first() {
            Some(b'(' | b';') => {
                let text = error.to_string();
                let message = text.lines().next().unwrap_or_default();
                let position = text
                    .lines()
                    .find_map(|line| line.split("<anon>:").nth(1))
                    .map_or_else(String::new, |at| format!(" at {at}"));
                Diagnostic::error(
                    codes::INVALID_WAT,
                    format!("this is not valid WebAssembly text{position}: {message}"),
                )
                .help("correct it, or name the `.wasm` file that cargo left in `target/`")
            }
            _ => not_wasm(),
        }
        .into()
    })
}

/// Rejects everything except a core module that names its world.
fn classify(module: &[u8], adapters: &[Adapter]) -> Result<()> {
    if Parser::is_component(module) {
        let (what, help) = if holds_types_only(module) {
            (
                "a WIT package",
                "`witgen inspect --wit` shows what is in it",
            )
        } else {
            (
                "a component already",
                "leave out `--adapt`: only core modules are adapted",
            )
        };
        let error = Diagnostic::error(codes::NOT_A_CORE_MODULE, format!("this is {what}"));
        return Err(error.help(help).into());
    }
    if !Parser::is_core_wasm(module) {
        return Err(not_wasm().into());
    }
    let (mut worlds, mut preview1) = (Vec::new(), false);
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(|error| damaged(&error))? {
            Payload::CustomSection(section) => worlds.extend(is_world(&section).then_some(section)),
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    preview1 |= import.map_err(|error| damaged(&error))?.module == PREVIEW1;
                }
            }
            _ => {}
        }
    }
    if worlds.is_empty() {
        return Err(Diagnostic::error(
            codes::NO_WORLD,
            "the module doesn't state the world that it was built for",
        )
        .help("add guest glue to its crate: run `witgen rust --world proxy --out src/proxy`, and write `mod proxy;`").into());
    }
    if preview1 && !adapters.iter().any(|adapter| adapter.name == PREVIEW1) {
        return Err(Diagnostic::error(
            codes::NEEDS_AN_ADAPTER,
            format!("the module imports `{PREVIEW1}`, which components don't have"),
        )
        .help("build it for wasm32-wasip2 or wasm32-unknown-unknown")
        .help(format!("or pass an adapter: --adapt {PREVIEW1}=FILE"))
        .into());
    }
    worlds.iter().try_for_each(require_decodable)?;
    for Adapter { name, module } in adapters {
        for payload in Parser::new(0).parse_all(module) {
            let checked = match payload {
                Ok(Payload::CustomSection(section)) if is_world(&section) => {
                    require_decodable(&section)
                }
                Ok(_) => Ok(()),
                Err(error) => Err(damaged(&error).into()),
            };
            checked.map_err(|error| error.at(Place::argument(format!("--adapt {name}"))))?;
        }
    }
    Ok(())
}

/// Whether a custom section describes a world.
fn is_world(section: &CustomSectionReader<'_>) -> bool {
    section.name().starts_with("component-type")
}

/// Rejects a world that must not be decoded: one that isn't whole, whose packages depend on each other in a
/// circle, or whose types are nested too deeply.
fn require_decodable(section: &CustomSectionReader<'_>) -> Result<()> {
    if let Err(why) = require_whole(section.data()) {
        let name = section.name();
        return Err(damaged_world(&format!("decoding custom section {name}: {why}")).into());
    }
    let message = match undecodable::find(section.data()) {
        None => return Ok(()),
        Some(Undecodable::PackageCycle(package)) => {
            format!(
                "package `{package}` of the world that the module was built for depends on itself"
            )
        }
        Some(Undecodable::TooDeep(what)) => {
            format!("the world that the module was built for can't be read: {what}")
        }
    };
    Err(Diagnostic::error(codes::DAMAGED_WORLD, message)
        .help("build the module again, with glue of this version of witgen")
        .into())
}

/// The error for a section that can't be decoded.
fn damaged_world(why: &str) -> Diagnostic {
    Diagnostic::error(
        codes::DAMAGED_WORLD,
        "the section that names the module's world is damaged",
    )
    .help("build the module again, with glue of this version of witgen")
    .help(format!("in full: {why}"))
}

/// The encoder's failure, with advice for what usually is behind it.
fn unencodable(error: &anyhow::Error) -> Diagnostic {
    let causes = error.chain().map(ToString::to_string);
    // Some causes run over several lines; a message doesn't.
    let chain: Vec<String> = causes
        .map(|cause| cause.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    if chain.iter().any(|cause| cause.starts_with("decoding custom section")) {
        return damaged_world(&chain.join(": "));
    }
    let reason = chain.last().map_or("", String::as_str);
    let mut failure = Diagnostic::error(
        codes::NOT_A_COMPONENT,
        format!("the module can't be turned into a component: {reason}"),
    );
    if chain.iter().any(|cause| cause.contains("export")) {
        failure = failure
            .help("call `export!` in the compiled crate, with the type that implements the world");
    }
    if chain.len() > 1 {
        failure = failure.help(format!("in full: {}", chain.join(": ")));
    }
    failure
}

/// A component with the note that witgen made it (the tool conventions' `producers` section).
pub(crate) fn signed(component: Vec<u8>) -> Vec<u8> {
    let mut producers = Producers::empty();
    producers.add("processed-by", SIGNATURE, env!("CARGO_PKG_VERSION"));
    // A component that was just encoded can be read.
    call(|| producers.add_to_wasm(&component)).unwrap_or(component)
}

/// Whether a component's metadata states that witgen wrote it.
pub fn is_signed(component: &[u8]) -> bool {
    let producers = call(|| Producers::from_wasm(component)).ok().flatten();
    let field = producers.as_ref().and_then(|producers| producers.get("processed-by"));
    field.is_some_and(|field| field.get(SIGNATURE).is_some())
}

/// The processor in the metadata of components that witgen wrote.
const SIGNATURE: &str = "witgen";

/// A component of a world's exact type, which traps when it is called.
pub(crate) fn of_world(resolve: &Resolve, world: WorldId) -> anyhow::Result<Vec<u8>> {
    // The encoder writes out each function's types, wherever one is used.
    if let Some(large) = Sizes::of(resolve).large_world(world) {
        anyhow::bail!(large.text);
    }
    call(|| {
        let abi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
        let mut module = dummy_module(resolve, world, abi);
        embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8, false)?;
        ComponentEncoder::default().module(&module)?.encode()
    })
}

/// Whether a component fits a world.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fit {
    /// The world's full name.
    pub world: String,
    /// Why it doesn't, if it doesn't.
    pub result: std::result::Result<(), String>,
    /// The packages of WASI 0.2 of which it imports interfaces beside those of the world, if it fits.
    pub wasi_0_2: Vec<String>,
}

/// Compares a component with every world of a package. Worlds with the most exports come first, and of these the ones with the
/// fewest imports, so that the first fitting world is the most specific. Semver-compatible versions, such as 0.3.2 and
/// 0.3.1002, count as equal.
pub fn fits(package: &Package, component: &[u8]) -> Vec<Fit> {
    let resolve = package.resolve();
    let mut worlds: Vec<_> = resolve.packages[package.id()].worlds.values().copied().collect();
    worlds.sort_by_key(|id| {
        let world = &resolve.worlds[*id];
        (Reverse(world.exports.len()), world.imports.len())
    });
    worlds.into_iter().map(|id| fit(package, id, component)).collect()
}

/// Tries a component on one world, which may be a dependency's. Interfaces of WASI 0.2 that the component imports beside
/// those of the world don't keep it from fitting: hosts have them, and the toolchains of most languages add them.
pub fn fit(package: &Package, world: WorldId, component: &[u8]) -> Fit {
    let (resolve, name) = (package.resolve(), package.world_id(world));
    let whole = target(resolve, world, component);
    let mut fit = Fit {
        world: name,
        result: whole,
        wasi_0_2: Vec::new(),
    };
    // A world without exports fits every component that imports nothing else.
    if fit.result.is_err()
        && !resolve.worlds[world].exports.is_empty()
        && let Some((rest, beside)) = without_wasi_0_2(component)
    {
        fit.result = target(resolve, world, &rest);
        if fit.result.is_ok() {
            fit.wasi_0_2 = beside;
        }
    }
    fit
}

/// Returns a component of the same type without its imports of WASI 0.2, and the packages of those; `None` if it has none.
fn without_wasi_0_2(component: &[u8]) -> Option<(Vec<u8>, Vec<String>)> {
    let Ok(DecodedWasm::Component(mut resolve, world)) = decode(component) else {
        return None;
    };
    let is_old = |key: &WorldKey| {
        let name = resolve.name_world_key(key);
        let (path, version) = name.split_once('@')?;
        let package = path.split('/').next().filter(|package| package.starts_with("wasi:"))?;
        let version = Version::parse(version).ok()?;
        is_semver_compatible(&version, &Version::new(0, 2, 0)).then(|| package.to_owned())
    };
    let imports = &resolve.worlds[world].imports;
    let old: Vec<_> = imports.keys().filter_map(|key| Some((key.clone(), is_old(key)?))).collect();
    let packages: BTreeSet<String> = old.iter().map(|(_, package)| package.clone()).collect();
    if old.is_empty() {
        return None;
    }
    resolve.worlds[world]
        .imports
        .retain(|key, _| old.iter().all(|(other, _)| other != key));
    Some((
        of_world(&resolve, world).ok()?,
        packages.into_iter().collect(),
    ))
}

/// Tries a component on a world, and returns why it doesn't fit if it doesn't.
pub(crate) fn target(
    resolve: &Resolve,
    world: WorldId,
    component: &[u8],
) -> std::result::Result<(), String> {
    let targets = |is_semver_compatible| {
        call(|| wit_component::targets(resolve, world, component, is_semver_compatible))
    };
    // The decoder panics on a component that exports an instance that it imports (wit-component 0.262). It isn't
    // decoded where versions have to be equal.
    let result = match targets(true) {
        Err(panic) if panic.is::<Panic>() => targets(false).map_err(|_| panic),
        result => result,
    };
    result.map_err(|error| reason(&error))
}

/// Returns the validator's message, from the import or export down to the difference, without the offset in a file that the
/// user doesn't have.
fn reason(error: &anyhow::Error) -> String {
    let message = error.root_cause().to_string();
    let mut lines: Vec<&str> =
        message.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    // The outermost mismatch is that of the world itself.
    if lines.len() > 1 {
        lines.remove(0);
    }
    let steps = lines.iter().map(|line| {
        let line = line.split(" (at offset").next().unwrap_or_default();
        line.trim_start_matches("type mismatch ")
    });
    steps.collect::<Vec<_>>().join(": ")
}
