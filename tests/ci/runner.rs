//! A job that runs the action: a repository to check out, and what the runner does with the steps.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use testkit::git::git;
use testkit::root;

use crate::action::{self, Action, Step};
use crate::event::Event;
use crate::expression::{Context, holds, interpolated};

/// The package that the repository has.
pub const STORE: &str = "\
/// What a shop sells.
package acme:store@1.0.0;

/// What is on the shelves.
interface goods {
  /// Returns the price of an `item`.
  price: func(item: string) -> u32;
}

/// Sells goods.
world shop {
  export goods;
}
";

const GH: &str = include_str!("gh");

pub struct Job {
    folder: TempDir,
    /// The identity that an attestation gets; none if the action that attests does nothing.
    pub bundle: Option<String>,
}

/// What a run of the action did.
#[derive(Debug, Default)]
pub struct Run {
    /// What all steps printed.
    pub log: String,
    /// The names of the steps that ran.
    pub steps: Vec<String>,
    /// The names of those that failed.
    pub failed: Vec<String>,
    /// The inputs of actions of others, by their names without the commit.
    pub used: BTreeMap<String, BTreeMap<String, String>>,
    /// The outputs of the action.
    pub outputs: BTreeMap<String, String>,
}

impl Job {
    /// Makes a repository with [`STORE`] and a manifest.
    pub fn new() -> Self {
        let job = Job {
            folder: tempfile::tempdir().unwrap(),
            bundle: None,
        };
        for folder in ["origin", "bin", "comments", "release", "home"] {
            fs::create_dir(job.path(folder)).unwrap();
        }
        job.program("gh", GH);
        symlink(
            assert_cmd::cargo::cargo_bin("witgen"),
            job.path("bin/witgen"),
        )
        .unwrap();
        job.write("origin/wit/store.wit", STORE);
        job.write(
            "origin/witgen.toml",
            "[registries]\ndefault = './registry'\n",
        );
        git(
            &job.path("origin"),
            &["init", "--quiet", "--initial-branch", "main"],
        );
        // As code hosts do.
        git(
            &job.path("origin"),
            &["config", "uploadpack.allowAnySHA1InWant", "true"],
        );
        job
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes a program that steps find on their path, instead of any other of that name.
    pub fn program(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        let _ = fs::remove_file(&path);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Commits all files of the repository, and returns the commit.
    pub fn commit(&self) -> String {
        let origin = self.path("origin");
        git(&origin, &["add", "--all"]);
        git(
            &origin,
            &["commit", "--quiet", "--allow-empty", "-m", "change"],
        );
        git(&origin, &["rev-parse", "HEAD"])
    }

    /// Returns the merge commit of a branch in which a file has another text, as GitHub makes it for a pull request.
    pub fn pull_request(&self, file: &str, text: &str) -> String {
        let origin = self.path("origin");
        self.commit();
        git(&origin, &["checkout", "--quiet", "-B", "change"]);
        self.write(&format!("origin/{file}"), text);
        self.commit();
        git(&origin, &["checkout", "--quiet", "main"]);
        git(&origin, &["checkout", "--quiet", "--detach"]);
        git(
            &origin,
            &["merge", "--quiet", "--no-ff", "-m", "merge", "change"],
        );
        let merge = git(&origin, &["rev-parse", "HEAD"]);
        git(&origin, &["checkout", "--quiet", "main"]);
        merge
    }

    /// Checks a commit out without its history, as `actions/checkout` does by default.
    pub fn check_out(&self, commit: &str) {
        let work = self.path("work");
        let _ = fs::remove_dir_all(&work);
        fs::create_dir(&work).unwrap();
        let origin = format!("file://{}", self.path("origin").display());
        git(&work, &["init", "--quiet"]);
        git(&work, &["remote", "add", "origin", &origin]);
        git(
            &work,
            &[
                "fetch",
                "--quiet",
                "--no-tags",
                "--depth=1",
                "origin",
                commit,
            ],
        );
        git(&work, &["checkout", "--quiet", "--detach", commit]);
    }

    /// Returns the comments on the pull request, without their authors.
    pub fn comments(&self) -> Vec<String> {
        let files = fs::read_dir(self.path("comments")).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        let text = |path: &PathBuf| fs::read_to_string(path).unwrap();
        files
            .iter()
            .map(|path| text(path).split_once('\n').unwrap().1.to_owned())
            .collect()
    }

    /// Returns the calls of `gh`, a line each.
    pub fn calls(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Returns the summary of the last run.
    pub fn summary(&self) -> String {
        fs::read_to_string(self.path("summary")).unwrap_or_default()
    }

    /// Checks the event's commit out, and runs the action with these inputs.
    pub fn run(&self, event: &Event, inputs: &[(&str, &str)]) -> Run {
        self.check_out(&event.sha);
        let _ = fs::remove_dir_all(self.path("temp"));
        fs::create_dir(self.path("temp")).unwrap();
        fs::write(self.path("summary"), "").unwrap();
        let action = action::read();
        let mut state = State::new(self, event, &action, inputs);
        let mut run = Run::default();
        for step in &action.runs.steps {
            if !holds(step.condition.as_deref().unwrap_or("success()"), &state) {
                continue;
            }
            run.steps.push(step.name.clone());
            let outcome = match &step.uses {
                Some(uses) => self.use_action(uses, step, &mut state, &mut run),
                None => self.run_script(step, event, &mut state, &mut run),
            };
            if !outcome {
                state.has_failed = true;
                run.failed.push(step.name.clone());
            }
            if let Some(id) = &step.id {
                let outcome = if outcome { "success" } else { "failure" };
                state.values.insert(format!("steps.{id}.outcome"), outcome.to_owned());
            }
        }
        let output = |(name, output): (&String, &action::Output)| {
            (name.clone(), interpolated(&output.value, &state))
        };
        run.outputs = action.outputs.iter().map(output).collect();
        run
    }

    fn use_action(&self, uses: &str, step: &Step, state: &mut State, run: &mut Run) -> bool {
        let (name, _) = uses.split_once('@').unwrap();
        let with = step.with.iter().map(|(key, value)| (key.clone(), interpolated(value, state)));
        run.used.insert(name.to_owned(), with.collect());
        if let ("actions/attest", Some(bundle)) = (name, &self.bundle) {
            state.values.insert(
                "steps.attest.outputs.bundle-path".to_owned(),
                bundle.clone(),
            );
        }
        true
    }

    fn run_script(&self, step: &Step, event: &Event, state: &mut State, run: &mut Run) -> bool {
        let script = self.path("temp/script.sh");
        fs::write(&script, step.run.as_ref().unwrap()).unwrap();
        let output_file = self.path("temp/output");
        fs::write(&output_file, "").unwrap();
        let mut path = state.path.clone();
        path.push(self.path("bin"));
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-eo", "pipefail"])
            .arg(&script)
            .current_dir(self.path("work"))
            .env_clear()
            .env("PATH", std::env::join_paths(path).unwrap())
            .env("HOME", self.path("home"))
            .env("GH_FOLDER", self.folder.path())
            .env("GITHUB_ACTION_PATH", root())
            .env("GITHUB_WORKSPACE", self.path("work"))
            .env("GITHUB_OUTPUT", &output_file)
            .env("GITHUB_PATH", self.path("temp/path"))
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .env("RUNNER_TEMP", self.path("temp"))
            .envs(event.variables())
            .envs(step.env.iter().map(|(name, value)| (name, interpolated(value, state))));
        let output = command.output().unwrap();
        run.log += &String::from_utf8_lossy(&output.stdout);
        run.log += &String::from_utf8_lossy(&output.stderr);
        if let Some(id) = &step.id {
            for (name, value) in outputs(&fs::read_to_string(&output_file).unwrap()) {
                state.values.insert(format!("steps.{id}.outputs.{name}"), value);
            }
        }
        let paths = fs::read_to_string(self.path("temp/path")).unwrap_or_default();
        state.path = paths.lines().rev().map(PathBuf::from).collect();
        output.status.success()
    }
}

/// Reads `NAME=VALUE`, and `NAME<<END` with the lines up to `END`.
fn outputs(text: &str) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let (name, value) = match (line.split_once("<<"), line.split_once('=')) {
            (Some((name, end)), _) if !name.contains('=') => {
                let lines: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
                (name, lines.join("\n"))
            }
            (_, Some((name, value))) => (name, value.to_owned()),
            _ => panic!("no output: {line}"),
        };
        outputs.insert(name.to_owned(), value);
    }
    outputs
}

/// What expressions see while steps run.
struct State {
    values: BTreeMap<String, String>,
    has_failed: bool,
    /// What steps have put in front of the path.
    path: Vec<PathBuf>,
}

impl State {
    fn new(job: &Job, event: &Event, action: &Action, inputs: &[(&str, &str)]) -> Self {
        let mut state = State {
            values: event.context(),
            has_failed: false,
            path: Vec::new(),
        };
        let temp = job.path("temp").display().to_string();
        state.values.insert("runner.temp".to_owned(), temp);
        for (name, input) in &action.inputs {
            let given = inputs.iter().find(|(given, _)| given == name);
            let value = given.map_or_else(
                || interpolated(&input.default, &state),
                |(_, value)| (*value).to_owned(),
            );
            state.values.insert(format!("inputs.{name}"), value);
        }
        for (name, _) in inputs {
            assert!(
                action.inputs.contains_key(*name),
                "there is no input {name}"
            );
        }
        state
    }
}

impl Context for State {
    fn value(&self, name: &str) -> String {
        self.values.get(name).cloned().unwrap_or_default()
    }

    fn status(&self, function: &str) -> bool {
        match function {
            "success" => !self.has_failed,
            "failure" => self.has_failed,
            "cancelled" => false,
            "always" => true,
            _ => panic!("there is no function {function}"),
        }
    }
}

/// Whether a file is there, from the work tree.
pub fn is_published(job: &Job, file: &str) -> bool {
    Path::new(&job.path("work/registry")).join(file).is_file()
}
