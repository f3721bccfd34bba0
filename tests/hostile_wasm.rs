//! WebAssembly that claims more than it has: every command that reads it ends in a message, and in little memory.

use std::fs;
use std::path::Path;
use std::process::Command;

use pretty_assertions::assert_eq;
use testkit::components::{loaded, module};
use testkit::home::Home;

/// A component whose only section has 4 GiB by its header, and nothing behind that.
const CLAIM: &[u8] = b"\0asm\x0d\0\x01\0\x07\xff\xff\xff\xff\x0f\0";

/// The address space that a command gets, in KiB: more than it needs, and less than the section claims.
const MAX_ADDRESS_SPACE: u32 = 2 << 20;

/// Runs `witgen` in a folder with little memory, with the home of a user of registries. Returns its exit status and
/// what it wrote.
fn witgen(home: &Home, dir: &Path, args: &[&str]) -> (Option<i32>, String) {
    let limited = format!("ulimit -v {MAX_ADDRESS_SPACE}; exec \"$@\"");
    let program = home.command(dir);
    let mut command = Command::new("bash");
    command.args(["-c", &limited, "bash"]).arg(program.get_program()).args(args);
    command.current_dir(dir);
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    (output.status.code(), said)
}

/// A core module with a custom section.
fn module_with(name: &str, contents: &[u8]) -> Vec<u8> {
    let mut section = vec![u8::try_from(name.len()).unwrap()];
    section.extend(name.as_bytes());
    section.extend(contents);
    let length = u8::try_from(section.len()).unwrap();
    [b"\0asm\x01\0\0\0\0", &[length][..], &section].concat()
}

#[cfg(unix)]
#[test]
fn a_section_that_is_not_there_takes_no_memory() {
    let home = Home::with_directory();
    home.write("claim.wasm", CLAIM);
    home.write("wit/package.wit", "package a:b; interface i { f: func(); }");
    home.write(
        "app/wit/package.wit",
        "package a:b; interface i { f: func(); }",
    );
    home.write("app/wit/deps/claim.wasm", CLAIM);
    // A registry has it, as a package and as a member of a chain.
    home.write("registry/acme/claim/1.0.0.wasm", CLAIM);
    home.write(
        "needing/wit/package.wit",
        "package me:app; world app { import acme:claim/i@1.0.0; }",
    );
    home.write("world.wasm", module_with("component-type:w", CLAIM));
    home.write("adapter.wasm", module_with("component-type:w", CLAIM));
    home.write("package.wit", "package m:n; world w {}");
    home.write("core.wasm", module(&loaded(&home.path("package.wit"))));
    for (folder, args) in [
        (".", &["inspect", "--wit", "claim.wasm"][..]),
        (".", &["rust", "--wit", "claim.wasm", "--world", "w"]),
        (".", &["docs", "--wit", "claim.wasm"]),
        (".", &["lint", "--wit", "claim.wasm"]),
        (".", &["diff", "claim.wasm", "wit"]),
        (".", &["publish", "claim.wasm", "--package", "a:b@1.0.0"]),
        (".", &["compose", "claim.wasm", "-o", "out.wasm"]),
        (".", &["compose", "world.wasm", "-o", "out.wasm"]),
        (".", &["component", "claim.wasm", "-o", "out.wasm"]),
        (".", &["component", "world.wasm", "-o", "out.wasm"]),
        (
            ".",
            &[
                "component",
                "core.wasm",
                "-o",
                "out.wasm",
                "--adapt",
                "a=adapter.wasm",
            ],
        ),
        (".", &["inspect", "--wit", "acme:claim@1.0.0"]),
        (".", &["compose", "acme:claim@1.0.0", "-o", "out.wasm"]),
        ("app", &["inspect"]),
        ("app", &["fetch"]),
        ("needing", &["fetch"]),
    ] {
        let (status, said) = witgen(&home, &home.path(folder), args);
        assert_eq!(status, Some(2), "{args:?}: {said}");
        assert!(said.contains("error["), "{args:?}: {said}");
        assert!(!home.path("out.wasm").exists(), "{args:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_device_is_not_read_to_its_end() {
    let home = Home::new();
    home.write("wit/package.wit", "package a:b; interface i { f: func(); }");
    let link = |name: &str| {
        let path = home.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink("/dev/zero", path).unwrap();
    };
    for (file, args) in [
        ("wkg.lock", &["fetch"][..]),
        ("wkg.toml", &["fetch"]),
        ("witgen.toml", &["inspect"]),
        ("witgen.toml", &["check"]),
        ("wit/deps/zero.wasm", &["inspect"]),
        ("wit/deps/zero/package.wit", &["inspect"]),
        ("wit/deps/zero.wit", &["fetch"]),
        (
            "zero.toml",
            &["inspect", "--wit", "a:b@1.0.0", "--config", "zero.toml"],
        ),
        ("zero.json", &["lint", "--baseline", "zero.json"]),
        ("zero.wasm", &["component", "zero.wasm", "-o", "out.wasm"]),
        ("zero.wasm", &["compose", "zero.wasm", "-o", "out.wasm"]),
        ("spec/.witgen.json", &["docs"]),
    ] {
        link(file);
        let (status, said) = witgen(&home, &home.path("."), args);
        assert_eq!(status, Some(2), "{file}: {said}");
        assert!(said.contains("error["), "{file}: {said}");
        fs::remove_file(home.path(file)).unwrap();
        let _ = fs::remove_dir(home.path("wit/deps/zero"));
    }
    // What a check compares with isn't read either.
    home.run(&home.path("."), &["docs", "--quiet"]).printed();
    fs::remove_file(home.path("spec/README.md")).unwrap();
    link("spec/README.md");
    let (status, said) = witgen(&home, &home.path("."), &["docs", "--check"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains("README.md` differs from what witgen generates"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn stored_credentials_that_are_a_device_are_no_credentials() {
    let home = Home::with_registry("127.0.0.1:1", &["acme"]);
    fs::create_dir(home.path(".docker")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", home.path(".docker/config.json")).unwrap();
    let args = ["inspect", "--wit", "acme:units@1.0.0"];
    let (status, said) = witgen(&home, &home.path("."), &args);
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("refuses the connection"), "{said}");
}
