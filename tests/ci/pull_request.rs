//! Pull requests: annotations, the comparison with the base, and one comment.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::git::git;

use crate::event::Event;
use crate::runner::{Job, STORE};

/// A change that breaks guests and hosts.
fn broken() -> String {
    STORE.replace("-> u32", "-> u64")
}

#[test]
fn an_error_is_shown_at_its_line_and_fails_the_job() {
    let job = Job::new();
    let commit = job.pull_request("wit/store.wit", &STORE.replace("-> u32", "-> u33"));
    let run = job.run(&Event::pull_request(&commit), &[]);
    assert_eq!(run.failed, ["Check"], "{}", run.log);
    assert!(
        run.log.contains("::error file=wit/store.wit,line=7,"),
        "{}",
        run.log
    );
    // What can't be compared is no second failure.
    assert!(
        run.log.contains("::warning title=witgen diff::"),
        "{}",
        run.log
    );
    assert_eq!(job.comments(), [""; 0]);
}

#[test]
fn a_package_without_a_manifest_is_checked_by_the_rules_of_lint() {
    let job = Job::new();
    fs::remove_file(job.path("origin/witgen.toml")).unwrap();
    let undocumented = STORE.replace("/// Returns the price of an `item`.", "");
    let commit = job.pull_request("wit/store.wit", &undocumented);
    let run = job.run(&Event::pull_request(&commit), &[]);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    assert!(
        run.log.contains("::warning file=wit/store.wit,line=7,")
            && run.log.contains("docs-missing"),
        "{}",
        run.log
    );
}

#[test]
fn findings_of_a_package_in_a_folder_have_paths_of_the_repository() {
    let job = Job::new();
    job.write("origin/packages/units/witgen.toml", "");
    let units =
        "/// Units.\npackage acme:units@1.0.0;\n/// Weights.\ninterface weight { gram: func(); }\n";
    let commit = job.pull_request("packages/units/wit/units.wit", units);
    let run = job.run(
        &Event::pull_request(&commit),
        &[("directory", "packages/units")],
    );
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    assert!(
        run.log.contains("::warning file=packages/units/wit/units.wit,line=4,"),
        "{}",
        run.log
    );
}

#[test]
fn the_changes_are_in_one_comment_which_later_runs_replace() {
    let job = Job::new();
    // A comment of somebody else that looks like ours, and one that doesn't.
    job.write("comments/1", "User\nLooks good to me.\n");
    let commit = job.pull_request("wit/store.wit", &broken());
    let run = job.run(&Event::pull_request(&commit), &[]);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    assert_eq!(run.outputs["changes"], "1");
    let [theirs, comment] = &job.comments()[..] else {
        panic!("{:?}", job.comments());
    };
    assert_eq!(theirs, "Looks good to me.\n");
    assert!(
        comment.contains(
            "| `goods.price`: result changed from `u32` to `u64` | `wit/store.wit:7:3` |"
        ),
        "{comment}"
    );
    assert!(
        job.summary().contains("result changed from `u32` to `u64`"),
        "{}",
        job.summary()
    );

    // Another one of the same pull request.
    let commit = job.pull_request("wit/store.wit", &STORE.replace("-> u32", "-> string"));
    job.run(&Event::pull_request(&commit), &[]);
    assert_eq!(job.comments().len(), 2);
    assert!(
        job.comments()[1].contains("from `u32` to `string`"),
        "{:?}",
        job.comments()
    );
    // And one that takes the change back.
    let commit = job.pull_request("README.md", "Goods.\n");
    let run = job.run(&Event::pull_request(&commit), &[]);
    assert_eq!(run.outputs["changes"], "0");
    assert_eq!(job.comments().len(), 2);
    assert!(
        job.comments()[1].contains("**no changes**"),
        "{:?}",
        job.comments()
    );
}

#[test]
fn a_pull_request_that_changes_nothing_gets_no_comment() {
    let job = Job::new();
    let commit = job.pull_request("README.md", "Goods.\n");
    let run = job.run(&Event::pull_request(&commit), &[]);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    assert_eq!(job.comments(), [""; 0]);
    assert!(
        job.summary().contains("**no changes**"),
        "{}",
        job.summary()
    );
}

#[test]
fn a_comment_of_somebody_with_our_marker_is_not_changed() {
    let job = Job::new();
    let commit = job.pull_request("wit/store.wit", &broken());
    job.run(&Event::pull_request(&commit), &[]);
    let ours = job.comments().remove(0);
    fs::remove_file(job.path("comments/100")).unwrap();
    job.write("comments/1", &format!("User\n{ours}"));
    job.run(&Event::pull_request(&commit), &[]);
    assert_eq!(job.comments(), [ours.clone(), ours]);
    assert!(!job.calls().contains("PATCH"), "{}", job.calls());
}

