//! A package of a shop in a repository, and what is done to it.

use std::fs;
use std::path::Path;
use std::process::Command;

use pretty_assertions::assert_eq;
use tempfile::TempDir;
use testkit::command::witgen;
use testkit::tree::tree;

pub const RELEASED: &str = "\
/// A shop.
package shop:api@0.3.2;

/// Orders.
@since(version = 0.3.0)
interface orders {
  /// Places an order.
  @since(version = 0.3.0)
  place: func();
  /// Cancels an order.
  // @stabilize-next
  @unstable(feature = cancelling)
  cancel: func();
  /// Tracks an order.
  @unstable(feature = tracking)
  track: func();
  /// Returns an order.
  @unstable(feature = returning)
  give-back: func();
}

/// What clients use.
@since(version = 0.3.0)
world client {
  @since(version = 0.3.0)
  import orders;
}
";

pub const MANIFEST: &str = "\
wit = 'wit'

[docs]
out = 'spec'

[golden]
out = 'golden'

[baseline]
package = 'git:v0.3.2:wit'
";

/// A package in a repository, as it was released, with a marker for the next release.
pub fn shop() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "wit/api.wit", RELEASED);
    write(dir.path(), "witgen.toml", MANIFEST);
    write(dir.path(), ".gitignore", "scratch\n");
    git(&dir, &["init", "--quiet", "--initial-branch=main"]);
    for (key, value) in [
        ("user.name", "somebody"),
        ("user.email", "somebody@example.org"),
        ("commit.gpgsign", "false"),
        ("tag.gpgsign", "false"),
    ] {
        git(&dir, &["config", key, value]);
    }
    commit(&dir);
    git(&dir, &["tag", "v0.3.2"]);
    witgen(dir.path(), &["generate"]);
    commit(&dir);
    dir
}

pub fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub fn edit(dir: &TempDir, file: &str, from: &str, to: &str) {
    let path = dir.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text} has no {from}");
    fs::write(path, text.replace(from, to)).unwrap();
}

pub fn read(dir: &TempDir, path: &str) -> String {
    fs::read_to_string(dir.path().join(path)).unwrap()
}

pub fn git(dir: &TempDir, args: &[&str]) -> String {
    let output = Command::new("git").args(args).current_dir(dir.path()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

pub fn commit(dir: &TempDir) {
    git(dir, &["add", "--all"]);
    git(dir, &["commit", "--quiet", "--message", "more"]);
}

/// Runs a release that must succeed, on a fixed day.
pub fn release(dir: &TempDir, args: &[&str]) -> String {
    let args = [&["release", "--date", "2026-01-31"], args].concat();
    let (status, stderr) = witgen(dir.path(), &args);
    assert_eq!(status, 0, "{stderr}");
    stderr
}

/// Runs a release that must change nothing; returns its status and what it says.
pub fn refused(dir: &TempDir, args: &[&str]) -> (i32, String) {
    let before = tree(dir.path());
    let (status, stderr) = witgen(dir.path(), &[&["release"], args].concat());
    assert_ne!(status, 0, "{stderr}");
    assert_eq!(tree(dir.path()), before, "{args:?} changes files");
    (status, stderr)
}
