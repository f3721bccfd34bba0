//! `wit/` is the released `wasi:http`, signature for signature, with three additions.
//!
//! `docs/upstream.md` says what to do when these tests fail because a new version was released.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pretty_assertions::assert_eq;
use testkit::golden::assert_golden;
use testkit::released::{self, ADDITIONS, Items};
use testkit::root;
use testkit::tree::copy;
use wit_parser::{Stability, WorldKey};
use witgen::emit::golden::normal_form;
use witgen::model::describe;
use witgen::source::{Features, Source, load};

/// The gate of the additions: the version that they came with.
const GATE_OF_ADDITIONS: &str = "@since(version = 0.3.1002)";

/// Returns the names of the packages in `wit/deps/`.
fn dependencies() -> BTreeSet<String> {
    let entries = fs::read_dir(released::ours().join("deps")).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    files
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

/// All paths of `items` whose item is found wanting.
fn paths(items: &Items, wanting: impl Fn(&released::Item) -> bool) -> Vec<&str> {
    items
        .iter()
        .filter(|(_, item)| wanting(item))
        .map(|(path, _)| path.as_str())
        .collect()
}

#[test]
fn every_released_item_is_here_and_the_additions_are_exactly_these() {
    let released = released::load(&released::folder(), "http");
    let here = released::load(&released::ours(), "http");
    assert_eq!(released::differences(&released, &here), ADDITIONS);
}

#[test]
fn the_built_in_packages_of_wasi_are_the_released_ones() {
    let built_in = tempfile::tempdir().unwrap();
    let copied = built_in.path();
    fs::write(copied.join("all.wit"), "package test:all;").unwrap();
    fs::create_dir(copied.join("deps")).unwrap();
    copy(
        &root().join("generator/source/builtin"),
        &copied.join("deps"),
    );
    fs::remove_file(copied.join("deps/mod.rs")).unwrap();
    let names = fs::read_dir(copied.join("deps")).unwrap().map(|entry| entry.unwrap().path());
    let names: BTreeSet<_> = names
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let expected = ["cli", "clocks", "filesystem", "random", "sockets"];
    assert_eq!(names, expected.map(str::to_owned).into());
    for name in &names {
        let released = released::load(&released::folder(), name);
        let here = released::load(copied, name);
        assert_eq!(
            released::differences(&released, &here),
            Vec::<String>::new(),
            "wasi:{name}"
        );
    }
}

#[test]
fn every_item_of_the_dependencies_is_as_released() {
    let (released_wit, our_wit) = (released::folder(), released::ours());
    let mut differences = Vec::new();
    for name in dependencies() {
        let released = released::load(&released_wit, &name);
        let here = released::load(&our_wit, &name);
        // `wit/deps/` contains what the worlds need: it leaves out other interfaces and worlds.
        let is_left_out = |difference: &String| {
            (difference.starts_with("interface ") || difference.starts_with("world "))
                && difference.ends_with(": released, but not here")
        };
        differences.extend(
            released::differences(&released, &here)
                .into_iter()
                .filter(|difference| !is_left_out(difference))
                .map(|difference| format!("wasi:{name}: {difference}")),
        );
    }
    assert_eq!(differences, [""; 0]);
}

#[test]
fn the_dependencies_hold_what_the_worlds_import_and_nothing_else() {
    let resolve = released::resolve(&released::ours());
    let http = released::package(&resolve, "http");
    let imported: BTreeSet<String> = resolve.packages[http]
        .worlds
        .values()
        .flat_map(|world| resolve.worlds[*world].imports.keys())
        .filter(|key| match key {
            WorldKey::Name(_) => false,
            WorldKey::Interface(id) => resolve.interfaces[*id].package != Some(http),
        })
        .map(|key| resolve.name_world_key(key))
        .collect();
    let held: BTreeSet<String> = resolve
        .interfaces
        .iter()
        .filter(|(_, interface)| interface.package != Some(http))
        .filter_map(|(id, _)| resolve.id_of(id))
        .collect();
    assert_eq!(held, imported);

    for name in dependencies() {
        let package = released::package(&resolve, &name);
        assert!(
            resolve.packages[package].worlds.is_empty(),
            "wasi:{name} needs no world here"
        );
        let documented = released::items(&resolve, package);
        let documented = paths(&documented, |it| {
            it.docs.as_ref().is_some_and(|docs| !docs.is_empty())
                || it.members.iter().any(|it| !it.docs.is_empty())
        });
        assert_eq!(
            documented, [""; 0],
            "signatures only: wasi:{name} in wit/deps"
        );
    }
}

#[test]
fn the_versions_are_the_released_ones_and_the_next() {
    let version = |folder: &Path, name: &str| {
        let resolve = released::resolve(folder);
        let package = released::package(&resolve, name);
        resolve.packages[package].name.version.clone().unwrap()
    };
    let (released_wit, our_wit) = (released::folder(), released::ours());
    for name in dependencies() {
        assert_eq!(
            version(&our_wit, &name),
            version(&released_wit, &name),
            "{name}"
        );
    }
    let mut next = version(&released_wit, "http");
    next.patch += 1000;
    assert_eq!(version(&our_wit, "http"), next);
}

#[test]
fn origin_handler_and_client_have_one_shape() {
    let here = released::load(&released::ours(), "http");
    let shape = "async func(request: wasi:http/types.request) \
                 -> result<wasi:http/types.response, wasi:http/types.error-code>";
    for function in ["handler.handle", "origin.handle", "client.send"] {
        assert_eq!(here[function].text, shape, "{function}");
    }
    let names = |interface: &str| -> Vec<String> {
        let inside = here.keys().filter_map(|path| path.strip_prefix(interface));
        inside.map(String::from).collect()
    };
    assert_eq!(names("origin."), names("handler."));
}

#[test]
fn a_proxy_is_a_service_with_an_origin_and_imports_is_what_a_service_imports() {
    let here = released::load(&released::ours(), "http");
    let inside = |world: &str| -> BTreeSet<String> {
        let prefix = format!("world {world}: ");
        let items = here.keys().filter_map(|path| path.strip_prefix(&prefix));
        items.map(String::from).collect()
    };
    let with = |world: &str, item: &str| {
        let mut items = inside(world);
        items.insert(item.to_string());
        items
    };
    assert_eq!(
        inside("service"),
        with("imports", "export wasi:http/handler")
    );
    assert_eq!(inside("proxy"), with("service", "import wasi:http/origin"));
    assert_eq!(
        inside("middleware"),
        with("service", "import wasi:http/handler")
    );
}

#[test]
fn every_item_carries_its_gate_and_the_new_ones_that_of_their_version() {
    let here = released::load(&released::ours(), "http");
    assert_eq!(paths(&here, |item| item.own == Stability::Unknown), [""; 0]);

    let new = paths(&here, |item| {
        item.within.is_none() && released::gate(&item.since) == GATE_OF_ADDITIONS
    });
    assert_eq!(new, ADDITIONS.map(|it| it.split(':').next().unwrap()));

    let newer_than_released = paths(&here, |item| {
        released::gate(&item.since) == GATE_OF_ADDITIONS
            && item.within.as_deref().is_some_and(|it| !new.contains(&it))
    });
    assert_eq!(newer_than_released, [""; 0]);

    // What our worlds import behind a feature, the released service imports behind it.
    let released = released::load(&released::folder(), "http");
    let unstable = |items: &Items, world: &str| -> BTreeSet<String> {
        let prefix = format!("world {world}: ");
        let paths = paths(items, |item| {
            matches!(item.since, Stability::Unstable { .. })
        });
        paths
            .iter()
            .filter_map(|path| path.strip_prefix(&prefix))
            .map(String::from)
            .collect()
    };
    for world in ["imports", "proxy"] {
        assert_eq!(
            unstable(&here, world),
            unstable(&released, "service"),
            "{world}"
        );
    }
}

#[test]
fn every_item_is_documented_down_to_the_last_case() {
    let here = released::load(&released::ours(), "http");
    let mut undocumented = Vec::new();
    for (path, item) in &here {
        if item.docs.as_deref() == Some("") {
            undocumented.push(path.clone());
        }
        let members = item.members.iter().filter(|it| it.docs.is_empty());
        undocumented.extend(members.map(|it| format!("{path}.{}", it.name)));
    }
    assert_eq!(undocumented, [""; 0]);
}

#[test]
fn the_documentation_is_in_our_own_words() {
    // Eight words in a row are no coincidence.
    let runs = |items: &Items| -> BTreeSet<String> {
        let members = items.values().flat_map(|item| &item.members).map(|it| it.docs.as_str());
        let docs = items.values().filter_map(|item| item.docs.as_deref()).chain(members);
        let texts = docs.map(|text| {
            let words = text.split_whitespace();
            words.map(|it| it.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        });
        texts
            .map(|words| words.filter(|it| !it.is_empty()).collect::<Vec<_>>())
            .flat_map(|words| words.windows(8).map(|run| run.join(" ")).collect::<Vec<_>>())
            .collect()
    };
    let released = runs(&released::load(&released::folder(), "http"));
    let here = runs(&released::load(&released::ours(), "http"));
    assert!(!released.is_empty() && !here.is_empty());
    assert_eq!(
        here.intersection(&released).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
}

#[test]
fn the_package_can_be_encoded_with_its_features_and_without() {
    for all_features in [true, false] {
        let mut resolve = wit_parser::Resolve::new();
        resolve.all_features = all_features;
        let (package, _) = resolve.push_dir(released::ours()).unwrap();
        let bytes = wit_component::encode(&resolve, package, false).unwrap();
        assert!(!bytes.is_empty());
    }
}

/// The comparison is worth what it finds: each line alters `wit/` in one place, `before` to
/// `after`, and names what has to be reported besides the additions.
#[test]
fn one_altered_thing_is_reported_and_nothing_else() {
    let alterations = [
        (
            "append: func(name: field-name, value: field-value)",
            "append: func(name: field-name, value: string)",
            "types.fields.append: released as `func(self: borrow<wasi:http/types.fields>, name: \
             wasi:http/types.field-name, value: wasi:http/types.field-value) -> result<_, \
             wasi:http/types.header-error>`, here `func(self: borrow<wasi:http/types.fields>, \
             name: wasi:http/types.field-name, value: string) -> result<_, \
             wasi:http/types.header-error>`",
        ),
        (
            "append: func(name: field-name, value: field-value)",
            "append: func(name: field-name, line: field-value)",
            "types.fields.append: released as `func(self: borrow<wasi:http/types.fields>, name: \
             wasi:http/types.field-name, value: wasi:http/types.field-value) -> result<_, \
             wasi:http/types.header-error>`, here `func(self: borrow<wasi:http/types.fields>, \
             name: wasi:http/types.field-name, line: wasi:http/types.field-value) -> result<_, \
             wasi:http/types.header-error>`",
        ),
        (
            "send: async func(request: request)",
            "send: func(request: request)",
            "client.send: released as `async func(request: wasi:http/types.request) -> \
             result<wasi:http/types.response, wasi:http/types.error-code>`, here `func(request: \
             wasi:http/types.request) -> result<wasi:http/types.response, \
             wasi:http/types.error-code>`",
        ),
        (
            "    loop-detected,\n",
            "",
            "types.error-code.loop-detected: released, but not here",
        ),
        (
            "    HTTP,\n",
            "    HTTP,\n    FTP,\n",
            "types.scheme.FTP: here, but not released",
        ),
        (
            "    info-code: option<u16>,\n",
            "    info-code: option<u32>,\n",
            "types.DNS-error-payload.info-code: released as `option<u16>`, here `option<u32>`",
        ),
        (
            "    not-supported,\n\n    /// The options are read-only, because they belong to a \
             request.\n    immutable,\n",
            "    immutable,\n    not-supported,\n",
            "types.request-options-error (order): released as `not-supported, immutable, other`, \
             here `immutable, not-supported, other`",
        ),
        (
            "    clone: func() -> fields;",
            "    clone: func() -> fields;\n    @since(version = 0.3.1002)\n    len: func() -> u32;",
            "types.fields.len: here, but not released",
        ),
        (
            "  type trailers = fields;",
            "  type trailers = list<u8>;",
            "types.trailers: released as `type = wasi:http/types.fields`, here `type = list<u8>`",
        ),
        (
            "  @since(version = 0.3.0)\n  type status-code = u16;",
            "  @since(version = 0.3.1)\n  type status-code = u16;",
            "types.status-code: released as `@since(version = 0.3.0)`, here `@since(version = \
             0.3.1)`",
        ),
        (
            "@since(version = 0.3.0)\ninterface client",
            "@since(version = 0.3.1)\ninterface client",
            "interface client: released as `@since(version = 0.3.0)`, here `@since(version = 0.3.1)`",
        ),
        (
            "  @unstable(feature = clocks-timezone)\n  import",
            "  @since(version = 0.3.0)\n  import",
            "world middleware: import wasi:clocks/timezone: released as `@unstable(feature = \
             clocks-timezone)`, here `@since(version = 0.3.0)`\n\
             world service: import wasi:clocks/timezone: released as `@unstable(feature = \
             clocks-timezone)`, here `@since(version = 0.3.0)`",
        ),
        (
            "  @since(version = 0.3.0)\n  export handler;",
            "  @since(version = 0.3.0)\n  export handler;\n  @since(version = 0.3.0)\n  export client;",
            "world middleware: export wasi:http/client: here, but not released\n\
             world service: export wasi:http/client: here, but not released",
        ),
    ];
    let released = released::load(&released::folder(), "http");
    for (before, after, expected) in alterations {
        let altered = altered(before, after);
        let here = released::load(altered.path(), "http");
        let mut differences = released::differences(&released, &here);
        differences.retain(|difference| !ADDITIONS.contains(&difference.as_str()));
        assert_eq!(
            differences,
            expected.lines().collect::<Vec<_>>(),
            "{before:?} became {after:?}"
        );
    }
}

/// A copy of `wit/` with `before` replaced by `after`, which has to occur once.
fn altered(before: &str, after: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&released::ours(), folder.path());
    let mut replaced = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let text = std::fs::read_to_string(&path).unwrap();
            replaced += text.matches(before).count();
            std::fs::write(&path, text.replace(before, after)).unwrap();
        }
    }
    assert_eq!(replaced, 1, "{before:?} has to occur in wit/ once");
    folder
}

/// The file that `witgen.toml` compares the package with. `WITGEN_BLESS=1` rewrites it.
#[test]
fn the_baseline_is_the_normal_form_of_the_released_package() {
    let released = released::alone("http");
    let source = Source::Directory(released.path().to_owned());
    let package = load(&source, &Features::All).unwrap();
    let form = normal_form(&describe(&package));
    assert_golden(&root().join("baseline/wasi-http.wit"), &form);
}
