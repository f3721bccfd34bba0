//! Repositories of git to test with.

use std::path::Path;
use std::process::Command;

/// Runs git in a directory, as an author whom no configuration names; returns what it printed.
#[track_caller]
pub fn git(dir: &Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=a", "-c", "user.email=a@b.c"]).args(args);
    let output = command.current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}
