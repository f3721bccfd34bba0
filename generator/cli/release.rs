//! `witgen release`: a release of the package.

use std::path::Path;
use std::time::{Duration, SystemTime};

use askama::Template;
use clap::Args;
use serde::Serialize;

use super::here::member;
use super::registries::RegistryArgs;
use super::shared::{json, report_plan, report_users};
use super::shell::{Format, Outcome, Shell};
use super::status::Status;
use crate::diagnostic::{Diagnostic, Place, Position, Result, codes};
use crate::fileset::{Plan, path_in};
use crate::project::Workspace;
use crate::release::{
    FileChange, Promotion, ReleaseOptions, ReleasePlan, ReleaseVerdict, Wanted, day_of, parse_day,
    release,
};

/// The variable that fixes the time of builds.
const SOURCE_DATE_EPOCH: &str = "SOURCE_DATE_EPOCH";

/// The last second of the year 9999; later days have no four digits for the year.
const MAX_SECONDS: u64 = 253_402_300_799;

/// Make a release: version, gates, outputs, changelog and tag.
///
/// Runs `witgen check`, `bump` and `generate` in one step. Replaces `@unstable` by `@since` below a `//
/// @stabilize-next`, or if --stabilize names the feature. Adds the changes since the `[baseline]` to the changelog.
/// Either all files change or none.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen release --dry-run
  witgen release minor --stabilize clocks-timezone
  witgen release 0.3.3 --commit --tag")]
pub(super) struct Release {
    /// `patch`, `minor`, `major`, or a version [default: the lowest that the changes allow]
    #[arg(value_name = "patch|minor|major|VERSION")]
    wanted: Option<String>,
    /// Replace the gates of this feature by `@since`; can be repeated
    #[arg(long, value_delimiter = ',', value_name = "FEATURE")]
    stabilize: Vec<String>,
    /// Write nothing; print all changes
    #[arg(long)]
    dry_run: bool,
    /// Commit the changed files
    #[arg(long)]
    commit: bool,
    /// Tag the commit; `tag` of `[release]` in witgen.toml is the name [default: v{version}]
    #[arg(long, requires = "commit")]
    tag: bool,
    /// Commit even if the work tree has other changes, which stay uncommitted
    #[arg(long, requires = "commit")]
    allow_dirty: bool,
    /// Accept a version that is too low for the changes
    #[arg(long)]
    allow_breaking: bool,
    /// The date of the release in the changelog [default: today, or that of SOURCE_DATE_EPOCH]
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
    #[command(flatten)]
    registries: RegistryArgs,
}

/// Everything that would change, for people.
#[derive(Template)]
#[template(path = "release/plan.txt", escape = "none")]
struct DryRun<'a> {
    plan: &'a ReleasePlan,
    promotions: Vec<String>,
    outputs: Vec<String>,
    differences: Vec<String>,
}

/// Everything that changes, for programs.
#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    package: &'a str,
    old: String,
    new: String,
    written: bool,
    stable: Vec<Stable<'a>>,
    created: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
    commit: Option<&'a str>,
    tag: Option<&'a str>,
    next_baseline: Option<&'a str>,
    users: Vec<&'a str>,
}

#[derive(Serialize)]
struct Stable<'a> {
    feature: &'a str,
    position: &'a Position,
}

impl Release {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let registries = self.registries.registries()?;
        let (project, others) = member(&Workspace::require(Path::new("."))?)?;
        let project = project.with_registries(registries);
        let options = ReleaseOptions {
            wanted: self.wanted.as_deref().map(str::parse).transpose()?.unwrap_or(Wanted::Least),
            stabilize: self.stabilize,
            date: self.date.as_deref().map_or_else(|| Ok(day_of(now()?)), parse_day)?,
            allow_breaking: self.allow_breaking,
            commit: self.commit,
            tag: self.tag,
            allow_dirty: self.allow_dirty,
        };
        shell.progress("checking");
        let verdict = release(&project, &others, &options);
        shell.end_progress();
        let plan = match verdict? {
            ReleaseVerdict::Planned(plan) => plan,
            ReleaseVerdict::Refused(findings) => {
                shell.report_check(&findings);
                shell.summary(&findings, "nothing was changed");
                return Ok(Status::Findings);
            }
        };
        if !plan.findings.is_empty() {
            shell.report_check(&plan.findings);
            shell.summary(&plan.findings, "checked");
        }
        if !self.dry_run {
            plan.carry_out()?;
        }
        match (shell.format, self.dry_run) {
            (Format::Json, _) => shell.print(&json(&document(&plan, !self.dry_run)))?,
            (_, true) => shell.print(&dry_run(&plan))?,
            (_, false) => report(&plan, shell),
        }
        Ok(Status::Fine)
    }
}

