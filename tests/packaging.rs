//! What releases are made of fits together: `cargo binstall` looks for the archives under the names that they get.
//!
//! `scripts/test-packaging.sh` builds, installs and runs them.

use std::path::Path;
use std::process::Command;

use cargo_metadata::{MetadataCommand, Package};
use pretty_assertions::assert_eq;
use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const PACKAGES: [(&str, &str); 2] = [
    ("witgen-toolkit", "witgen"),
    ("witgen-serve", "witgen-serve"),
];

fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(file)).unwrap()
}

/// The targets of releases.
fn targets() -> Vec<String> {
    let targets: Vec<Value> = serde_json::from_str(&read("packaging/targets.json")).unwrap();
    targets
        .iter()
        .map(|target| target["target"].as_str().unwrap().to_owned())
        .collect()
}

fn packages() -> Vec<Package> {
    let metadata = MetadataCommand::new()
        .manifest_path(Path::new(ROOT).join("Cargo.toml"))
        .no_deps()
        .exec()
        .unwrap();
    metadata.packages
}

/// The names of the archives that the script makes for a target.
fn archives(target: &str) -> Vec<String> {
    let output = Command::new("bash")
        .arg(Path::new(ROOT).join("scripts/build-release.sh"))
        .args(["--names", target])
        .args(PACKAGES.map(|(package, _)| package))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let names = String::from_utf8(output.stdout).unwrap();
    names.lines().map(str::to_owned).collect()
}

#[test]
fn cargo_binstall_finds_every_archive() {
    let packages = packages();
    for target in targets() {
        for ((name, program), archive) in PACKAGES.into_iter().zip(archives(&target)) {
            let package = packages.iter().find(|package| *package.name == name).unwrap();
            let version = package.version.to_string();
            let binstall = &package.metadata["binstall"];
            let format = match &binstall["overrides"][&target]["pkg-fmt"] {
                Value::String(format) => format,
                _ => binstall["pkg-fmt"].as_str().unwrap(),
            };
            // It tries `.tgz` and `.tar.gz` for `tgz`.
            let (suffix, ending) = match format {
                "tgz" => (".tar.gz", ""),
                "zip" => (".zip", ".exe"),
                other => panic!("{other}"),
            };
            let fill = |key: &str| {
                let filled = binstall[key].as_str().unwrap().to_owned();
                [
                    ("{ repo }", package.repository.as_deref().unwrap()),
                    ("{ name }", name),
                    ("{ version }", &version),
                    ("{ target }", &target),
                    ("{ archive-suffix }", suffix),
                    ("{ bin }", program),
                    ("{ binary-ext }", ending),
                ]
                .iter()
                .fold(filled, |text, (field, value)| text.replace(field, value))
            };
            let repository = package.repository.as_deref().unwrap();
            assert_eq!(
                fill("pkg-url"),
                format!("{repository}/releases/download/v{version}/{archive}")
            );
            let folder = archive.strip_suffix(suffix).unwrap();
            assert_eq!(fill("bin-dir"), format!("{folder}/{program}{ending}"));
        }
    }
}

#[test]
fn releases_are_built_by_the_rust_that_the_packages_require() {
    let workflow = read(".github/workflows/release.yml");
    for package in packages().iter().filter(|package| package.publish.is_none()) {
        let required = package.rust_version.as_ref().unwrap();
        let rust = format!("RUST: \"{}.{}\"", required.major, required.minor);
        assert!(workflow.contains(&rust), "{rust}");
    }
}

#[test]
fn the_manual_lists_every_target() {
    let manual = read("docs/installing.md");
    for target in targets() {
        assert!(manual.contains(&format!("`{target}`")), "{target}");
    }
}

#[test]
fn a_tag_is_the_version_and_has_a_section_in_the_changelog() {
    let check = |tag: &str| {
        let output = Command::new("bash")
            .arg(Path::new(ROOT).join("scripts/check-tag.sh"))
            .arg(tag)
            .output()
            .unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let version = packages()[0].version.to_string();
    assert!(check("v9.9.9").contains(&format!("expected `v{version}`")));
    let has_section = read("CHANGELOG.md").contains(&format!("## {version}"));
    assert_eq!(check(&format!("v{version}")).is_empty(), has_section);
}
