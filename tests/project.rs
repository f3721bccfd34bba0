//! One manifest, several outputs: `init`, `generate`, `check`.

use std::fs;
use std::path::{Path, PathBuf};

use pretty_assertions::assert_eq;
use tempfile::TempDir;
use testkit::command::{findings, witgen};
use testkit::golden::assert_golden;
use testkit::root;

const MANIFEST: &str = "\
wit = 'wit'

[docs]
out = 'spec'

[golden]
out = 'tests/golden'

[[rust]]
world = 'plugin'
out = 'src/plugin'

[[relation]]
world = 'plugin'
extends = 'base'
adds = ['export run']
";

const WIT: &str = "\
/// A package to try things on.
package a:b@1.0.0;

/// Lines for people.
interface log {
  /// Shows a line: `text`.
  line: func(text: string);
}

/// What every component may use.
world base {
  import log;
}

/// What runs when it is asked to.
world plugin {
  include base;
  /// Runs.
  export run: func();
}
";

/// A crate with a package and a manifest.
fn project() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("wit")).unwrap();
    fs::write(dir.path().join("wit/world.wit"), WIT).unwrap();
    fs::write(dir.path().join("witgen.toml"), MANIFEST).unwrap();
    fs::write(dir.path().join("Cargo.toml"), "").unwrap();
    dir
}

/// All files and what is in them.
fn files(dir: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut pending = vec![dir.to_owned()];
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path)
            } else {
                files.push((path.clone(), fs::read_to_string(path).unwrap()))
            }
        }
    }
    files.sort();
    files
}

