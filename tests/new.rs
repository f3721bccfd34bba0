//! `witgen new`, as somebody does who follows the new crate's README to the letter.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use pretty_assertions::assert_eq;
use testkit::command::witgen;
use testkit::components::module_of;
use testkit::toolchain::{
    TARGET, WASIP2, cargo, lock, target_dir, toolchain, wasip2_is_installed, write_script,
};
use witgen::component::{encode, fit, with_async_imports};
use witgen::source::{Features, Source, load};

/// Runs a line of a README in the crate's folder.
fn run(line: &str, dir: &Path) {
    let command = line.split_once(" #").map_or(line, |(command, _)| command);
    let mut words = command.split_whitespace();
    let mut command = match words.next().unwrap() {
        "cargo" => {
            let words: Vec<_> = words.collect();
            match words.as_slice() {
                // Where the target is made of packages, building for it takes more words.
                ["build", "--release", "--target", TARGET] => {
                    let mut cargo = toolchain().cargo_build();
                    cargo.arg("--release");
                    cargo
                }
                words => {
                    let mut cargo = cargo();
                    cargo.args(words);
                    cargo
                }
            }
        }
        "witgen" => {
            let mut witgen = Command::new(assert_cmd::cargo::cargo_bin("witgen"));
            witgen.args(words);
            witgen
        }
        other => panic!("`{other}` is no command that this test can run"),
    };
    let output = command.current_dir(dir).output().unwrap();
    assert!(
        output.status.success(),
        "{line}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The lines of a README's blocks that are for a shell.
fn commands(readme: &str) -> Vec<&str> {
    let blocks = readme.split("```sh\n").skip(1).map(|block| block.split_once("```").unwrap().0);
    blocks.flat_map(str::lines).collect()
}

/// Makes a crate and does what its README says, and what a careful author does besides.
fn try_out(world: &str, target: &str) {
    let _lock = lock("new");
    let dir = target_dir().join("new");
    fs::create_dir_all(&dir).unwrap();
    // An author's crate is not in this repository, which has a configuration of its own.
    fs::write(dir.join("rustfmt.toml"), "").unwrap();
    let name = format!("new-{world}");
    let folder = dir.join(&name);
    // What cargo has built stays: it is the same for all of them, but for the crates themselves.
    let built = folder.join("target");
    let kept = dir.join("target");
    let _ = fs::rename(&built, &kept);
    let _ = fs::remove_dir_all(&folder);
    let (status, stderr) = witgen(&dir, &["new", world, &name, "--target", target]);
    assert_eq!(status, 0, "{stderr}");
    let _ = fs::rename(&kept, &built);
    // The versions of the guests' lock file, so that what is downloaded is the same for all.
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let locked = repository.join("tests/guests/Cargo.lock");
    fs::copy(locked, folder.join("Cargo.lock")).unwrap();

    let readme = fs::read_to_string(folder.join("README.md")).unwrap();
    let commands = commands(&readme);
    assert_eq!(commands.len(), 5, "{commands:#?}");
    for command in commands {
        run(command, &folder);
    }
    let component = if target == TARGET {
        format!("{name}.wasm")
    } else {
        format!("target/{target}/release/{}.wasm", name.replace('-', "_"))
    };
    assert!(folder.join(component).is_file());
    run("cargo fmt --check", &folder);
    run("cargo clippy --all-targets -- -D warnings", &folder);
}

#[test]
fn a_proxy_is_built_and_tested_as_its_readme_says() {
    try_out("proxy", TARGET);
}

#[test]
fn a_service_is_built_and_tested_as_its_readme_says() {
    try_out("service", TARGET);
}

#[test]
fn a_middleware_is_built_and_tested_as_its_readme_says() {
    try_out("middleware", TARGET);
}

#[test]
fn a_proxy_for_wasip2_is_built_and_tested_as_its_readme_says() {
    if wasip2_is_installed() {
        try_out("proxy", WASIP2);
    }
}

#[test]
fn a_build_script_can_generate_the_glue_instead() {
    let _lock = lock("new");
    let dir = target_dir().join("new");
    fs::create_dir_all(&dir).unwrap();
    // Cargo builds less if the crate is called as another one was.
    let folder = dir.join("new-service");
    let (built, kept) = (folder.join("target"), dir.join("target"));
    let _ = fs::rename(&built, &kept);
    let _ = fs::remove_dir_all(&folder);
    let (status, stderr) = witgen(&dir, &["new", "service", "new-service"]);
    assert_eq!(status, 0, "{stderr}");
    let _ = fs::rename(&kept, &built);
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let locked = repository.join("tests/guests/Cargo.lock");
    fs::copy(locked, folder.join("Cargo.lock")).unwrap();

    fs::remove_dir_all(folder.join("src/service")).unwrap();
    let out = folder.join("out");
    let glue = witgen::build::Glue::guest(repository.join("wit"), "service");
    glue.write_into(&out).unwrap();
    let lib = folder.join("src/lib.rs");
    let text = fs::read_to_string(&lib).unwrap();
    let include = "include!(concat!(env!(\"OUT\"), \"/service.rs\"));";
    assert!(text.contains("mod service;"), "{text}");
    fs::write(&lib, text.replacen("mod service;", include, 1)).unwrap();
    let output = cargo().args(["test"]).env("OUT", &out).current_dir(&folder).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
}

#[test]
fn a_folder_with_files_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("mine")).unwrap();
    fs::write(dir.path().join("mine/notes"), "mine").unwrap();
    let (status, stderr) = witgen(dir.path(), &["new", "proxy", "mine"]);
    assert_eq!(status, 2);
    assert!(
        stderr.contains("`mine` already exists and is not empty"),
        "{stderr}"
    );
    let names = fs::read_dir(dir.path().join("mine")).unwrap();
    assert_eq!(names.count(), 1);
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "mine").unwrap();
    fs::create_dir(dir.path().join("folder")).unwrap();
    for to in ["nowhere", "file", "folder"] {
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(to, &link).unwrap();
        let (status, stderr) = witgen(dir.path(), &["new", "proxy", "link"]);
        assert_eq!(status, 2, "{to}: {stderr}");
        assert!(
            stderr.contains("`link` already exists and is not a directory"),
            "{stderr}"
        );
        assert_eq!(fs::read_link(&link).unwrap(), Path::new(to));
        fs::remove_file(link).unwrap();
    }
    assert_eq!(fs::read_to_string(dir.path().join("file")).unwrap(), "mine");
}

