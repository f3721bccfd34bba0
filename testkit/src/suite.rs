//! Test programs in which each folder of a directory is a test: named, filterable and parallel.
//!
//! Such a program has `harness = false` in `Cargo.toml`. It accepts the options of `cargo test` and works with
//! `cargo nextest`. Its other tests are functions in a list; the compiler warns about a function that isn't in it.
//!
//! ```no_run
//! use testkit::suite::{Case, Cases, Suite};
//! use testkit::tests;
//!
//! const CASES: Cases = Cases {
//!     folder: "tests/lint",
//!     inputs: &["args", "*.wit"],
//!     golden: "stderr.txt",
//! };
//!
//! fn main() {
//!     Suite::new(file!())
//!         .cases(CASES, lint)
//!         .tests(&tests![every_rule_has_a_page])
//!         .run();
//! }
//!
//! /// Returns what the golden file of a case should contain.
//! fn lint(case: &Case) -> String {
//!     testkit::command::witgen(&case.folder, &["lint", "--wit", "."]).1
//! }
//!
//! fn every_rule_has_a_page() {}
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Trial};

use crate::{golden, root};

/// The tests of a program.
pub struct Suite {
    trials: Vec<Trial>,
}

/// A directory whose folders are cases.
#[derive(Clone, Copy)]
pub struct Cases {
    /// The directory, relative to the repository.
    pub folder: &'static str,
    /// Which files of a case are inputs: names, `*.EXTENSION`, or `*` for all. Folders are always inputs.
    pub inputs: &'static [&'static str],
    /// The name of a case's golden file.
    pub golden: &'static str,
}

/// A folder that is a case.
pub struct Case {
    /// The name of the folder.
    pub name: String,
    /// The folder.
    pub folder: PathBuf,
}

impl Suite {
    /// Makes an empty suite for the source file of the program, `file!()`.
    ///
    /// # Panics
    ///
    /// If the file has `#[test]` functions: the compiler drops them without a warning where there is no harness.
    pub fn new(file: &str) -> Self {
        let source = fs::read_to_string(root().join(file)).expect("the program has a source file");
        assert!(
            !source.lines().any(|line| line.trim() == "#[test]"),
            "{file} has no harness that runs `#[test]` functions; remove the attribute and add them to `tests!`"
        );
        Suite { trials: Vec::new() }
    }

    /// Adds one test for each entry of a directory. `check` returns the text that a case's golden file should
    /// contain.
    ///
    /// A test fails if its entry is not a folder, if the folder contains a file that is neither an input nor the
    /// golden file, or if it contains no input.
    ///
    /// # Panics
    ///
    /// If there are no cases.
    #[must_use]
    pub fn cases(
        mut self,
        cases: Cases,
        check: impl Fn(&Case) -> String + Copy + Send + 'static,
    ) -> Self {
        let folders = cases.list();
        assert!(
            !folders.is_empty(),
            "there are no cases in {}",
            cases.folder
        );
        let suite = Path::new(cases.folder).file_name().expect("a folder has a name");
        for folder in folders {
            let case = Case {
                name: folder.file_name().expect("an entry has a name").display().to_string(),
                folder,
            };
            let name = format!("{}::{}", suite.display(), case.name);
            self.trials.push(Trial::test(name, move || {
                cases.validate(&case)?;
                golden::compare(&case.folder.join(cases.golden), &check(&case))?;
                Ok(())
            }));
        }
        self
    }

    /// Adds tests; [`tests!`](crate::tests) makes the list.
    #[must_use]
    pub fn tests(self, tests: &[(&'static str, fn())]) -> Self {
        tests.iter().fold(self, |suite, (name, test)| suite.test(*name, *test))
    }

    /// Adds a test.
    #[must_use]
    pub fn test(mut self, name: impl Into<String>, test: impl FnOnce() + Send + 'static) -> Self {
        self.trials.push(Trial::test(name, move || {
            test();
            Ok(())
        }));
        self
    }

    /// Runs the tests that the command line selects, and ends the program.
    pub fn run(self) -> ! {
        libtest_mimic::run(&Arguments::from_args(), self.trials).exit()
    }
}

/// Lists functions as tests, with their names.
#[macro_export]
macro_rules! tests {
    ($($test:ident),* $(,)?) => {
        [$((stringify!($test), $test as fn())),*]
    };
}

impl Cases {
    /// Returns the entries of the directory, sorted.
    pub fn list(&self) -> Vec<PathBuf> {
        let folder = root().join(self.folder);
        let mut entries: Vec<_> = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()))
            .map(|entry| entry.unwrap().path())
            .collect();
        entries.sort();
        entries
    }

    fn validate(&self, case: &Case) -> Result<(), String> {
        if !case.folder.is_dir() {
            return Err(format!(
                "{} is not a case: cases are folders",
                case.folder.display()
            ));
        }
        let mut input_count = 0;
        for entry in fs::read_dir(&case.folder).map_err(|error| error.to_string())? {
            let path = entry.map_err(|error| error.to_string())?.path();
            if path.is_dir() || self.is_input(&path) {
                input_count += 1;
            } else if !path.ends_with(self.golden) {
                return Err(format!(
                    "{} is neither an input ({}) nor the golden file ({})",
                    path.display(),
                    self.inputs.join(", "),
                    self.golden
                ));
            }
        }
        if input_count == 0 {
            return Err(format!(
                "{} has no input: {}",
                case.folder.display(),
                self.inputs.join(", ")
            ));
        }
        Ok(())
    }

    fn is_input(&self, path: &Path) -> bool {
        self.inputs.iter().any(|pattern| match pattern.strip_prefix('*') {
            Some("") => !path.ends_with(self.golden),
            Some(extension) => path.to_string_lossy().ends_with(extension),
            None => path.ends_with(pattern),
        })
    }
}

impl Case {
    /// Reads an input.
    ///
    /// # Panics
    ///
    /// If it is missing.
    pub fn read(&self, name: &str) -> String {
        let path = self.folder.join(name);
        fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{} is an input: {error}", path.display()))
    }

    /// Reads an input; returns an empty text if it is missing.
    pub fn read_optional(&self, name: &str) -> String {
        if self.folder.join(name).exists() {
            self.read(name)
        } else {
            String::new()
        }
    }
}
