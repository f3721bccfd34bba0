//! Somebody who types what a page says.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use pretty_assertions::assert_eq;
use tempfile::TempDir;
use testkit::home::Home;
use testkit::toolchain::{cargo, witgen};
use testkit_serve::serve::{Served, program};

use crate::blocks::{self, Block};

/// A reader at the shell of a folder.
pub struct Reader {
    pub home: Home,
    /// Where the commands are run.
    pub dir: PathBuf,
    /// The folder with the programs.
    programs: TempDir,
    /// Paths of pages, and those in their place.
    replaced: Vec<(&'static str, &'static str)>,
    /// Files of crates that `witgen new` creates, with their contents.
    files: Vec<(&'static str, String)>,
}

impl Reader {
    /// Makes a reader in an empty folder, whose registry is a directory.
    pub fn new() -> Self {
        let programs = tempfile::tempdir().unwrap();
        symlink(witgen(), programs.path().join("witgen")).unwrap();
        symlink(program(), programs.path().join("witgen-serve")).unwrap();
        let home = Home::with_directory();
        let dir = home.path("work");
        fs::create_dir(&dir).unwrap();
        Reader {
            home,
            dir,
            programs,
            replaced: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Adds a file to crates that `witgen new` creates.
    pub fn add(mut self, path: &'static str, contents: String) -> Self {
        self.files.push((path, contents));
        self
    }

    /// Uses another path in the place of one that tests can't write to.
    pub fn replace(mut self, from: &'static str, to: &'static str) -> Self {
        self.replaced.push((from, to));
        self
    }

    /// Runs all blocks of a page that are no examples.
    pub fn read(&mut self, page: &str) {
        let text = fs::read_to_string(testkit::root().join(page)).unwrap();
        let blocks = blocks::of_page(&text);
        let mut count = 0;
        for block in blocks {
            if let Some(file) = block.file() {
                self.write(file, &block.text);
            } else if block.has_commands() && !block.is_example() {
                self.run_block(page, &block);
                count += 1;
            }
        }
        assert!(count > 0, "{page} has no commands to run");
    }

    /// Writes a file, and makes the folders around it.
    fn write(&self, path: &str, contents: &str) {
        let path = self.dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    fn run_block(&mut self, page: &str, block: &Block) {
        if let Some(folder) = block.folder() {
            let folder = self.dir.join(folder);
            fs::create_dir_all(&folder).unwrap();
            self.dir = folder.canonicalize().unwrap();
        }
        for command in block.commands() {
            let place = format!("{page}:{}: {}", block.line, command.line);
            let mut line = command.line.clone();
            for (from, to) in &self.replaced {
                line = line.replace(from, to);
            }
            let is_server = line.starts_with("witgen serve ") && !line.contains("--check-config");
            if is_server {
                self.serve(&place, &line);
            } else {
                self.run(&place, &line, command.output.as_deref());
            }
            if let ["witgen", "new", _, name] = line.split_whitespace().collect::<Vec<_>>()[..] {
                for (path, contents) in &self.files {
                    self.write(&format!("{name}/{path}"), contents);
                }
            }
        }
    }

    /// Runs a command, and compares its output with the page's.
    pub fn run(&mut self, place: &str, line: &str, shown: Option<&str>) {
        let folder = self.home.path("folder");
        let script = format!("{{ {line}\n}} 2>&1 && pwd > '{}'", folder.display());
        let output = self.shell(&script).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{place}\n{text}");
        if let Some(shown) = shown {
            assert_eq!(text, shown, "{place}");
        }
        self.dir = fs::read_to_string(folder).unwrap().trim().into();
    }

    /// Starts a server at free ports, and stops it when it listens.
    fn serve(&self, place: &str, line: &str) {
        let (line, _comment) = line.split_once(" #").unwrap_or((line, ""));
        let mut words: Vec<_> = line.split_whitespace().collect();
        let mut has_address = false;
        for at in 1..words.len() {
            if ["--listen", "--admin"].contains(&words[at - 1]) {
                has_address |= words[at - 1] == "--listen";
                if !words[at].starts_with("unix:") {
                    words[at] = "127.0.0.1:0";
                }
            }
        }
        if !has_address {
            words.extend(["--listen", "127.0.0.1:0"]);
        }
        let mut served = Served::of(self.shell(&format!("exec {}", words.join(" "))));
        served.signal("TERM");
        assert_eq!(served.end(), Some(0), "{place}\n{:#?}", served.log());
    }

    /// Returns a shell that runs a script with this reader's programs and home.
    fn shell(&self, script: &str) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", script]);
        // Settings of the build that this test belongs to.
        for (name, value) in cargo().get_envs() {
            if value.is_none() {
                shell.env_remove(name);
            }
        }
        for (name, value) in self.home.command(&self.dir).get_envs() {
            match value {
                Some(value) if name != "HOME" => shell.env(name, value),
                Some(_) => &mut shell,
                None => shell.env_remove(name),
            };
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::env::split_paths(&path);
        let folders = std::iter::once(self.programs.path().to_owned()).chain(folders);
        shell
            .env("PATH", std::env::join_paths(folders).unwrap())
            .env("WITGEN_CODE_CACHE", self.home.path("code"))
            .env("GIT_CONFIG_GLOBAL", self.home.path("gitconfig"))
            .current_dir(&self.dir);
        shell
    }
}
