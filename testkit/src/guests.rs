//! The components of `tests/guests`, built to core modules.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use witgen::emit::runtime::Runtime;
use witgen::emit::rust_guest;
use witgen::emit::type_options::TypeOptions;
use witgen::fileset::{WriteOptions, write_file};
use witgen::source::{Features, Package, Source, load};

use crate::toolchain::{TARGET, cargo, lock, target_dir, toolchain};
use crate::{packages, released, root};

/// A component of `tests/guests`.
pub struct Guest {
    /// The name of its crate.
    pub name: &'static str,
    /// The world that its glue is for.
    pub world: &'static str,
    /// Whether its glue is in terms of the crate `http`.
    pub http: bool,
    /// The package that the world is in: the released one, a folder of `tests/packages`, or the
    /// embedded one.
    pub package: Option<&'static str>,
    /// A second world, whose glue uses the runtime of the first, or its types.
    pub second_world: Option<&'static str>,
    /// The derives, attributes and mapped interfaces of the glue of a world.
    pub types: fn(&str) -> TypeOptions,
}

/// The package that was released before this repository's; the crate `wasip3` brings it.
const RELEASED: &str = "released";

/// The component that the generator contains; its crate and its package are there.
const FORWARDER: &str = "forwarder";

/// The scripted guest of the conformance suite with two next hops; its package is in its folder.
const SCRIPTED_ROUTER: &str = "scripted-router";

/// All components that have glue.
pub const GUESTS: [Guest; 34] = [
    Guest::of("bad", "service"),
    Guest::of("beside", "proxy"),
    Guest::of("blocking", "proxy"),
    Guest {
        package: Some("choice"),
        ..Guest::of("choice-unread", "choice")
    },
    Guest {
        http: false,
        ..Guest::of("copy", "proxy")
    },
    Guest::of("echo", "service"),
    Guest::of("fanout", "proxy"),
    Guest {
        http: false,
        package: Some(FORWARDER),
        ..Guest::of(FORWARDER, FORWARDER)
    },
    Guest::of("gate", "proxy"),
    Guest::of("hello", "service"),
    Guest {
        package: Some("labels"),
        ..Guest::of("labels", "labels")
    },
    Guest::of("length", "service"),
    Guest {
        http: false,
        ..Guest::of("mirror", "service")
    },
    Guest {
        package: Some(RELEASED),
        ..Guest::of("old-relay", "middleware")
    },
    Guest {
        http: false,
        package: Some("orders"),
        second_world: Some("pricing"),
        types: orders_types,
        ..Guest::of("orders", "shipping")
    },
    Guest {
        http: false,
        ..Guest::of("outcome", "proxy")
    },
    Guest::of("pass", "proxy"),
    Guest::of("pass-unread", "proxy"),
    Guest {
        package: Some("pipes"),
        ..Guest::of("pipes", "pipes")
    },
    Guest {
        package: Some("edge"),
        ..Guest::of("place", "edge")
    },
    Guest {
        package: Some("everything"),
        ..Guest::of("plain", "all")
    },
    Guest {
        http: false,
        ..Guest::of("raw", "proxy")
    },
    Guest::of("relay", "middleware"),
    Guest::of("rewrite", "proxy"),
    Guest {
        package: Some("router"),
        ..Guest::of("router", "router")
    },
    Guest {
        http: false,
        ..Guest::of("scripted-proxy", "proxy")
    },
    Guest {
        http: false,
        package: Some(SCRIPTED_ROUTER),
        ..Guest::of(SCRIPTED_ROUTER, "router")
    },
    Guest {
        http: false,
        ..Guest::of("scripted-service", "service")
    },
    Guest::of("stamp", "proxy"),
    Guest::of("stamp-unread", "proxy"),
    Guest {
        package: Some("talker"),
        ..Guest::of("talker", "talker")
    },
    Guest::of("timely", "proxy"),
    Guest {
        package: Some("traced"),
        ..Guest::of("traced", "traced")
    },
    Guest {
        second_world: Some("service"),
        ..Guest::of("two-worlds", "proxy")
    },
];

/// The world `pricing` takes its types from the glue of `shipping`.
fn orders_types(world: &str) -> TypeOptions {
    let mut types = TypeOptions::default();
    if world == "pricing" {
        let module = "crate::shipping::bindings::shop::orders::types";
        types.with = vec![("types".into(), module.into())];
        return types;
    }
    types.derives = vec!["PartialEq".into(), "Hash".into(), "Eq".into()];
    types.attributes = [
        ("types.price", "#[derive(Default)]"),
        ("types.currency", "#[derive(Default)]"),
        ("shop:orders/types.currency.euro@1.0.0", "#[default]"),
    ]
    .map(|(item, attribute)| (item.to_owned(), attribute.to_owned()))
    .into();
    types
}

impl Guest {
    const fn of(name: &'static str, world: &'static str) -> Self {
        Guest {
            name,
            world,
            http: true,
            package: None,
            second_world: None,
            types: |_| TypeOptions::default(),
        }
    }