fn edit(dir: &TempDir, file: &str, from: &str, to: &str) {
    let path = dir.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn generated_outputs_pass_the_check_and_are_not_written_again() {
    let dir = project();
    let (status, stderr) = witgen(dir.path(), &["generate"]);
    assert_eq!(status, 0, "{stderr}");
    for made in [
        "spec/README.md",
        "tests/golden/worlds/plugin.wit",
        "src/plugin/guest/mod.rs",
        "src/plugin/host/mod.rs",
    ] {
        assert!(dir.path().join(made).is_file(), "{made}: {stderr}");
    }
    let (status, stderr) = witgen(dir.path(), &["check"]);
    assert_eq!(status, 0, "{stderr}");
    assert_eq!(
        stderr,
        "ok: checked 3 outputs, 1 relation and the lint rules\n"
    );
    let (status, stderr) = witgen(dir.path(), &["generate"]);
    assert_eq!(status, 0, "{stderr}");
    assert_eq!(
        stderr,
        "spec is up to date\ntests/golden is up to date\nsrc/plugin is up to date\n"
    );
}

#[test]
fn the_check_finds_everything_at_once_and_changes_nothing() {
    let dir = project();
    witgen(dir.path(), &["generate"]);
    edit(&dir, "spec/README.md", "a:b", "a:c");
    edit(&dir, "tests/golden/fingerprints.txt", "SHA", "sha");
    fs::remove_file(dir.path().join("src/plugin/guest/mod.rs")).unwrap();
    edit(&dir, "witgen.toml", "export run", "export walk");
    edit(
        &dir,
        "wit/world.wit",
        "interface log",
        "/// See `nothing-here`, `log.lines`.\ninterface log",
    );
    let before = files(dir.path());
    let (status, stderr) = witgen(dir.path(), &["check"]);
    assert_eq!(status, 1, "{stderr}");
    for message in [
        "`spec/README.md` differs from what witgen generates",
        "`tests/golden/fingerprints.txt` differs from what witgen generates",
        "`src/plugin/guest/mod.rs` is missing",
        "world `plugin` adds `export run` to `base`, but `adds` doesn't list it",
        "world `plugin` does not add `export walk` to `base`",
        "log.lines",
        "run `witgen generate`",
    ] {
        assert!(stderr.contains(message), "{message}: {stderr}");
    }
    assert_eq!(files(dir.path()), before);
}

#[test]
fn findings_are_one_document_for_programs() {
    let dir = project();
    for (format, is_whole) in [("json", "\"diagnostics\""), ("sarif", "\"runs\"")] {
        let (status, stdout) = findings(dir.path(), &["check", "--format", format]);
        assert_eq!(status, 1, "{stdout}");
        let value: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        assert!(value.to_string().contains(is_whole), "{stdout}");
    }
}

#[test]
fn an_obstacle_to_one_output_prevents_all_writes() {
    let dir = project();
    fs::create_dir_all(dir.path().join("src/plugin/guest")).unwrap();
    fs::write(dir.path().join("src/plugin/guest/mod.rs"), "// mine\n").unwrap();
    let before = files(dir.path());
    let (status, stderr) = witgen(dir.path(), &["generate"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(stderr.contains("error[not-ours]"), "{stderr}");
    assert_eq!(files(dir.path()), before);
    let (status, stderr) = witgen(dir.path(), &["generate", "--force"]);
    assert_eq!(status, 0, "{stderr}");
}

#[test]
fn a_dry_run_lists_files_and_writes_none() {
    let dir = project();
    let before = files(dir.path());
    let (status, stderr) = witgen(dir.path(), &["generate", "--dry-run"]);
    assert_eq!(status, 0, "{stderr}");
    assert!(
        stderr.contains("would be created spec/README.md"),
        "{stderr}"
    );
    assert_eq!(files(dir.path()), before);
}

#[test]
fn errors_in_the_manifest_point_at_their_position() {
    for (from, to, words) in [
        ("[golden]", "[goldne]", "did you mean `golden`?"),
        (
            "out = 'src/plugin'",
            "out = 'spec'",
            "docs and rust plugin are both written into `spec`",
        ),
        (
            "out = 'src/plugin'",
            "out = './tests/../spec/'",
            "are both written into",
        ),
        (
            "out = 'src/plugin'",
            "out = ''",
            "`out` of rust plugin is empty",
        ),
        (
            "world = 'plugin'\nout",
            "world = 'plugn'\nout",
            "did you mean `plugin`?",
        ),
        ("wit = 'wit'", "wit = 'tiw'", "cannot read `tiw`"),
    ] {
        let dir = project();
        edit(&dir, "witgen.toml", from, to);
        let (status, stderr) = witgen(dir.path(), &["generate"]);
        assert_eq!(status, 2, "{stderr}");
        assert!(stderr.contains(words), "{stderr}");
        assert!(stderr.contains("--> witgen.toml"), "{stderr}");
    }
}

#[test]
fn a_missing_manifest_is_reported_with_the_way_to_make_one() {
    let dir = tempfile::tempdir().unwrap();
    for command in ["generate", "check", "watch"] {
        let (status, stderr) = witgen(dir.path(), &[command]);
        assert_eq!(status, 2, "{stderr}");
        assert!(stderr.contains("witgen init"), "{stderr}");
    }
}

#[test]
fn a_manifest_is_made_for_a_package_and_passes_the_check() {
    let dir = project();
    fs::remove_file(dir.path().join("witgen.toml")).unwrap();
    let (status, stderr) = witgen(dir.path(), &["init"]);
    assert_eq!(status, 0, "{stderr}");
    let made = fs::read_to_string(dir.path().join("witgen.toml")).unwrap();
    let relation =
        "[[relation]]\nworld = \"plugin\"\nextends = \"base\"\nadds = [\"export run\"]\n";
    assert!(made.ends_with(relation), "{made}");
    for command in ["generate", "check"] {
        let (status, stderr) = witgen(dir.path(), &[command]);
        assert_eq!(status, 0, "{stderr}");
    }
    let (status, stderr) = witgen(dir.path(), &["init"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(stderr.contains("nothing was changed"), "{stderr}");
}

#[test]
fn a_manifest_is_made_where_the_package_is_the_folder_itself() {
    let dir = tempfile::tempdir().unwrap();
    let (status, stderr) = witgen(dir.path(), &["init"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(!dir.path().join("witgen.toml").exists());
    fs::write(dir.path().join("world.wit"), WIT).unwrap();
    for command in ["init", "generate", "check"] {
        let (status, stderr) = witgen(dir.path(), &[command]);
        assert_eq!(status, 0, "{stderr}");
    }
}

#[test]
fn the_check_reports_broken_wit() {
    let dir = project();
    edit(&dir, "wit/world.wit", "import log;", "import lg;");
    let (status, stderr) = witgen(dir.path(), &["check"]);
    assert_eq!(status, 1, "{stderr}");
    assert!(stderr.contains("wit/world.wit:12:10"), "{stderr}");
}

#[test]
fn the_schema_describes_every_key() {
    let schema: serde_json::Value = serde_json::from_str(&witgen::config::schema()).unwrap();
    let keys = schema["properties"].as_object().unwrap();
    for key in [
        "wit",
        "features",
        "all-features",
        "docs",
        "golden",
        "rust",
        "relation",
        "baseline",
    ] {
        let described = keys[key]["description"].as_str();
        assert!(described.is_some_and(|text| !text.is_empty()), "{key}");
    }
    // The published schema is the same.
    let published = root().join("docs/witgen.schema.json");
    assert_golden(&published, &witgen::config::schema());
}

#[test]
fn a_build_script_makes_what_generate_makes() {
    let dir = project();
    witgen(dir.path(), &["generate"]);
    let out = dir.path().join("out");
    let wit = dir.path().join("wit");
    let glue = witgen::build::Glue::guest(&wit, "plugin");
    let inputs = glue.write_into(&out).unwrap();
    // cargo looks into a directory for whatever changes in it.
    assert_eq!(inputs, std::slice::from_ref(&wit));
    let made =
        |folder: &str, file: &str| fs::read_to_string(dir.path().join(folder).join(file)).unwrap();
    for file in ["mod.rs", "bindings.rs"] {
        assert_eq!(made("out/plugin", file), made("src/plugin/guest", file));
    }
    let error = witgen::build::Glue::guest(&wit, "plugn").write_into(&out);
    assert_eq!(error.unwrap_err().code(), "unknown-world");
}

#[test]
fn this_repository_passes_its_own_check() {
    let (status, stderr) = witgen(Path::new(env!("CARGO_MANIFEST_DIR")), &["check"]);
    assert_eq!(status, 0, "{stderr}");
}

#[test]
fn no_output_is_written_if_one_cannot_be() {
    let dir = project();
    // No process can make a directory there.
    let manifest = MANIFEST.replace("out = 'tests/golden'", "out = '/proc/golden'");
    fs::write(dir.path().join("witgen.toml"), manifest).unwrap();
    let (status, stderr) = witgen(dir.path(), &["generate"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(stderr.contains("/proc/golden"), "{stderr}");
    assert!(stderr.contains("nothing was changed"), "{stderr}");
    for path in ["spec", "src"] {
        assert!(!dir.path().join(path).exists(), "{path}");
    }
}