#[test]
fn generating_the_glue_again_keeps_the_authors_files() {
    let dir = tempfile::tempdir().unwrap();
    let (status, stderr) = witgen(dir.path(), &["new", "proxy", "mine", "--out", "a/b"]);
    assert_eq!(status, 0, "{stderr}");
    let folder = dir.path().join("a/b");
    let code = folder.join("src/lib.rs");
    fs::write(&code, "// mine\n").unwrap();
    let again = ["rust", "--world", "proxy", "--guest", "--out", "src/proxy"];
    assert_eq!(witgen(&folder, &again).0, 0);
    assert_eq!(fs::read_to_string(&code).unwrap(), "// mine\n");
}

#[test]
fn a_name_that_only_has_other_letters_is_corrected() {
    let dir = tempfile::tempdir().unwrap();
    for (name, corrected) in [
        ("Stamp", "stamp"),
        ("FooBar", "foo-bar"),
        ("a b", "a-b"),
        ("Foo_Bar", "foo_bar"),
        ("HELLO", "hello"),
    ] {
        let (status, stderr) = witgen(dir.path(), &["new", "proxy", name]);
        assert_eq!(status, 0, "{stderr}");
        assert!(
            stderr.contains(&format!("this one is called `{corrected}`")),
            "{stderr}"
        );
        let manifest = fs::read_to_string(dir.path().join(corrected).join("Cargo.toml")).unwrap();
        assert!(
            manifest.contains(&format!("name = \"{corrected}\"")),
            "{manifest}"
        );
    }
}

/// tests/foreign builds and serves them.
#[test]
fn projects_in_other_languages_have_the_wit_that_their_tools_read() {
    let dir = tempfile::tempdir().unwrap();
    let embedded = load(&Source::Embedded, &Features::default()).unwrap();
    for (language, code) in [
        ("c", "component.c"),
        ("javascript", "app.js"),
        ("python", "app.py"),
    ] {
        for world in ["service", "proxy"] {
            let name = format!("{language}-{world}");
            let args = ["new", world, &name, "--lang", language];
            let (status, stderr) = witgen(dir.path(), &args);
            assert_eq!(status, 0, "{stderr}");
            let folder = dir.path().join(&name);
            let text = fs::read_to_string(folder.join(code)).unwrap();
            assert_eq!(text.contains("x-stamp"), world == "proxy", "{text}");
            let readme = fs::read_to_string(folder.join("README.md")).unwrap();
            assert!(readme.contains(&format!("{name}.wasm")), "{readme}");

            // What is built from this WIT fits the package, once its imports are async.
            let source = Source::Directory(folder.join("wit"));
            let package = load(&source, &Features::default()).unwrap();
            let id = package.select_world(Some(world)).unwrap();
            let built = encode(&module_of(&package, id), &[]).unwrap();
            let made = with_async_imports(embedded.resolve(), &built).unwrap();
            assert_eq!(made.is_some(), language == "javascript");
            let built = made.map_or(built, |made| made.component);
            let id = embedded.select_world(Some(world)).unwrap();
            assert_eq!(fit(&embedded, id, &built).result, Ok(()));
        }
    }
}

/// Returns the dependencies of a manifest in TOML: the version of each, and its features.
fn dependencies(manifest: &str) -> BTreeMap<String, (String, Vec<String>)> {
    let manifest: toml::Table = manifest.parse().unwrap();
    let dependencies = manifest["dependencies"].as_table().unwrap().iter();
    dependencies
        .map(|(name, value)| {
            let version = value.as_str().unwrap_or_else(|| value["version"].as_str().unwrap());
            let features = value.get("features").and_then(|features| features.as_array());
            let features = features.into_iter().flatten().map(|it| it.as_str().unwrap().to_owned());
            (name.clone(), (version.to_owned(), features.collect()))
        })
        .collect()
}

