//! The command line as a shell sees it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use pretty_assertions::assert_eq;

fn witgen(args: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("witgen"));
    command.args(args).env_remove("CI").env_remove("NO_COLOR");
    command
}

fn run(mut command: Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let status = output.status.code().unwrap();
    (status, text(output.stdout), text(output.stderr))
}

#[test]
fn results_go_to_stdout_and_notes_to_stderr() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = witgen(&["inspect", "origin"]);
    command.current_dir(&dir);
    let (status, stdout, stderr) = run(command);
    assert_eq!(status, 0);
    assert!(
        stdout.starts_with("interface origin  [since 0.3.1002]"),
        "{stdout}"
    );
    assert!(
        stderr.starts_with("using the built-in wasi:http@0.3.1002"),
        "{stderr}"
    );
}

#[test]
fn the_package_is_the_given_one_then_that_of_witgen_toml_then_wit_then_the_embedded_one() {
    let dir = tempfile::tempdir().unwrap();
    let package = |folder: &str, name: &str| {
        let folder = dir.path().join(folder);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("a.wit"), format!("package {name};\n")).unwrap();
    };
    let taken = |args: &[&str]| {
        let mut command = witgen(args);
        command.current_dir(&dir);
        let (_, stdout, _) = run(command);
        stdout.lines().next().unwrap().to_owned()
    };
    assert!(taken(&["inspect"]).starts_with("package wasi:http@0.3.1002"));
    package("wit", "of:wit");
    assert_eq!(taken(&["inspect"]), "package of:wit");
    package("api", "of:config");
    fs::write(dir.path().join("witgen.toml"), "wit = \"api\"\n").unwrap();
    assert_eq!(taken(&["inspect"]), "package of:config");
    package("given", "of:flag");
    assert_eq!(taken(&["inspect", "--wit", "given"]), "package of:flag");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = witgen(&["inspect", "--format", "json", "--all-features"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn colour_is_used_on_terminals_and_on_request() {
    let (_, _, plain) = run(witgen(&["rust", "--world", "prxy"]));
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    let (_, _, colored) = run(witgen(&["rust", "--world", "prxy", "--color", "always"]));
    assert!(colored.contains('\u{1b}'), "{colored:?}");
}

#[test]
fn programs_read_diagnostics_on_stdout_unless_that_has_another_result() {
    for (command, is_result) in [
        (&["rust", "--world", "prxy"][..], true),
        (&["check"], true),
        (&["lint", "--wit", "nowhere"], true),
        (&["docs", "--wit", "nowhere"], true),
        (&["fetch", "--wit", "nowhere"], true),
        (&["inspect", "--wit", "nowhere"], false),
        (&["diff", "nowhere", "nowhere"], false),
        (&["component", "nowhere", "-o", "-"], false),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let mut program = witgen(command);
        program.args(["--format", "json"]).current_dir(&dir);
        let (status, stdout, stderr) = run(program);
        let (document, other) = if is_result {
            (stdout, stderr)
        } else {
            (stderr, stdout)
        };
        assert_eq!(other, "", "{command:?}");
        assert_ne!(status, 0, "{command:?}");
        let report: serde_json::Value = serde_json::from_str(&document).unwrap();
        assert_eq!(report["version"], 1);
        assert_eq!(
            report["diagnostics"].as_array().unwrap().len(),
            1,
            "{document}"
        );
    }
}

#[test]
fn a_failure_can_be_read_by_programs() {
    let (status, stdout, stderr) = run(witgen(&["rust", "--world", "prxy", "--format", "json"]));
    assert_eq!((status, stderr.as_str()), (2, ""));
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["version"], 1);
    assert_eq!(report["diagnostics"][0]["rule"], "unknown-world");
    assert_eq!(
        report["diagnostics"][0]["places"][0]["argument"],
        "--world prxy"
    );
}

#[test]
fn help_lists_only_arguments_of_registries_below_their_heading() {
    for command in [
        "rust", "docs", "golden", "lint", "inspect", "publish", "fetch",
    ] {
        let (status, help, _) = run(witgen(&[command, "--help"]));
        assert_eq!(status, 0);
        let (before, registries) = help.split_once("\nRegistries:\n").unwrap();
        let options = |text: &str| -> Vec<String> {
            let lines = text.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
            lines
                .map(|line| {
                    line.split([' ', '='])
                        .find(|it| it.starts_with("--"))
                        .unwrap_or(line)
                        .to_owned()
                })
                .collect()
        };
        assert_eq!(
            options(registries.split("\n\nGlobal options").next().unwrap()),
            [
                "--registry",
                "--config",
                "--cache",
                "--offline",
                "--timeout"
            ],
            "{command}"
        );
        assert!(!before.contains("--registry"), "{command}: {before}");
    }
}

/// Returns the names of all commands, each of which has a manual page.
fn commands() -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let mut man = witgen(&["man", "--out", "pages"]);
    man.current_dir(&dir);
    assert_eq!(run(man).0, 0);
    let pages = fs::read_dir(dir.path().join("pages")).unwrap();
    let names = pages.filter_map(|page| {
        let page = page.unwrap().file_name().into_string().unwrap();
        Some(page.strip_prefix("witgen-")?.strip_suffix(".1")?.to_owned())
    });
    let mut names: Vec<String> = names.filter(|name| name != "help").collect();
    names.sort();
    names
}

#[test]
fn help_lists_each_command_below_one_task() {
    let (status, help, _) = run(witgen(&["-h"]));
    assert_eq!(status, 0);
    let indented = help.lines().filter_map(|line| line.strip_prefix("  "));
    let mut listed: Vec<&str> = indented
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| !word.starts_with('-'))
        .collect();
    listed.sort_unstable();
    assert_eq!(listed, commands());
    let wide: Vec<&str> = help.lines().filter(|line| line.len() > 80).collect();
    assert_eq!(wide, [""; 0]);
}