    /// Loads the package that its world is in.
    pub fn package(&self) -> Package {
        match self.package {
            Some(RELEASED) => {
                let folder = released::alone("http");
                let source = Source::Directory(folder.path().to_owned());
                load(&source, &Features::default()).unwrap()
            }
            Some(name) => package(name),
            None => load(&Source::Embedded, &Features::default()).unwrap(),
        }
    }
}

/// Loads a package of `tests/packages`. One without a `deps/` folder gets `wasi:http` and its dependencies.
pub fn package(name: &str) -> Package {
    let folder = match name {
        FORWARDER => forwarder().join("wit"),
        SCRIPTED_ROUTER => root().join("conformance/guest/router/wit"),
        _ => root().join("tests/packages").join(name),
    };
    let load = |folder: &Path| {
        let source = Source::Directory(folder.to_owned());
        load(&source, &Features::default()).unwrap()
    };
    if folder.join("deps").exists() {
        return load(&folder);
    }
    let copy = tempfile::tempdir().unwrap();
    copy_files(&folder, copy.path());
    packages::add_http(copy.path());
    load(copy.path())
}

/// Returns the file of a component's core module. The first call builds all components.
pub fn core_module(name: &str) -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let folder = BUILT.get_or_init(|| {
        let _lock = lock("guests");
        let mut build = toolchain().cargo_build();
        run(build.args(["--release", "--workspace", "--locked"]));
        built().join(TARGET).join("release")
    });
    folder.join(format!("{}.wasm", name.replace('-', "_")))
}

/// Builds one component's core module without paths of this machine in it, and returns its file.
pub fn portable_core_module(name: &str) -> PathBuf {
    let _lock = lock("guests");
    let target = target_dir().join("guests/portable");
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).unwrap();
    // Each registry's folder is named after its host.
    let registries = fs::read_dir(home.join("registry/src")).unwrap();
    let registries = registries.map(|registry| registry.unwrap().path());
    let folders = registries.chain([target_dir().to_owned()]);
    let flags: Vec<_> = folders
        .map(|folder| format!("--remap-path-prefix={}=/crates", folder.display()))
        .collect();
    let mut build = toolchain().cargo_build();
    build.args(["--release", "--locked", "--package", name]);
    build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    run_in(&target, &mut build);
    target
        .join(TARGET)
        .join("release")
        .join(format!("{}.wasm", name.replace('-', "_")))
}

/// Runs cargo for this machine, not for wasm, in the components' workspace: `["test"]`.
pub fn cargo_natively(arguments: &[&str]) {
    let _lock = lock("guests");
    run(cargo().args(arguments));
}

fn run(cargo: &mut Command) {
    run_in(&built(), cargo);
}

fn run_in(target: &Path, cargo: &mut Command) {
    cargo.current_dir(workspace());
    cargo.env("CARGO_TARGET_DIR", target);
    let output = cargo.output().unwrap();
    assert!(
        output.status.success(),
        "{cargo:?} failed:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Where cargo builds them.
fn built() -> PathBuf {
    target_dir().join("guests/target")
}

/// A copy of `tests/guests`, with the glue that belongs beside the sources.
///
/// Only what has changed is written, so that cargo builds only that.
fn workspace() -> PathBuf {
    let copy = target_dir().join("guests/workspace");
    copy_files(&root().join("tests/guests"), &copy);
    copy_files(&forwarder().join("guest"), &copy.join(FORWARDER));
    let scripted = root().join("conformance/guest");
    copy_files(&scripted.join("src"), &copy.join("scripted/src"));
    for part in ["proxy", "router", "service", "wasi-0.2"] {
        let name = format!("scripted-{}", part.replace('.', "-"));
        copy_files(&scripted.join(part), &copy.join(name));
    }
    for guest in &GUESTS {
        write_glue(&copy, guest, guest.world, Runtime::Emit);
        if let Some(world) = guest.second_world {
            let runtime = if guest.http {
                Runtime::At(format!("crate::{}::runtime", guest.world))
            } else {
                Runtime::Emit
            };
            write_glue(&copy, guest, world, runtime);
        }
    }
    copy
}

/// Writes the glue of a world into the crate of a guest.
fn write_glue(workspace: &Path, guest: &Guest, world: &str, runtime: Runtime) {
    let package = guest.package();
    let id = package.select_world(Some(world)).unwrap();
    let options = rust_guest::Options {
        http: guest.http,
        runtime,
        types: (guest.types)(world),
        ..rust_guest::Options::default()
    };
    let glue = rust_guest::render(package, id, &options).unwrap();
    let folder = workspace.join(guest.name).join("src").join(world);
    // The folder is ours.
    let options = WriteOptions { force: true };
    glue.write(&folder, &options).unwrap();
}

fn forwarder() -> PathBuf {
    root().join("generator/compose/forwarder")
}

fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copy = to.join(path.file_name().unwrap());
        if path.file_name().unwrap() == "target" {
            continue;
        }
        if path.is_dir() {
            copy_files(&path, &copy);
            continue;
        }
        let contents = fs::read(&path).unwrap();
        if fs::read(&copy).ok().as_ref() != Some(&contents) {
            write_file(&copy, &contents).unwrap();
        }
    }
}
