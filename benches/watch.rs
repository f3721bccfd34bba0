//! How long `witgen watch` takes from a save to the written page: `cargo bench --bench watch`.
//!
//! A copy of this repository's package and manifest is watched, and saved some hundred times; each save
//! changes one line of documentation.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Saves that count, after some that don't.
const SAVES: usize = 400;
const WARM_UP: usize = 20;

/// How long a writer pauses between two saves.
const PAUSE_BETWEEN_SAVES: Duration = Duration::from_millis(30);

struct Watched(Child);

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = tempfile::tempdir().unwrap();
    copy(&root.join("wit"), &dir.path().join("wit"));
    fs::copy(root.join("witgen.toml"), dir.path().join("witgen.toml")).unwrap();
    let manifest = fs::read_to_string(dir.path().join("witgen.toml")).unwrap();
    // What it is compared with stands elsewhere, and watching makes no comparisons.
    let manifest = manifest.split("[baseline]").next().unwrap_or_default();
    fs::write(dir.path().join("witgen.toml"), manifest).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_witgen"))
        .args(["watch", "--quiet"])
        .current_dir(&dir)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _watched = Watched(child);

    let file = dir.path().join("wit/origin.wit");
    let page = dir.path().join("spec/interfaces/origin.md");
    let text = fs::read_to_string(&file).unwrap();
    wait_for(&page, "");
    let mut took = Vec::new();
    for save in 0..WARM_UP + SAVES {
        std::thread::sleep(PAUSE_BETWEEN_SAVES);
        let mark = format!("Save number {save}.");
        let saved = text.replacen(
            "interface origin {",
            &format!("/// {mark}\ninterface origin {{"),
            1,
        );
        // Documentation stands before the gates.
        let saved = saved.replacen(
            &format!("@since(version = 0.3.1002)\n/// {mark}\n"),
            &format!("/// {mark}\n@since(version = 0.3.1002)\n"),
            1,
        );
        let start = Instant::now();
        fs::write(&file, saved).unwrap();
        wait_for(&page, &mark);
        if save >= WARM_UP {
            took.push(start.elapsed());
        }
    }
    took.sort();
    let at = |part: f64| took[((took.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
    println!(
        "{SAVES} saves: median {:.1} ms, 90 % {:.1} ms, 99 % {:.1} ms, longest {:.1} ms",
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0)
    );
}

/// Waits until a file is there and has this text.
fn wait_for(path: &PathBuf, text: &str) {
    let start = Instant::now();
    while !fs::read_to_string(path).is_ok_and(|page| page.contains(text)) {
        assert!(start.elapsed() < Duration::from_secs(10), "no {text}");
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}
