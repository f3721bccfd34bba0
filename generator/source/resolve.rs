//! Parses text, and resolves it to a package.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use wit_parser::{PackageName, Resolve, SourceMap, UnresolvedPackage, UnresolvedPackageGroup};

use super::comment::without_plain_comments;
use super::text::{Group, Input, Texts, locate};
use super::world_gates::{self, Foreign, WrittenWorlds};
use super::{Features, Include, Package, Source, builtin, failure, wasm};
use crate::diagnostic::{Diagnostic, Place, Result, SourceFile, codes};
use crate::limits::{self, Graph};
use crate::panics::catch_panic;

/// Parses and resolves text.
pub(super) fn resolve(input: Input, features: &Features, source: Source) -> Result<Package> {
    let mut resolve = Resolve::new();
    features.apply(&mut resolve);
    for path in &input.encoded {
        wasm::merge_dependency(&mut resolve, path)?;
    }

    let mut texts = Texts::new();
    let mut includes = BTreeMap::new();
    let mut worlds = WrittenWorlds::new();
    let mut parse = |group: Group| -> Result<UnresolvedPackageGroup> {
        let group = parse(group, &mut texts)?;
        for package in std::iter::once(&group.main).chain(&group.nested) {
            collect_includes(package, &mut includes);
            world_gates::collect(package, &mut worlds);
        }
        Ok(group)
    };
    let main = parse(input.main)?;
    let mut deps = input.deps.into_iter().map(&mut parse).collect::<Result<Vec<_>>>()?;
    while let Some(group) = builtin::missing(std::iter::once(&main).chain(&deps), &resolve) {
        deps.push(parse(group)?);
    }

    let name = main.main.name.clone();
    if let Some(clash) = deps.iter().find(|dep| dep.main.name == name) {
        let first_file = |group: &UnresolvedPackageGroup| -> Option<String> {
            group.source_map.source_names().next().map(str::to_owned)
        };
        let mut failure = Diagnostic::error(
            codes::DUPLICATE_PACKAGE,
            format!("package `{name}` is defined in two places"),
        );
        for path in [first_file(&main), first_file(clash)].into_iter().flatten() {
            failure = failure.at(Place::path(Path::new(&path)));
        }
        return Err(failure
            .help("remove the copy in `deps/`, or give it another name or version")
            .into());
    }

    refuse_excess(&main, &deps, &resolve, &texts)?;
    let encoded = resolve.packages.iter().map(|(_, package)| package.name.clone());
    let groups = deps.iter().flat_map(|dep| std::iter::once(&dep.main).chain(&dep.nested));
    let own = main.nested.iter().map(|package| package.name.clone());
    let known: Vec<PackageName> =
        encoded.chain(own).chain(groups.map(|package| package.name.clone())).collect();
    match catch_panic(|| resolve.push_groups(main, deps)) {
        Ok(Ok(id)) => {
            world_gates::apply(&mut resolve, &worlds);
            Ok(Package {
                resolve,
                id,
                world: None,
                source,
                texts,
                includes,
            })
        }
        Ok(Err(error)) => Err(failure::resolve(&error, &resolve.source_map, &texts, &known).into()),
        Err(panic) => Err(failure::panicked(&panic, &texts).into()),
    }
}

/// Fails for packages that can't be resolved with a reasonable effort.
fn refuse_excess(
    main: &UnresolvedPackageGroup,
    deps: &[UnresolvedPackageGroup],
    resolved: &Resolve,
    texts: &Texts,
) -> Result<()> {
    let groups: Vec<_> = std::iter::once(main).chain(deps).collect();
    let graph = Graph::of(&groups, resolved);
    let excess = limits::find_deep(&graph).or_else(|| limits::find_large_worlds(&graph));
    let Some(excess) = excess else {
        return Ok(());
    };
    let map = groups.get(excess.group).map(|group| &group.source_map);
    let position = map.and_then(|map| locate(excess.span, map, texts));
    let files = map.into_iter().flat_map(|map| map.source_names()).map(Place::path);
    let failure = match position {
        Some(position) => excess.failure.at(position.into()),
        // A package has no place of its own.
        None => files.fold(excess.failure, Diagnostic::at),
    };
    Err(failure.into())
}

/// Parses the files of one group, and adds them to `texts`.
pub(super) fn parse(group: Group, texts: &mut Texts) -> Result<UnresolvedPackageGroup> {
    for (path, text) in &group.files {
        if let Some((failure, range)) = limits::find_many_parameters(text) {
            let place = Place::source(path.as_str(), text.clone(), range);
            return Err(failure.at(place).into());
        }
    }
    let own_texts: Texts = group
        .files
        .into_iter()
        .map(|(path, text)| (path.clone(), Arc::new(SourceFile::new(path, text))))
        .collect();
    texts.extend(own_texts.clone());
    let parsed = catch_panic(|| {
        let mut map = SourceMap::new();
        for (path, file) in &own_texts {
            map.push_str(path, without_plain_comments(file.text()));
        }
        map.parse()
    });
    match parsed {
        Ok(Ok(group)) => Ok(group),
        Ok(Err((map, error))) => Err(failure::parse(&error, &map, texts).into()),
        Err(panic) => Err(failure::panicked(&panic, &own_texts).into()),
    }
}

/// Adds the `include`s of a package's worlds, by package and world.
fn collect_includes(
    package: &UnresolvedPackage,
    includes: &mut BTreeMap<(PackageName, String), Vec<Include>>,
) {
    let foreign = Foreign::of(package);
    for (_, world) in package.worlds.iter() {
        // The arena also contains stubs of foreign worlds.
        if world.includes.is_empty() {
            continue;
        }
        let written = world.includes.iter().map(|include| Include {
            // The name of an included world, with its package's name if that is another one.
            world: match foreign.worlds.get(&include.id) {
                Some((package, world)) => package.interface_id(world),
                None => package.worlds[include.id].name.clone(),
            },
            renames: include
                .names
                .iter()
                .map(|name| (name.name.clone(), name.as_.clone()))
                .collect(),
            stability: include.stability.clone(),
        });
        let key = (package.name.clone(), world.name.clone());
        includes.insert(key, written.collect());
    }
}
