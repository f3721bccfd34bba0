//! Several packages in one repository, and commands that are started below the manifest.

use testkit::home::Home;
use testkit::tree::tree;

mod copies;
mod publish;
mod rejected;
mod where_commands_run;

const IO: &str = "/// Streams.\npackage my:io@1.0.0;\n/// Bytes.\ninterface bytes { /// A byte.\n type byte = u8; }\n";
const CLOCKS: &str = "package my:clocks@1.0.0; interface clock { use my:io/bytes@1.0.0.{byte}; now: func() -> byte; }";
const HTTP: &str = "package my:http@1.0.0; world w { import my:clocks/clock@1.0.0; }";

/// Writes a workspace whose members need each other, in the wrong order: one has a manifest, one a directory `wit`, and one is
/// a directory of WIT.
fn workspace() -> Home {
    let home = Home::with_directory();
    home.write(
        "repo/witgen.toml",
        "[workspace]\nmembers = ['http', 'clocks', 'io']\n",
    );
    home.write("repo/http/witgen.toml", "[golden]\nout = 'golden'\n");
    home.write("repo/http/wit/http.wit", HTTP);
    home.write("repo/clocks/wit/clock.wit", CLOCKS);
    home.write("repo/io/io.wit", IO);
    home
}

fn run(home: &Home, folder: &str, args: &[&str]) -> (i32, String) {
    let ended = home.run(&home.path(folder), args);
    (ended.status, ended.stderr)
}

#[track_caller]
fn assert_runs(home: &Home, folder: &str, args: &[&str]) -> String {
    let (status, stderr) = run(home, folder, args);
    assert_eq!(status, 0, "{args:?}: {stderr}");
    stderr
}

fn copies(home: &Home) -> Vec<String> {
    let files = tree(&home.path("repo")).into_keys().map(|path| path.display().to_string());
    files
        .filter(|path| path.contains("deps/") && path.ends_with("package.wit"))
        .collect()
}
