//! The five minutes of the README, word by word, with a free port in the place of each of its own.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use pretty_assertions::assert_eq;
use testkit::toolchain::{cargo, wasip2_is_installed, witgen};

const README: &str = include_str!("../../README.md");

/// Somebody who types what the README says.
struct Reader {
    dir: PathBuf,
    witgen: PathBuf,
    servers: Vec<Child>,
    ports: BTreeMap<&'static str, String>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        for server in &mut self.servers {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

impl Reader {
    fn run(&mut self, line: &str) {
        let mut line = line.to_owned();
        for (port, free) in &self.ports {
            line = line.replace(&format!("127.0.0.1:{port}"), &format!("127.0.0.1:{free}"));
        }
        let words: Vec<_> = line.split_whitespace().collect();
        let mut command = match words.as_slice() {
            ["cd", folder] => {
                self.dir = self.dir.join(folder).canonicalize().unwrap();
                return;
            }
            ["cp", files @ .., "."] => {
                for file in files {
                    let file = self.dir.join(file);
                    fs::copy(&file, self.dir.join(file.file_name().unwrap())).unwrap();
                }
                return;
            }
            // The test runs only if it is installed.
            ["rustup", "target", "add", _] => return,
            ["curl", "-i", url] => return self.ask(url),
            ["witgen", "serve", args @ ..] => return self.serve(args),
            ["witgen", args @ ..] => {
                let mut witgen = Command::new(&self.witgen);
                witgen.args(args);
                witgen
            }
            ["cargo", args @ ..] => {
                let mut cargo = cargo();
                cargo.args(args);
                cargo
            }
            _ => panic!("`{line}` is no command that this test can run"),
        };
        let output = command.current_dir(&self.dir).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}\n{stderr}");
    }

    fn serve(&mut self, args: &[&str]) {
        // It finds `witgen-serve` on the path, as one that is installed does.
        let folder = Path::new(env!("CARGO_BIN_EXE_witgen-serve")).parent().unwrap();
        let mut command = Command::new(&self.witgen);
        command.arg("serve").args(args).env("PATH", folder);
        command.env("WITGEN_CODE_CACHE", self.dir.join("code"));
        command.current_dir(&self.dir).stderr(Stdio::null());
        let mut server = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(server.stdout.take().unwrap());
        self.servers.push(server);
        stdout.read_line(&mut line).unwrap();
        assert!(line.starts_with("listening on http://"), "{line}");
    }

    /// Asks as curl does, and compares with what the README shows.
    fn ask(&self, url: &str) {
        let mut response = ureq::get(url).call().unwrap();
        let mut shown = format!("HTTP/1.1 {}\n", response.status());
        for (name, value) in response.headers() {
            let value = value.to_str().unwrap();
            // It tells the time.
            let value = if name == "date" { "…" } else { value };
            shown += &format!("{name}: {value}\n");
        }
        shown += "\n";
        shown += &response.body_mut().read_to_string().unwrap();
        let (_, after) = five_minutes().split_once("```text\n").unwrap();
        let (expected, _) = after.split_once("```").unwrap();
        assert_eq!(sorted(&shown), sorted(expected));
    }
}

fn five_minutes() -> &'static str {
    let (_, section) = README.split_once("## Five minutes\n").unwrap();
    section.split_once("\n## ").unwrap().0
}

/// The lines of a response, of which those of the header have no order.
fn sorted(response: &str) -> Vec<&str> {
    let mut lines: Vec<_> = response.lines().collect();
    lines.sort();
    lines
}

#[test]
fn the_five_minutes_end_in_an_answer() {
    if !wasip2_is_installed() {
        return;
    }
    let blocks = five_minutes().split("```sh\n").skip(1);
    let blocks = blocks.map(|block| block.split_once("```").unwrap().0);
    let dir = tempfile::tempdir().unwrap();
    // Of the versions that everything else is tested with.
    let locked = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/guests/Cargo.lock");
    let mut reader = Reader {
        dir: dir.path().to_owned(),
        witgen: witgen(),
        servers: Vec::new(),
        ports: ["3000", "8080", "8081"].map(|port| (port, free_port())).into(),
    };
    for line in blocks.flat_map(str::lines) {
        reader.run(line);
        if let ["witgen", "new", _, name] = line.split_whitespace().collect::<Vec<_>>()[..] {
            fs::copy(&locked, dir.path().join(name).join("Cargo.lock")).unwrap();
        }
    }
    assert_eq!(reader.servers.len(), 3);
}