#[test]
fn a_host_has_the_dependencies_that_its_glue_lists() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(witgen(dir.path(), &["new", "host", "server"]).0, 0);
    let folder = dir.path().join("server");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let glue = fs::read_to_string(folder.join("src/proxy/mod.rs")).unwrap();
    let (_, listed) = glue.split_once("//! ```toml\n").unwrap();
    let (listed, _) = listed.split_once("//! ```").unwrap();
    let listed: String = listed
        .lines()
        .map(|line| format!("{}\n", line.trim_start_matches("//!")))
        .collect();
    let written = dependencies(&manifest);
    for (name, (version, features)) in dependencies(&listed) {
        let (written_version, written_features) = &written[&name];
        assert_eq!(*written_version, version, "{name}");
        let missing = features.iter().find(|feature| !written_features.contains(feature));
        assert_eq!(missing, None, "{name}");
    }
    for arguments in [
        ["new", "host", "other", "--lang", "python"],
        ["new", "host", "other", "--target", WASIP2],
    ] {
        let (status, message) = witgen(dir.path(), &arguments);
        assert_eq!(status, 2, "{message}");
        assert!(message.contains(arguments[3]), "{message}");
        assert!(!dir.path().join("other").exists());
    }
}

#[test]
fn a_project_that_there_is_no_template_for_is_rejected() {
    let dir = tempfile::tempdir().unwrap();
    for (args, parts) in [
        (
            &["new", "middleware", "a", "--lang", "python"][..],
            ["no template for a middleware in python", "make a proxy"],
        ),
        (
            &["new", "middleware", "a", "--lang", "c"],
            ["no template for a middleware in c", "make a proxy"],
        ),
        (
            &[
                "new",
                "proxy",
                "a",
                "--lang",
                "python",
                "--target",
                "wasm32-wasip2",
            ],
            ["`wasm32-wasip2` is a target of crates in Rust", "leave out"],
        ),
        (
            &["new", "imports", "a", "--lang", "javascript"],
            ["no template for world `imports`", "templates: "],
        ),
        (
            &["new", "proxy", "a", "--lang", "cobol"],
            ["invalid value 'cobol'", "python"],
        ),
    ] {
        let (status, stderr) = witgen(dir.path(), args);
        assert_eq!(status, 2, "{stderr}");
        assert!(parts.iter().all(|part| stderr.contains(part)), "{stderr}");
        assert!(!dir.path().join("a").exists());
    }
}

#[cfg(unix)]
#[test]
fn the_target_is_the_installed_one() {
    let dir = tempfile::tempdir().unwrap();
    let readme = |name: &str| fs::read_to_string(dir.path().join(name).join("README.md")).unwrap();
    // A toolchain that has the standard library of one target, of the other, and of none.
    for (name, installed, target, note) in [
        (
            "both",
            "wasm32-wasip2 wasm32-unknown-unknown",
            "wasm32-wasip2",
            false,
        ),
        (
            "old",
            "wasm32-unknown-unknown",
            "wasm32-unknown-unknown",
            false,
        ),
        ("none", "", "wasm32-wasip2", true),
    ] {
        let tools = dir.path().join(format!("{name}-tools"));
        fs::create_dir(&tools).unwrap();
        for target in installed.split_whitespace() {
            fs::create_dir(tools.join(target)).unwrap();
        }
        let script = format!("#!/bin/sh\necho {}/$4\n", tools.display());
        write_script(&tools.join("rustc"), &script).unwrap();
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("witgen"));
        command
            .args(["new", "service", name])
            .current_dir(dir.path())
            .env("PATH", &tools)
            .env_remove("RUSTC");
        let output = command.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{stderr}");
        let build = format!("cargo build --release --target {target}\n");
        assert!(readme(name).contains(&build), "{name}");
        let install = "install its target: rustup target add wasm32-wasip2";
        assert_eq!(stderr.contains(install), note, "{stderr}");
    }
}

#[test]
fn invalid_crate_names_are_rejected() {
    let dir = tempfile::tempdir().unwrap();
    for (name, why) in [
        ("", "it is empty"),
        ("a/b", "it is a path"),
        ("1st", "starts with a lower-case letter; try `proxy-1st`"),
        ("-a", "starts with"),
        ("Std", "try `proxy-std`"),
        ("TEST", "try `proxy-test`"),
        ("caf\u{e9}", "consists of"),
        ("match", "a keyword"),
        ("test", "another crate"),
        ("std", "another crate"),
        ("http-body", "another crate"),
        ("wit-bindgen", "another crate"),
    ] {
        let (status, stderr) = witgen(dir.path(), &["new", "proxy", "--", name]);
        assert_eq!(status, 2, "{name}");
        assert!(stderr.contains("error[invalid-name]"), "{stderr}");
        assert!(stderr.contains(why), "{stderr}");
    }
    let (status, stderr) = witgen(dir.path(), &["new", "prxy", "mine"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("did you mean `proxy`?"), "{stderr}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