#[test]
fn packages_of_several_folders_have_a_comment_each() {
    let job = Job::new();
    job.write("origin/other/witgen.toml", "");
    job.write(
        "origin/other/wit/other.wit",
        &STORE.replace("store", "other"),
    );
    let commit = job.pull_request("other/wit/other.wit", &broken().replace("store", "other"));
    let other = [("directory", "other")];
    let run = job.run(&Event::pull_request(&commit), &other);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    assert_eq!(run.outputs["changes"], "1", "{}", run.log);
    let commit = job.pull_request("wit/store.wit", &broken());
    job.run(&Event::pull_request(&commit), &[]);
    assert_eq!(job.comments().len(), 2, "{:?}", job.comments());
    assert!(
        job.comments()[0].contains("`other/wit/other.wit:7:3`"),
        "{:?}",
        job.comments()
    );
}

#[test]
fn a_long_report_is_cut_between_lines() {
    let job = Job::new();
    let functions: String = (0..2000).map(|n| format!("  call{n}: func();\n")).collect();
    let commit = job.pull_request(
        "wit/store.wit",
        &STORE.replace("goods {\n", &format!("goods {{\n{functions}")),
    );
    let run = job.run(&Event::pull_request(&commit), &[("check", "false")]);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    let comment = job.comments().pop().unwrap_or_else(|| panic!("{}", run.log));
    assert!(comment.len() < 65536, "{}", comment.len());
    assert!(
        comment.ends_with("` |\n\n\n… the summary of the run has the rest.\n"),
        "{comment}"
    );
}

#[test]
fn a_fork_gets_the_summary_and_nothing_that_needs_a_secret() {
    let job = Job::new();
    let commit = job.pull_request("wit/store.wit", &broken());
    let everything = [("publish", "true"), ("code-scanning", "true")];
    let run = job.run(&Event::of_fork(&commit), &everything);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    assert_eq!(job.comments(), [""; 0]);
    assert_eq!(job.calls(), "");
    assert!(run.used.is_empty(), "{:?}", run.used);
    assert_eq!(run.outputs["published"], "");
    assert!(
        job.summary().contains("result changed from `u32` to `u64`"),
        "{}",
        job.summary()
    );
}

#[test]
fn a_token_that_only_reads_is_a_warning() {
    let job = Job::new();
    job.write("read-only", "");
    let commit = job.pull_request("wit/store.wit", &broken());
    let run = job.run(&Event::pull_request(&commit), &[]);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    assert!(
        run.log.contains("grant the job `pull-requests: write`"),
        "{}",
        run.log
    );
}

#[test]
fn code_scanning_gets_findings_instead_of_annotations() {
    let job = Job::new();
    let commit = job.pull_request("wit/store.wit", &STORE.replace("-> u32", "-> u33"));
    let run = job.run(&Event::pull_request(&commit), &[("code-scanning", "true")]);
    assert_eq!(run.failed, ["Check"], "{}", run.log);
    assert!(!run.log.contains("::error file="), "{}", run.log);
    let upload = &run.used["github/codeql-action/upload-sarif"];
    let log = fs::read_to_string(&upload["sarif_file"]).unwrap();
    let log: serde_json::Value = serde_json::from_str(&log).unwrap();
    assert_eq!(log["runs"][0]["results"][0]["level"], "error");
    assert_eq!(
        log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "wit/store.wit"
    );
}

#[test]
fn a_new_package_has_nothing_to_be_compared_with() {
    let job = Job::new();
    fs::remove_dir_all(job.path("origin/wit")).unwrap();
    let commit = job.pull_request("wit/store.wit", STORE);
    let run = job.run(&Event::pull_request(&commit), &[]);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    assert!(run.log.contains("no-wit"), "{}", run.log);
    assert_eq!(run.outputs["changes"], "");
}

#[test]
fn a_baseline_of_git_needs_no_history_of_the_checkout() {
    let job = Job::new();
    job.write(
        "origin/witgen.toml",
        "[baseline]\npackage = 'git:v1.0.0:wit'\n",
    );
    job.commit();
    git(&job.path("origin"), &["tag", "v1.0.0"]);
    let commit = job.pull_request("README.md", "Goods.\n");
    let run = job.run(&Event::pull_request(&commit), &[]);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    assert!(!run.log.contains("shallow-clone"), "{}", run.log);
    let commit = job.pull_request("wit/store.wit", &broken());
    let run = job.run(&Event::pull_request(&commit), &[]);
    assert_eq!(run.failed, ["Check"], "{}", run.log);
    assert!(
        run.log.contains("::error file=wit/store.wit,line=7,")
            && run.log.contains("title=result-changed"),
        "{}",
        run.log
    );
}

#[test]
fn a_push_to_a_branch_is_only_checked() {
    let job = Job::new();
    let commit = job.commit();
    let run = job.run(&Event::push(&commit), &[("publish", "true")]);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    assert_eq!(
        run.steps,
        [
            "Plan",
            "Find or download witgen",
            "Put witgen on the PATH",
            "Check"
        ]
    );
}