/// The time that builds are to take for now, as <https://reproducible-builds.org/specs/source-date-epoch/> defines it.
fn now() -> Result<SystemTime> {
    let Some(given) = std::env::var_os(SOURCE_DATE_EPOCH).filter(|it| !it.is_empty()) else {
        return Ok(SystemTime::now());
    };
    let seconds = given.to_str().and_then(|it| it.parse().ok()).filter(|it| *it <= MAX_SECONDS);
    let time = seconds.map(|it| SystemTime::UNIX_EPOCH + Duration::from_secs(it));
    time.ok_or_else(|| {
        let given = given.to_string_lossy();
        let message = format!(
            "`{SOURCE_DATE_EPOCH}` is `{given}`, which is not a number of seconds since 1970"
        );
        Diagnostic::error(codes::NOT_A_DAY, message)
            .at(Place::argument(SOURCE_DATE_EPOCH))
            .help("set it to a number such as 1769817600, unset it, or pass `--date 2026-01-31`")
            .into()
    })
}

fn dry_run(plan: &ReleasePlan) -> String {
    let outputs = plan.output_plans.iter().flat_map(|(dir, plan)| {
        let list = |files: &[String], what: &str| -> Vec<String> {
            files
                .iter()
                .map(|file| format!("{what} {}", path_in(dir, file).display()))
                .collect()
        };
        [
            list(&plan.created, "create"),
            list(&plan.changed, "change"),
            list(&plan.removed, "remove"),
        ]
        .concat()
    });
    crate::template::text(&DryRun {
        plan,
        promotions: plan.promotions.iter().map(shown).collect(),
        outputs: outputs.collect(),
        differences: plan.files.iter().map(|file| file.difference()).collect(),
    })
}

fn document(plan: &ReleasePlan, written: bool) -> Document<'_> {
    let files = |is_meant: fn(&FileChange) -> bool, of: fn(&Plan) -> &[String]| -> Vec<String> {
        let by_hand = plan.files.iter().filter(|file| is_meant(file));
        let by_hand = by_hand.map(|file| file.path.display().to_string());
        let made = plan.output_plans.iter().flat_map(|(dir, plan)| {
            of(plan).iter().map(|file| path_in(dir, file).display().to_string())
        });
        by_hand.chain(made).collect()
    };
    Document {
        version: 1,
        package: &plan.package,
        old: plan.old.to_string(),
        new: plan.new.to_string(),
        written,
        stable: plan
            .promotions
            .iter()
            .map(|promotion| Stable {
                feature: &promotion.feature,
                position: &promotion.position,
            })
            .collect(),
        created: files(|file| file.old.is_none(), |plan| &plan.created),
        changed: files(|file| file.old.is_some(), |plan| &plan.changed),
        removed: files(|_| false, |plan| &plan.removed),
        commit: plan.commit.as_deref(),
        tag: plan.tag.as_deref(),
        next_baseline: plan.next_baseline.as_deref(),
        users: plan.users.iter().map(|user| user.package.as_str()).collect(),
    }
}

/// `wit/a.wit:12: feature x`
fn shown(promotion: &Promotion) -> String {
    let position = &promotion.position;
    format!(
        "{}:{}: feature {}",
        position.path(),
        position.line(),
        promotion.feature
    )
}

fn report(plan: &ReleasePlan, shell: &Shell) {
    for promotion in &plan.promotions {
        shell.note(&format!("stable: {}", shown(promotion)));
    }
    for file in &plan.files {
        let what = if file.old.is_some() {
            "changed"
        } else {
            "created"
        };
        shell.note(&format!("{what} {}", file.path.display()));
    }
    for (dir, plan) in &plan.output_plans {
        report_plan(plan, dir, "", shell);
    }
    if let Some(message) = &plan.commit {
        let subject = message.lines().next().unwrap_or_default();
        shell.note(&format!("committed: {subject}"));
    }
    if let Some(tag) = &plan.tag {
        shell.note(&format!("tagged {tag}"));
    }
    shell.note(&format!("released {} {}", plan.package, plan.new));
    report_users(&plan.users, shell);
    if let Some(baseline) = &plan.next_baseline {
        shell.note(&format!(
            "next: set `package = \"{baseline}\"` in `[baseline]` of witgen.toml"
        ));
    }
}
