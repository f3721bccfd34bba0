//! Arguments of `witgen publish` that are about provenance.

use std::path::PathBuf;

use clap::Args;

use super::shared::read;
use super::shell::counted;
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::provenance::{Attestation, Compatibility, Predicate, SigningKey};
use crate::registry::PublishOptions;

/// Where `--help` lists these arguments.
const HEADING: &str = "Provenance";

/// Options for attestations of a published package.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct AttestArgs {
    /// Sign a statement about the package with this private key, and attach it
    ///
    /// The key is PKCS#8 in PEM, ECDSA on P-256 or Ed25519: in a file that only its owner may read, or, with
    /// `env:NAME`, in an environment variable.
    // Without `allow_hyphen_values`, the error for a key in place of its name would show the key.
    #[arg(help_heading = HEADING, long, value_name = "FILE|env:NAME", allow_hyphen_values = true)]
    sign: Option<String>,
    /// Attach a Sigstore bundle of another tool
    #[arg(help_heading = HEADING, long = "attestation", value_name = "FILE", conflicts_with = "workspace")]
    attestations: Vec<PathBuf>,
}

/// The key and the attestations that arguments name.
#[derive(Clone, Debug, Default)]
pub(super) struct Attest {
    key: Option<SigningKey>,
    attestations: Vec<(String, Attestation)>,
}

impl AttestArgs {
    /// Reads the key and the attestations.
    pub fn load(&self) -> Result<Attest> {
        let key = self.sign.as_deref().map(SigningKey::read).transpose();
        let attestations = self.attestations.iter().map(|file| {
            let bytes = read(file, "name a Sigstore bundle, as tools for attestations write it")?;
            let name = file.display().to_string();
            match Attestation::parse(&bytes) {
                Ok(attestation) => Ok((name, attestation)),
                Err(why) => {
                    let message = format!("`{name}` is not an attestation: {why}");
                    Err(Failure::from(
                        Diagnostic::error(codes::INVALID_ATTESTATION, message)
                            .at(Place::path(file))
                            .help("pass a Sigstore bundle (`.sigstore.json`) with a statement of in-toto"),
                    ))
                }
            }
        });
        match (key, Failure::collect(attestations)) {
            (Ok(key), Ok(attestations)) => Ok(Attest { key, attestations }),
            (Err(failure), Err(other)) => Err(failure.and(other)),
            (Err(failure), _) | (_, Err(failure)) => Err(failure),
        }
    }
}

impl Attest {
    /// Whether the options request a signature.
    pub fn signs(&self) -> bool {
        self.key.is_some()
    }

    /// Adds the key, with what it signs, and the attestations to options.
    pub fn add_to(&self, options: &mut PublishOptions, predicate: Option<Predicate>) {
        options.signing = self.key.clone().zip(predicate);
        options.attestations = self.attestations.clone();
    }
}

/// Describes what witgen has stated about a package: what it is, and the value.
pub(super) fn facts(predicate: &Predicate) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(source) = &predicate.source {
        let files = counted(source.files.len(), "file");
        facts.push((
            "source",
            format!("{files}, sha256:{}", source.digest.sha256),
        ));
        facts.extend(source.revision.clone().map(|revision| ("revision", revision)));
        facts.extend(source.repository.clone().map(|repository| ("repository", repository)));
    }
    for dependency in &predicate.dependencies {
        let (name, version) = (&dependency.name, &dependency.version);
        let digest = &dependency.digest.sha256;
        facts.push(("dependency", format!("{name}@{version}, sha256:{digest}")));
    }
    for (what, baseline) in [
        ("previous", &predicate.previous),
        ("baseline", &predicate.baseline),
    ] {
        if let Some(baseline) = baseline {
            let verdict = match baseline.verdict {
                Compatibility::Unchanged => "nothing has changed",
                Compatibility::Allowed => "the version allows the changes",
                Compatibility::Broken => "the version doesn't allow the changes",
                Compatibility::NotCompared => "not compared",
            };
            facts.push((what, format!("{}: {verdict}", baseline.package)));
        }
    }
    if let Some(check) = &predicate.check {
        let sum = |counts: &std::collections::BTreeMap<String, usize>| counts.values().sum();
        let (errors, warnings) = (sum(&check.errors), sum(&check.warnings));
        let counts = format!(
            "{}, {}",
            counted(errors, "error"),
            counted(warnings, "warning")
        );
        facts.push(("check", counts));
    }
    if let Some(composition) = &predicate.composition {
        let members = composition.members.iter();
        facts.extend(members.map(|it| {
            (
                "member",
                format!("{}, sha256:{}", it.name, it.digest.sha256),
            )
        }));
        facts.extend(composition.plan.iter().map(|line| ("plan", line.clone())));
    }
    let tools = predicate.tools.iter().map(|(name, version)| format!("{name} {version}"));
    facts.push(("tools", tools.collect::<Vec<_>>().join(", ")));
    facts
}
