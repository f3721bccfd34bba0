//! One side's glue of many worlds, as modules of one crate.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wit_parser::WorldId;
use witgen::diagnostic::Failure;
use witgen::emit::{rust_guest, rust_host};
use witgen::fileset::{FileSet, WriteOptions};
use witgen::source::Package;

/// The glue of one side.
pub struct Glue {
    name: &'static str,
    manifest: &'static str,
    /// The rule that refuses a world.
    rule: &'static str,
    render: fn(Package, WorldId, &str) -> Result<FileSet, Failure>,
    modules: Vec<String>,
    refused: usize,
}

impl Glue {
    /// The dependencies of guests.
    pub fn guest() -> Self {
        Glue {
            name: "guest",
            manifest: include_str!("guest.toml"),
            rule: "unsupported-by-wit-bindgen",
            render: |package, world, _| {
                rust_guest::render(package, world, &rust_guest::Options::default())
            },
            modules: Vec::new(),
            refused: 0,
        }
    }

    /// The dependencies of programs that embed components with plain glue.
    pub fn host() -> Self {
        Glue {
            name: "host",
            manifest: include_str!("host.toml"),
            rule: "unsupported-by-wasmtime",
            render: |package, world, module| {
                let options = rust_host::Options {
                    http: false,
                    folder: Some(format!("src/{module}")),
                    ..rust_host::Options::default()
                };
                rust_host::render(package, world, &options)
            },
            modules: Vec::new(),
            refused: 0,
        }
    }

    /// How many worlds have it.
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    fn dir(&self) -> PathBuf {
        Path::new("target/corpus").join(self.name)
    }

    /// Writes the glue of a world, or returns why it isn't supported.
    pub fn make(&mut self, package: &Package, world: WorldId, name: &str) -> Result<(), Failure> {
        let module = format!("m{:03}_{}", self.modules.len(), name.to_lowercase());
        match (self.render)(package.clone(), world, &module) {
            Ok(files) => {
                let folder = self.dir().join("src").join(&module);
                files.write(&folder, &WriteOptions { force: true })?;
                self.modules.push(module);
                Ok(())
            }
            Err(error) if error.code() == self.rule => {
                println!("refused: {error}");
                self.refused += 1;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Checks all of it with the lints that users have.
    pub fn compile(&self, failures: &mut Vec<String>) {
        let dir = self.dir();
        let modules = self.modules.iter().map(|module| format!("mod {module};\n"));
        let lib = format!("#![allow(dead_code)]\n{}", modules.collect::<String>());
        fs::create_dir_all(dir.join("src")).expect("target/ can be written");
        fs::write(dir.join("src/lib.rs"), lib).expect("target/ can be written");
        fs::write(dir.join("Cargo.toml"), self.manifest).expect("target/ can be written");
        // A user's crate is not in this repository, which has a configuration of its own.
        fs::write(dir.join("rustfmt.toml"), "").expect("target/ can be written");
        for args in [
            &["clippy", "--quiet", "--", "-D", "warnings"][..],
            &["fmt", "--check"],
        ] {
            let status = Command::new("cargo")
                .args(args)
                .current_dir(&dir)
                .env("CARGO_TARGET_DIR", "target")
                .status()
                .expect("cargo runs");
            if !status.success() {
                failures.push(format!(
                    "cargo {} fails on the {}'s glue",
                    args.join(" "),
                    self.name
                ));
            }
        }
    }
}

impl fmt::Display for Glue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} modules of glue compile, {} worlds are refused",
            self.name,
            self.len(),
            self.refused
        )
    }
}
