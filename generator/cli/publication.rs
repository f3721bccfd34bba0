//! Reports what was published, or would be.

use std::collections::BTreeMap;

use askama::Template;
use serde::Serialize;

use super::shared::json;
use super::shell::{Format, Outcome, Shell};
use crate::diagnostic::{Diagnostic, Place, codes};
use crate::registry::{Artifact, Publication, PublishOptions, State};

/// A dry run of a publication, for people.
#[derive(Template)]
#[template(path = "publish/dry_run.txt", escape = "none")]
struct DryRun<'a> {
    reference: String,
    address: &'a str,
    already: bool,
    size: usize,
    digest: String,
    previous: Option<String>,
    pages: Option<usize>,
    annotations: &'a BTreeMap<String, String>,
}

/// A publication or its dry run, for programs.
#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    package: String,
    reference: &'a str,
    /// By which others pull it.
    digest: Option<&'a str>,
    contents: String,
    size: usize,
    state: &'static str,
    previous: Option<String>,
    docs: Option<&'a str>,
    /// The digests or the files of the attached attestations.
    attestations: &'a [String],
    annotations: &'a BTreeMap<String, String>,
}

/// Shows a publication: to people, or to programs.
pub(super) fn report(
    artifact: &Artifact,
    publication: &Publication,
    options: &PublishOptions,
    shell: &mut Shell,
) -> Outcome<()> {
    if let Some(note) = &publication.note {
        // A warning, so that users who publish for others don't overlook it.
        let warning = Diagnostic::warning(codes::NO_REGISTRY, note.clone())
            .at(Place::argument(&publication.address))
            .help("name a registry with --registry, or in wkg's configuration");
        shell.report(&[warning]);
    }
    let state = match publication.state {
        State::Published => "published",
        State::Already => "already-published",
        State::Rehearsed => "rehearsed",
    };
    let reference = artifact.reference().to_string();
    let previous = publication.previous.as_ref().map(ToString::to_string);
    if shell.format == Format::Json {
        return shell.print(&json(&Document {
            version: 1,
            package: reference,
            reference: &publication.address,
            digest: publication.digest.as_deref(),
            contents: artifact.digest(),
            size: artifact.contents().len(),
            state,
            previous,
            docs: publication.docs.as_deref(),
            attestations: &publication.attestations,
            annotations: artifact.annotations(),
        }));
    }
    if options.dry_run {
        return shell.print(&crate::template::text(&DryRun {
            reference,
            address: &publication.address,
            already: publication.state == State::Already,
            size: artifact.contents().len(),
            digest: artifact.digest(),
            previous,
            pages: options.docs.as_ref().map(|pages| pages.iter().count()),
            annotations: artifact.annotations(),
        }));
    }
    shell.note(&match publication.state {
        State::Already => format!("{reference} was already published"),
        State::Published | State::Rehearsed => format!("published {reference}"),
    });
    if let Some(docs) = &publication.docs {
        shell.note(&format!("attached the pages: {docs}"));
    }
    for attestation in &publication.attestations {
        shell.note(&format!("attested: {attestation}"));
    }
    let digest = publication.digest.as_deref().unwrap_or_default();
    shell.print(&format!("{}@{digest}\n", publication.address))
}
