//! `witgen verify`: who vouches for a published package.

use std::path::PathBuf;

use askama::Template;
use clap::Args;
use serde::Serialize;

use super::registries::RegistryArgs;
use super::shared::json;
use super::shell::{Format, Outcome, Shell};
use super::status::Status;
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::provenance::{Identity, PREDICATE_TYPE, Predicate, PublicKey, Signer, Trust};
use crate::registry::{Examined, Reference, Registries, Verification};

/// Verify the signatures of a published package.
///
/// Each attestation must be about the published manifest. Its signer must be a key or an identity in `[[trust]]` of
/// witgen.toml for this package, or in the options. The exit status is 1 if none is accepted.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen verify acme:shop@1.0.0
  witgen verify acme:shop@1.0.0 --key acme.pub
  witgen verify acme:shop@1.0.0 --trusted-root trusted_root.json --issuer https://token.actions.githubusercontent.com \\
    --identity https://github.com/acme/shop/.github/workflows/publish.yml@refs/tags/v1.0.0")]
pub(super) struct Verify {
    /// The package; without a version, the latest one
    #[arg(value_name = "REF")]
    package: String,
    /// Accept this public key in PEM, instead of the policy
    #[arg(long = "key", value_name = "FILE")]
    keys: Vec<PathBuf>,
    /// Accept this identity, instead of the policy; `*` matches any text without `/`, `**` any text
    #[arg(long, value_name = "SUBJECT", requires_all = ["issuer", "trusted_root"])]
    identity: Option<String>,
    /// The issuer of the identity
    #[arg(long, value_name = "URL", requires = "identity")]
    issuer: Option<String>,
    /// The file of Sigstore's trusted root, which certificates are verified against
    #[arg(long, value_name = "FILE", requires = "identity")]
    trusted_root: Option<PathBuf>,
    /// Also accept statements of this type, such as https://slsa.dev/provenance/v1
    #[arg(long = "predicate", value_name = "TYPE")]
    predicates: Vec<String>,
    #[command(flatten)]
    registries: RegistryArgs,
}

/// The attestations, for people.
#[derive(Template)]
#[template(path = "verify/attestations.txt", escape = "none")]
struct Shown<'a> {
    package: String,
    contents: &'a str,
    manifest: Option<&'a str>,
    attestations: Vec<ShownAttestation>,
}

struct ShownAttestation {
    state: &'static str,
    predicate_type: String,
    signer: Option<String>,
    why: Option<String>,
    facts: Vec<(String, String)>,
}

/// The attestations, for programs.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Document<'a> {
    version: u32,
    package: String,
    contents: &'a str,
    manifest: Option<&'a str>,
    verified: bool,
    attestations: Vec<DocumentAttestation<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct DocumentAttestation<'a> {
    verified: bool,
    signer: Option<&'a Signer>,
    reason: Option<String>,
    predicate_type: Option<&'a str>,
    predicate: Option<&'a serde_json::Value>,
}

impl Verify {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let package: Reference = self.package.parse()?;
        let trust = self.trust()?;
        let registries: Registries = self.registries.registries()?;
        shell.progress("verifying");
        let verification = registries.verify(&package, trust, &self.predicates);
        shell.end_progress();
        let verification = verification?;
        let is_verified = verification.signers().next().is_some();
        if shell.format == Format::Human {
            shell.print(&crate::template::text(&shown(&verification)))?;
        } else {
            shell.print(&json(&document(&verification)))?;
        }
        if is_verified {
            return Ok(Status::Fine);
        }
        shell.report(&[not_attested(&verification)]);
        Ok(Status::Findings)
    }

    /// Returns the keys and identities of the options; `None` without any.
    fn trust(&self) -> Result<Option<Trust>> {
        let keys = self.keys.iter().map(|path| {
            PublicKey::read(path, Place::argument(format!("--key {}", path.display())))
        });
        let keys: Vec<PublicKey> = Failure::collect(keys)?;
        let trust = match (&self.identity, &self.issuer, &self.trusted_root) {
            (Some(subject), Some(issuer), Some(root)) => {
                let identity = Identity::new(issuer, subject).map_err(|why| {
                    Diagnostic::error(codes::UNTRUSTED_IDENTITY, why)
                        .at(Place::argument(format!("--identity {subject}")))
                        .help(
                            "write the complete identity; `*` may stand for the tag of a workflow",
                        )
                })?;
                let place = Place::argument(format!("--trusted-root {}", root.display()));
                Trust::of_identity(identity, root, &place)?
            }
            _ if keys.is_empty() => return Ok(None),
            _ => Trust::default(),
        };
        Ok(Some(trust.with(keys, Vec::new())))
    }
}

fn document(verification: &Verification) -> Document<'_> {
    let attestations = verification.attestations.iter().map(|examined| DocumentAttestation {
        verified: examined.verdict.is_ok(),
        signer: examined.verdict.as_ref().ok(),
        reason: examined.verdict.as_ref().err().map(ToString::to_string),
        predicate_type: examined.attestation.as_ref().map(|it| it.predicate_type()),
        predicate: examined.attestation.as_ref().map(|it| it.predicate()),
    });
    Document {
        version: 1,
        package: verification.package.reference().to_string(),
        contents: verification.package.digest(),
        manifest: verification.manifest.as_deref(),
        verified: verification.signers().next().is_some(),
        attestations: attestations.collect(),
    }
}

fn shown(verification: &Verification) -> Shown<'_> {
    let show = |examined: &Examined| {
        let attestation = examined.attestation.as_ref();
        let signer = examined.verdict.as_ref().ok();
        ShownAttestation {
            state: if signer.is_some() {
                "verified"
            } else {
                "rejected"
            },
            predicate_type: attestation.map_or("unreadable", |it| it.predicate_type()).to_owned(),
            signer: signer.map(ToString::to_string),
            why: examined.verdict.as_ref().err().map(ToString::to_string),
            // The facts of an attestation count only if its signer is accepted.
            facts: match (attestation, signer) {
                (Some(attestation), Some(_)) if attestation.predicate_type() == PREDICATE_TYPE => {
                    serde_json::from_value(attestation.predicate().clone())
                        .map(|predicate| columns(&predicate))
                        .unwrap_or_default()
                }
                _ => Vec::new(),
            },
        }
    };
    Shown {
        package: verification.package.reference().to_string(),
        contents: verification.package.digest(),
        manifest: verification.manifest.as_deref(),
        attestations: verification.attestations.iter().map(show).collect(),
    }
}

/// Returns what witgen has stated, its names padded to a column.
fn columns(predicate: &Predicate) -> Vec<(String, String)> {
    let facts = super::attest::facts(predicate).into_iter();
    facts.map(|(name, value)| (format!("{name:12}"), value)).collect()
}

fn not_attested(verification: &Verification) -> Diagnostic {
    let reference = verification.package.reference();
    let message = match (verification.attestations.len(), verification.is_cached) {
        (0, false) => format!("`{reference}` has no attestation"),
        (0, true) => format!("no attestation of `{reference}` is cached"),
        _ => format!("no attestation of `{reference}` is accepted"),
    };
    let help = match (verification.attestations.len(), verification.is_cached) {
        (0, false) => "its publisher attests it with `witgen publish --sign`",
        (0, true) => "run the command without `--offline`",
        _ => "correct `[[trust]]` in `witgen.toml` if one of the signers should be trusted",
    };
    Diagnostic::error(codes::NOT_ATTESTED, message)
        .at(Place::argument(reference.to_string()))
        .help(help)
}
