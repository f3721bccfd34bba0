//! `witgen watch`, with the ways in which editors and people change files.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Longer than anything here takes, on a machine that has other things to do.
const TIMEOUT: Duration = Duration::from_secs(20);

struct Watched {
    dir: TempDir,
    child: Child,
    stderr: Arc<Mutex<String>>,
}

impl Watched {
    fn start() -> Self {
        let manifest = "wit = 'wit'\n[docs]\nout = 'spec'\n[golden]\nout = 'golden'\n";
        let watched =
            Watched::start_with(&[("witgen.toml", manifest), ("wit/a.wit", &wit("first"))]);
        watched.shows("first");
        watched
    }

    fn start_with(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("witgen"))
            .arg("watch")
            .current_dir(&dir)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = Arc::new(Mutex::new(String::new()));
        let (pipe, seen) = (child.stderr.take().unwrap(), stderr.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                let mut seen = seen.lock().unwrap();
                seen.push_str(&line);
                seen.push('\n');
            }
        });
        Watched { dir, child, stderr }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// Waits until something is so.
    #[track_caller]
    fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let start = Instant::now();
        while !is_so() {
            let stderr = self.stderr.lock().unwrap().clone();
            assert!(start.elapsed() < TIMEOUT, "not {what}; so far:\n{stderr}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the page of the interface has a function.
    #[track_caller]
    fn shows(&self, function: &str) {
        let page = self.path("spec/interfaces/i.md");
        let anchor = format!("id=\"i.{function}\"");
        self.until(&format!("showing {function}"), || {
            fs::read_to_string(&page).is_ok_and(|page| page.contains(&anchor))
        });
    }

    #[track_caller]
    fn says(&self, words: &str) {
        self.until(&format!("saying {words}"), || {
            self.stderr.lock().unwrap().contains(words)
        });
    }

    /// As Ctrl-C does it; returns the exit status and all that was said.
    fn interrupt(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(sent.success());
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                std::thread::sleep(Duration::from_millis(50));
                let stderr = self.stderr.lock().unwrap().clone();
                return (status.code(), stderr);
            }
            assert!(start.elapsed() < TIMEOUT, "it goes on");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wit(function: &str) -> String {
    format!("package a:b;\ninterface i {{\n  {function}: func();\n}}\n")
}

fn write(path: &Path, function: &str) {
    fs::write(path, wit(function)).unwrap();
}

#[test]
fn a_save_is_noticed_however_the_editor_saves() {
    let watched = Watched::start();
    let file = watched.path("wit/a.wit");
    write(&file, "in-place");
    watched.shows("in-place");
    let beside = watched.path("wit/.a.wit.swp");
    write(&beside, "by-rename");
    fs::rename(&beside, &file).unwrap();
    watched.shows("by-rename");
    fs::rename(&file, watched.path("wit/a.wit~")).unwrap();
    write(&file, "after-backup");
    watched.shows("after-backup");
    fs::write(watched.path("wit/b.wit"), "interface new-one {}").unwrap();
    let page = watched.path("spec/interfaces/new-one.md");
    watched.until("the new file's page", || page.is_file());
    fs::remove_file(watched.path("wit/b.wit")).unwrap();
    watched.until("the page gone", || !page.exists());
}

#[test]
fn after_a_burst_of_saves_outputs_match_the_last() {
    let watched = Watched::start();
    for at in 0..100 {
        write(&watched.path("wit/a.wit"), &format!("n{at}"));
    }
    watched.shows("n99");
    let golden = watched.path("golden/fingerprints.txt");
    assert!(golden.is_file());
}

#[test]
fn a_directory_may_go_and_come_back() {
    let watched = Watched::start();
    fs::remove_dir_all(watched.path("wit")).unwrap();
    watched.says("cannot read `wit`");
    assert!(watched.path("spec/interfaces/i.md").is_file());
    fs::create_dir(watched.path("wit")).unwrap();
    write(&watched.path("wit/a.wit"), "back");
    watched.shows("back");
    // What is there now is watched as what was there before.
    write(&watched.path("wit/a.wit"), "and-on");
    watched.shows("and-on");
}

#[test]
fn outputs_of_the_last_valid_wit_are_kept_while_it_is_broken() {
    let watched = Watched::start();
    fs::write(
        watched.path("wit/a.wit"),
        "package a:b;\ninterface i {\n  f: fun();\n}\n",
    )
    .unwrap();
    watched.says("wit/a.wit:3:6");
    let page = fs::read_to_string(watched.path("spec/interfaces/i.md")).unwrap();
    assert!(page.contains("id=\"i.first\""), "{page}");
    write(&watched.path("wit/a.wit"), "mended");
    watched.shows("mended");
}

#[test]
fn the_manifest_is_watched_too() {
    let watched = Watched::start();
    fs::create_dir(watched.path("api")).unwrap();
    write(&watched.path("api/a.wit"), "moved");
    let manifest = "wit = 'api'\n[docs]\nout = 'spec'\n";
    fs::write(watched.path("witgen.toml"), manifest).unwrap();
    watched.shows("moved");
    write(&watched.path("api/a.wit"), "still-watched");
    watched.shows("still-watched");
    fs::write(watched.path("witgen.toml"), "wti = 'api'\n").unwrap();
    watched.says("did you mean `wit`?");
    fs::write(watched.path("witgen.toml"), manifest).unwrap();
    write(&watched.path("api/a.wit"), "again");
    watched.shows("again");
}

#[test]
fn examples_are_watched_too() {
    let example = |code: &str| format!("// ANCHOR: i.f\n{code}\n// ANCHOR_END: i.f\n");
    let watched = Watched::start_with(&[
        (
            "witgen.toml",
            "[docs]\nout = 'spec'\nexamples = 'examples'\n",
        ),
        ("wit/a.wit", &wit("f")),
        ("examples/src/a.rs", &example("first();")),
    ]);
    let page = watched.path("spec/interfaces/i.md");
    let has = |text: &str| fs::read_to_string(&page).is_ok_and(|page| page.contains(text));
    watched.until("making the page", || has("first();"));
    fs::write(watched.path("examples/src/a.rs"), example("second();")).unwrap();
    watched.until("making it again", || has("second();"));
    watched.interrupt();
}

#[test]
fn ctrl_c_ends_it_cleanly() {
    let watched = Watched::start();
    let (status, stderr) = watched.interrupt();
    assert_eq!(status, Some(0), "{stderr}");
    assert!(stderr.ends_with("stopped\n"), "{stderr}");
}

#[test]
fn in_a_workspace_a_change_of_one_member_reaches_the_outputs_of_another() {
    let io = "package my:io@1.0.0; interface i { type byte = u8; }";
    let watched = Watched::start_with(&[
        ("witgen.toml", "[workspace]\nmembers = ['http', 'io']\n"),
        ("http/witgen.toml", "[golden]\nout = 'golden'\n"),
        (
            "http/wit/a.wit",
            "package my:http@1.0.0; world w { import my:io/i@1.0.0; }",
        ),
        ("io/a.wit", io),
    ]);
    let golden = watched.path("http/golden/worlds/w.wit");
    let has = |text: &str| fs::read_to_string(&golden).is_ok_and(|golden| golden.contains(text));
    watched.until("making the golden file", || has("type byte = u8;"));
    fs::write(watched.path("io/a.wit"), io.replace("u8", "u16")).unwrap();
    watched.until("making it again", || has("type byte = u16;"));
    watched.interrupt();
}
