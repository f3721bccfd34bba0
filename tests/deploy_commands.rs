//! What users run and see around the manifests of `witgen deploy`: commands, variables, and components in images.

use std::fs;
use std::process::Command;

use pretty_assertions::assert_eq;
use testkit::command::witgen;
use testkit::deployed::{CHAIN, KUBERNETES, prepare};

/// The words after a text in a line of stderr, as a shell reads them.
fn words(stderr: &str, before: &str) -> Vec<String> {
    let line = stderr
        .lines()
        .find_map(|line| line.split_once(before))
        .unwrap_or_else(|| panic!("{stderr}"));
    shlex::split(line.1).unwrap()
}

#[test]
fn commands_find_the_files_from_the_current_directory() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("my chains");
    fs::create_dir(&folder).unwrap();
    let chain = CHAIN.replace("'token'", "\"it's, a token\"").replace(
        "[chains.web]",
        "[[listeners]]\naddress = '0.0.0.0:443'\ntls = { certificate = 'my cert.pem', key = 'key.pem' }\n[[listeners]]\naddress = '0.0.0.0:80'\n[chains.web]",
    );
    prepare(&folder, &chain);
    for name in ["it's, a token", "my cert.pem", "key.pem"] {
        fs::write(folder.join(name), name).unwrap();
    }
    let deploy = |args: &[&str]| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("witgen"));
        command.args(["deploy", "my chains/chain.toml"]).args(args).env("LEVEL", "1");
        let output = command.current_dir(dir.path()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{stderr}");
        stderr
    };
    let is_file = |path: &str| assert!(dir.path().join(path).is_file(), "{path}");

    let stderr = deploy(&["--for", "kubernetes", "--image", "r.example/witgen-serve:1"]);
    let secrets = words(
        &stderr,
        "create the secret: kubectl create secret generic web-secrets ",
    );
    // kubectl reads a line of comma-separated values.
    assert_eq!(
        secrets,
        ["--from-file=\"gate.TOKEN=my chains/it's, a token\""]
    );
    let certificate = words(
        &stderr,
        "create the secret: kubectl create secret tls web-tls-1 ",
    );
    for (word, option) in certificate.iter().zip(["--cert=", "--key="]) {
        is_file(word.strip_prefix(option).unwrap());
    }
    is_file(&words(&stderr, "make such an image: scripts/build-image.py --add ")[0]);

    let package = [
        "--package",
        "acme:web@1.0.0",
        "--registry",
        "r.example",
        "--offline",
    ];
    let out = ["--for", "wasmcloud", "--out", "to run"];
    let stderr = deploy(&[&package[..], &out[..]].concat());
    let publish = words(
        &stderr,
        "publish the component before you apply the manifest: witgen publish ",
    );
    is_file(&publish[0]);
    assert_eq!(
        publish[1..],
        ["--package", "acme:web@1.0.0", "--registry", "r.example"]
    );

    fs::write(
        folder.join("chain.toml"),
        "[members.hello]\ncomponent = 'hello.wasm'\n[chains.web]\nmembers = ['hello']\n",
    )
    .unwrap();
    let stderr = deploy(&[
        "--for",
        "spinkube",
        "--image",
        "r.example/web:1",
        "--out",
        "to run",
    ]);
    let push = words(&stderr, "spin registry push ");
    assert_eq!(push, ["--from", "to run/spin.toml", "r.example/web:1"]);
}

/// What a pod needs to stop depends on times that its own environment must not change.
#[test]
fn a_variable_replaces_no_setting_that_manifests_depend_on() {
    let dir = tempfile::tempdir().unwrap();
    let chain = format!(
        "{}[server]\ngrace = '${{GRACE}}'\n",
        CHAIN.replace("environment", "# environment")
    );
    prepare(dir.path(), &chain);
    let (status, stderr) = witgen(dir.path(), &KUBERNETES);
    assert_eq!(status, 2);
    assert!(
        stderr.contains("needs this value, and `GRACE` isn't set"),
        "{stderr}"
    );
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("witgen"));
    let output = command
        .args(KUBERNETES)
        .env("GRACE", "70s")
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let read =
        |name: &str| fs::read_to_string(dir.path().join("deploy/kubernetes").join(name)).unwrap();
    assert!(read("deployment.yaml").contains("terminationGracePeriodSeconds: 80"));
    assert!(!read("deployment.yaml").contains("GRACE"));
    assert!(read("chain.toml").contains("grace = \"70s\""));
}

/// The script for images and `witgen deploy` agree about which components are files.
#[test]
fn an_image_contains_the_components_that_are_files() {
    let dir = tempfile::tempdir().unwrap();
    let chain = |component: &str| {
        format!("[members.hello]\ncomponent = '{component}'\n[chains.web]\nmembers = ['hello']\n")
    };
    prepare(dir.path(), &chain("acme:hello"));
    // An ELF header without segments is that of a static program.
    let mut program = vec![0; 64];
    program[..5].copy_from_slice(b"\x7fELF\x02");
    fs::write(dir.path().join("program"), program).unwrap();
    let build = || {
        let script = testkit::root().join("scripts/build-image.py");
        let mut command = Command::new(script);
        command.args([
            "--program",
            "program",
            "--add",
            "chain.toml",
            "--out",
            "image",
        ]);
        command.arg("--witgen").arg(assert_cmd::cargo::cargo_bin("witgen"));
        let output =
            command.current_dir(dir.path()).env("SOURCE_DATE_EPOCH", "0").output().unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (is_built, stderr) = build();
    assert!(
        !is_built && stderr.contains("no package `acme:hello`"),
        "{stderr}"
    );
    // These are files to witgen, whether or not they are there.
    for missing in ["acme:hello.wasm", "acme:hello.wat"] {
        fs::write(dir.path().join("chain.toml"), chain(missing)).unwrap();
        let (is_built, stderr) = build();
        assert!(!is_built && stderr.contains("cannot read"), "{stderr}");
    }
    fs::copy(dir.path().join("hello.wasm"), dir.path().join("acme:hello")).unwrap();
    fs::write(dir.path().join("chain.toml"), chain("acme:hello")).unwrap();
    let (is_built, stderr) = build();
    assert!(is_built, "{stderr}");
    let manifests = fs::read_dir(dir.path().join("image/blobs/sha256")).unwrap();
    // A manifest, a configuration, the program, and the component.
    assert_eq!(manifests.count(), 4);
}
