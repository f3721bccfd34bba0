//! A user of registries: a home directory with configuration, credentials, a cache and folders to work in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use witgen::registry::{Options, Registries};

/// A home directory, which is removed when it is dropped.
pub struct Home(TempDir);

/// What a run of a program resulted in.
#[derive(Debug)]
pub struct Run {
    /// The exit status.
    pub status: i32,
    /// What was written to stdout.
    pub stdout: String,
    /// What was written to stderr.
    pub stderr: String,
}

impl Run {
    /// Checks that it succeeded, and returns its stdout.
    #[track_caller]
    pub fn printed(self) -> String {
        assert_eq!(self.status, 0, "{}", self.stderr);
        self.stdout
    }

    /// Checks that it failed with this status and printed no result, and returns its stderr.
    #[track_caller]
    pub fn failed(self, status: i32) -> String {
        assert_eq!(self.status, status, "{}{}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "", "a failure has no result");
        self.stderr
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Home {
    /// Makes a home without configuration.
    pub fn new() -> Self {
        let home = Home(tempfile::tempdir().unwrap());
        home.configure("");
        home
    }

    /// Makes a home that is configured to find these namespaces in a registry on this machine.
    pub fn with_registry(host: &str, namespaces: &[&str]) -> Self {
        let home = Home::new();
        let rows = namespaces.iter().map(|name| format!("{name} = \"{host}\"\n"));
        home.configure(&format!(
            "[namespace_registries]\n{}[registry.\"{host}\"]\ntype = \"oci\"\n",
            rows.collect::<String>()
        ));
        home
    }

    /// Makes a home whose registry is its directory `registry`.
    pub fn with_directory() -> Self {
        let home = Home::new();
        let root = home.path("registry").display().to_string();
        home.configure(&format!(
            "default_registry = \"here\"\n[namespace_registries]\nwasi = \"here\"\n\
             [registry.here]\ntype = \"local\"\n[registry.here.local]\nroot = {root:?}\n"
        ));
        home
    }

    /// Returns the path of a file or folder in this home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes the configuration of registries, in wkg's format.
    pub fn configure(&self, text: &str) {
        fs::write(self.path("registries.toml"), text).unwrap();
    }

    /// Writes a file, and makes the folders around it.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Makes a folder with a package in `wit/`, and returns it.
    pub fn package(&self, folder: &str, wit: &str) -> PathBuf {
        self.write(&format!("{folder}/wit/package.wit"), wit);
        self.path(folder)
    }

    /// Returns a command that runs `witgen` in a folder with this home.
    pub fn command(&self, dir: &Path) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("witgen"));
        for name in ["WKG_REGISTRY", "CI", "XDG_DATA_HOME"] {
            command.env_remove(name);
        }
        command
            .current_dir(dir)
            .env("HOME", self.0.path())
            .env("XDG_DATA_HOME", self.path("data"))
            .env("WITGEN_CACHE_DIR", self.path("cache"))
            .env("WKG_CONFIG_FILE", self.path("registries.toml"))
            .env("DOCKER_CONFIG", self.path(".docker"));
        command
    }

    /// Runs `witgen` in a folder with this home.
    pub fn run(&self, dir: &Path, args: &[&str]) -> Run {
        run(self.command(dir).args(args))
    }

    /// Publishes a package without a `witgen.toml`, and returns what is printed.
    pub fn publish(&self, folder: &str, wit: &str) -> String {
        let dir = self.package(folder, wit);
        self.run(&dir, &["publish", "--quiet"]).printed()
    }

    /// Returns the registries of this home, for programs that use the library.
    pub fn registries(&self) -> Registries {
        Registries::new(Options {
            config: Some(self.path("registries.toml")),
            cache: Some(self.path("cache")),
            ..Options::default()
        })
    }
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).expect("witgen prints UTF-8");
    Run {
        status: output.status.code().expect("it ends by itself"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// Splits what `witgen publish` prints into the place and the digest.
#[track_caller]
pub fn published(line: &str) -> (&str, &str) {
    let line = line.strip_suffix('\n').expect("one line");
    line.split_once('@').expect("a place and a digest")
}
