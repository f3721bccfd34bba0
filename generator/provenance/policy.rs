//! Which keys and identities may vouch for which packages.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use sigstore_verify::Verifier;
use sigstore_verify::trust_root::TrustedRoot;

use super::identity::Identity;
use super::key::PublicKey;
use super::predicate::PREDICATE_TYPE;
use super::provider;
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::panics::call;
use crate::read::{self, MAX_TEXT_BYTES};

/// The namespace of rules for packages that no other rule is for.
const ANY: &str = "*";

/// The rules of a project, each for different packages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustPolicy {
    rules: Vec<TrustRule>,
    /// Which rule is for a package (`acme:shop`), for a namespace (`acme`), and for all others (`*`).
    index: BTreeMap<String, usize>,
}

/// The accepted signers of some packages.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustRule {
    /// The packages (`acme:shop`), namespaces (`acme`) and `*`.
    pub names: Vec<(String, Place)>,
    /// The files of public keys.
    pub keys: Vec<(PathBuf, Place)>,
    /// The identities.
    pub identities: Vec<Identity>,
    /// The file of the trusted root that certificates of identities are verified against.
    pub trusted_root: Option<(PathBuf, Place)>,
    /// The types of statements that count, beside witgen's own.
    pub predicates: Vec<String>,
    /// Whether a package without an accepted attestation is rejected, or only reported.
    pub is_required: bool,
    /// Where the rule is.
    pub place: Place,
}

impl TrustRule {
    /// Returns a rule without accepted signers.
    pub fn new(place: Place) -> Self {
        TrustRule {
            names: Vec::new(),
            keys: Vec::new(),
            identities: Vec::new(),
            trusted_root: None,
            predicates: Vec::new(),
            is_required: true,
            place,
        }
    }

    /// Reads the files that the rule names.
    ///
    /// # Errors
    ///
    /// All files that can't be read or aren't what they should be.
    pub fn load(&self) -> Result<Trust> {
        let keys = self.keys.iter().map(|(path, place)| PublicKey::read(path, place.clone()));
        let keys = crate::diagnostic::Failure::collect(keys);
        let root = match &self.trusted_root {
            Some((path, place)) => Root::read(path, place).map(Some),
            None => Ok(None),
        };
        let (keys, root) = match (keys, root) {
            (Ok(keys), Ok(root)) => (keys, root),
            (Err(failure), Err(other)) => return Err(failure.and(other)),
            (Err(failure), _) | (_, Err(failure)) => return Err(failure),
        };
        Ok(Trust {
            keys,
            identities: self.identities.clone(),
            root,
            predicates: self.predicates.clone(),
        })
    }
}

impl TrustPolicy {
    /// Adds a rule.
    ///
    /// # Errors
    ///
    /// Names that another rule has.
    pub fn add(&mut self, rule: TrustRule) -> Result<()> {
        let mut problems = Vec::new();
        for (name, place) in &rule.names {
            if self.index.insert(name.clone(), self.rules.len()).is_some() {
                let message = format!("two rules are about `{name}`");
                problems.push(
                    Diagnostic::error(codes::INVALID_CONFIG, message)
                        .at(place.clone())
                        .help("put their keys and identities into one `[[trust]]`"),
                );
            }
        }
        self.rules.push(rule);
        crate::diagnostic::Failure::of(problems).map_or(Ok(()), Err)
    }

    /// Returns the rule for a package: its own, or that of its namespace, or that of all others.
    pub fn rule(&self, namespace: &str, name: &str) -> Option<&TrustRule> {
        let package = format!("{namespace}:{name}");
        let names = [package.as_str(), namespace, ANY];
        let index = names.iter().find_map(|name| self.index.get(*name))?;
        self.rules.get(*index)
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

/// A rule with the contents of its files.
#[derive(Debug, Default)]
pub struct Trust {
    keys: Vec<PublicKey>,
    identities: Vec<Identity>,
    root: Option<Root>,
    predicates: Vec<String>,
}

impl Trust {
    /// Returns what trusts one identity, whose certificates are verified against the trusted root in a file.
    ///
    /// # Errors
    ///
    /// A file that isn't a trusted root.
    pub fn of_identity(identity: Identity, trusted_root: &Path, place: &Place) -> Result<Self> {
        Ok(Trust {
            identities: vec![identity],
            root: Some(Root::read(trusted_root, place)?),
            ..Trust::default()
        })
    }

    /// Returns the same with more keys, and with more types of statements that count.
    #[must_use]
    pub fn with(mut self, keys: Vec<PublicKey>, predicates: Vec<String>) -> Self {
        self.keys.extend(keys);
        self.predicates.extend(predicates);
        self
    }

    /// Returns the keys that may vouch.
    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// Returns the identities that may vouch.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    pub(super) fn root(&self) -> Option<&Root> {
        self.root.as_ref()
    }

    /// Whether a type of statements counts.
    pub(super) fn accepts(&self, predicate_type: &str) -> bool {
        predicate_type == PREDICATE_TYPE
            || self.predicates.iter().any(|accepted| accepted == predicate_type)
    }
}

/// A trusted root: the certificates and keys of an instance of Sigstore.
pub(super) struct Root {
    pub verifier: Verifier,
    /// Whether it has keys of logs of certificates.
    pub has_certificate_logs: bool,
    /// Whether it has keys of logs of signatures.
    pub has_signature_logs: bool,
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a trusted root")
    }
}

impl Root {
    /// Reads the file of a trusted root.
    fn read(path: &Path, place: &Place) -> Result<Self> {
        provider::install();
        let shown = path.display();
        let text = read::text(path, MAX_TEXT_BYTES).map_err(|error| {
            let message = format!("cannot read the trusted root `{shown}`: {error}");
            Diagnostic::error(codes::INVALID_TRUSTED_ROOT, message)
                .at(place.clone())
                .help("paths are relative to the directory of the file that names it")
        })?;
        let root = call(|| {
            let root = TrustedRoot::from_json(&text)?;
            anyhow::ensure!(
                !root.certificate_authorities.is_empty(),
                "it names no authority for certificates"
            );
            anyhow::ensure!(
                !root.tlogs.is_empty() || !root.timestamp_authorities.is_empty(),
                "it names neither a log nor an authority for timestamps"
            );
            Ok(Root {
                has_certificate_logs: !root.ctlogs.is_empty(),
                has_signature_logs: !root.tlogs.is_empty(),
                verifier: Verifier::new(&root)?,
            })
        });
        root.map_err(|error| {
            let message = format!("`{shown}` is not a usable trusted root: {error:#}");
            Diagnostic::error(codes::INVALID_TRUSTED_ROOT, message)
                .at(place.clone())
                .help("use the `trusted_root.json` of the instance of Sigstore, as `cosign trusted-root create` writes it")
                .into()
        })
    }
}