#[test]
fn short_help_fits_on_a_screen_and_long_help_has_examples() {
    // The program of `serve` has a help of its own.
    for name in commands().iter().filter(|name| *name != "serve") {
        let (_, short, _) = run(witgen(&[name.as_str(), "-h"]));
        assert!(short.lines().count() <= 45, "{short}");
        assert!(short.contains("\nExamples:\n"), "{short}");
        let (_, long, _) = run(witgen(&[name.as_str(), "--help"]));
        let (_, global) = long.split_once("\nGlobal options:\n").unwrap();
        let (global, _) = global.split_once("\n\nExamples:\n").unwrap();
        assert!(
            global.contains("--quiet") && global.contains("--format"),
            "{long}"
        );
        assert!(!global.contains("--registry"), "{long}");
    }
}

#[test]
fn help_for_serving_needs_no_other_program() {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("witgen");
    fs::copy(assert_cmd::cargo::cargo_bin("witgen"), &program).unwrap();
    let serve = |args: &[&str]| {
        let mut command = Command::new(&program);
        command.arg("serve").args(args).env("PATH", dir.path());
        run(command)
    };
    for flag in ["--help", "-h"] {
        let (status, stdout, stderr) = serve(&[flag]);
        assert_eq!((status, stderr.as_str()), (0, ""));
        assert!(stdout.contains("--listen <ADDR"), "{stdout}");
    }
    let (status, _, stderr) = serve(&["hello.wasm"]);
    assert_eq!(status, 2);
    assert!(
        stderr.contains("`witgen serve` needs `witgen-serve`"),
        "{stderr}"
    );
}

#[test]
fn an_unknown_command_gets_the_nearest_and_help_is_a_result() {
    let (status, stdout, stderr) = run(witgen(&["inspct"]));
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("'inspect'"), "{stderr}");
    let (status, stdout, stderr) = run(witgen(&["rust", "--help"]));
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert!(
        stdout.contains("witgen rust --world proxy --guest --out src/proxy"),
        "{stdout}"
    );
}

#[test]
fn glue_is_checked_planned_and_written() {
    let dir = tempfile::tempdir().unwrap();
    let glue = |extra: &[&str]| {
        let mut command = witgen(&["rust", "--world", "service"]);
        command.args(extra).current_dir(&dir);
        run(command)
    };
    let (status, _, stderr) = glue(&["--dry-run"]);
    assert_eq!(status, 0);
    assert!(
        stderr.contains("would be created service/guest/mod.rs"),
        "{stderr}"
    );
    assert!(!dir.path().join("service").exists());

    let (status, _, stderr) = glue(&["--check"]);
    assert_eq!(status, 1);
    assert!(
        stderr.contains("`service/host/mod.rs` is missing"),
        "{stderr}"
    );

    assert_eq!(glue(&[]).0, 0);
    assert_eq!(glue(&["--check"]).0, 0);

    let file = dir.path().join("service/guest/mod.rs");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("Handler", "Handle")).unwrap();
    let (status, _, stderr) = glue(&["--check"]);
    assert_eq!(status, 1);
    assert!(stderr.contains("error[drift]"), "{stderr}");
}

#[test]
fn the_same_glue_is_written_every_time() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = |name: &str| {
        let mut command = witgen(&["rust", "--world", "proxy", "--out", name]);
        command.current_dir(&dir);
        assert_eq!(run(command).0, 0);
        let file = |file: &str| fs::read(dir.path().join(name).join(file)).unwrap();
        [
            file("guest/mod.rs"),
            file("guest/bindings.rs"),
            file("host/mod.rs"),
            file("host/component.rs"),
            file("host/runtime/host/builder.rs"),
        ]
    };
    let first = bytes("a");
    for name in ["b", "c", "d"] {
        assert!(bytes(name) == first, "{name} differs");
    }
}

#[test]
fn a_service_cannot_forward_and_a_proxy_can() {
    let dir = tempfile::tempdir().unwrap();
    let files = |world: &str| {
        let mut command = witgen(&["rust", "--world", world, "--guest"]);
        command.current_dir(&dir);
        assert_eq!(run(command).0, 0);
        let names = fs::read_dir(dir.path().join(world))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect::<Vec<_>>()
    };
    assert!(files("proxy").contains(&"origin.rs".to_owned()));
    let service = files("service");
    assert!(!service.contains(&"origin.rs".to_owned()));
    assert!(service.contains(&"client.rs".to_owned()));
    assert!(files("middleware").contains(&"handler.rs".to_owned()));
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (status, stdout, _) = run(witgen(&["completions", shell]));
        assert_eq!(status, 0);
        assert!(stdout.contains("inspect"), "{shell}");
    }
    let (status, page, _) = run(witgen(&["man"]));
    assert_eq!(status, 0);
    assert!(page.starts_with(".ie") || page.contains(".TH"), "{page}");

    let dir = tempfile::tempdir().unwrap();
    let mut command = witgen(&["man", "--out"]);
    command.arg(dir.path());
    assert_eq!(run(command).0, 0);
    let page = |name: &str| Path::exists(&dir.path().join(name));
    for name in [
        "witgen.1",
        "witgen-rust.1",
        "witgen-component.1",
        "witgen-lint.1",
        "witgen-explain.1",
        "witgen-inspect.1",
    ] {
        assert!(page(name), "{name} is missing");
    }
}
