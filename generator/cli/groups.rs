//! The commands in `witgen --help`, grouped by task.

use std::fmt::Write as _;

use clap::Command;

/// The tasks, and the commands for each.
const GROUPS: [(&str, &[&str]); 7] = [
    ("Start a project", &["new", "init"]),
    ("Write WIT", &["fmt", "lint", "explain", "inspect", "lsp"]),
    (
        "Generate from WIT",
        &["generate", "check", "watch", "rust", "docs", "golden"],
    ),
    (
        "Use packages",
        &["add", "remove", "update", "outdated", "fetch", "search"],
    ),
    (
        "Release packages",
        &["diff", "bump", "release", "publish", "verify"],
    ),
    (
        "Build and run components",
        &[
            "component",
            "compose",
            "serve",
            "compile",
            "deploy",
            "conform",
        ],
    ),
    (
        "Set up a shell or an editor",
        &["completions", "man", "schema"],
    ),
];

/// Returns a command whose help lists its subcommands by task.
pub(super) fn grouped(command: Command) -> Command {
    let header = *command.get_styles().get_header();
    let literal = *command.get_styles().get_literal();
    let mut template = String::from("{about-with-newline}\n{usage-heading} {usage}\n");
    for (task, names) in GROUPS {
        let _ = write!(template, "\n{header}{task}:{header:#}\n");
        for name in names {
            let about = command.find_subcommand(name).and_then(Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(template, "  {literal}{name:<13}{literal:#}{about}");
        }
    }
    let _ = write!(
        template,
        "\n{header}Options:{header:#}\n{{options}}{{after-help}}"
    );
    command
        .help_template(template)
        .after_help("`witgen COMMAND --help` describes a command, with examples.")
}
