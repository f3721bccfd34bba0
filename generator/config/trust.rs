//! `[[trust]]`: who may vouch for packages.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use toml::Spanned;

use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::provenance::{Identity, TrustPolicy, TrustRule};
use crate::registry::Reference;

/// The accepted signers of some namespaces. A package's own entry takes precedence over that of its namespace, and that
/// over `"*"`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TrustEntry {
    /// The namespaces: `["wasi"]`; `"*"` stands for all namespaces without another entry.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub namespaces: Vec<Spanned<String>>,
    /// Single packages: `["acme:gate"]`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub packages: Vec<Spanned<String>>,
    /// Files of public keys in PEM, ECDSA on P-256 or Ed25519. One of these must have signed the package.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub keys: Vec<Spanned<String>>,
    /// Identities in certificates, for signatures without a long-lived key, such as those of CI.
    #[serde(default)]
    #[schemars(with = "Vec<IdentityEntry>")]
    pub identities: Vec<Spanned<IdentityEntry>>,
    /// The file of Sigstore's trusted root, which `identities` need.
    #[schemars(with = "Option<String>")]
    pub trusted_root: Option<Spanned<String>>,
    /// Types of statements that are accepted in addition to witgen's own: `["https://slsa.dev/provenance/v1"]`.
    #[serde(default)]
    pub predicates: Vec<String>,
    /// Whether a package without an accepted attestation is rejected (default: `true`), instead of a warning.
    #[serde(default = "yes")]
    pub require: bool,
}

fn yes() -> bool {
    true
}

/// An identity.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct IdentityEntry {
    /// The service that verifies the identity: `https://token.actions.githubusercontent.com`.
    pub issuer: String,
    /// The identity: a mail address, or the address of a workflow. `*` matches any text without `/`, and `**` any text.
    pub subject: String,
}

/// Reads the entries as a list. The message about a single section describes the right form.
pub(super) fn entries<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Vec<Spanned<TrustEntry>>, D::Error> {
    struct Entries;

    impl<'de> Visitor<'de> for Entries {
        type Value = Vec<Spanned<TrustEntry>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list: write `[[trust]]`")
        }

        fn visit_seq<A: SeqAccess<'de>>(
            self,
            mut entries: A,
        ) -> std::result::Result<Self::Value, A::Error> {
            let mut read = Vec::new();
            while let Some(entry) = entries.next_element()? {
                read.push(entry);
            }
            Ok(read)
        }
    }

    deserializer.deserialize_seq(Entries)
}

/// Reads the sections of the file at `path`.
///
/// # Errors
///
/// All entries without packages or signers, names that aren't namespaces or packages, and names in two entries.
pub(super) fn read(
    entries: Vec<Spanned<TrustEntry>>,
    path: &str,
    place: impl Fn(Range<usize>) -> Place,
) -> Result<TrustPolicy> {
    let dir = Path::new(path).parent().unwrap_or(Path::new(""));
    let mut policy = TrustPolicy::default();
    let mut problems = Vec::new();
    for entry in entries {
        let own_place = place(entry.span());
        let entry = entry.into_inner();
        let invalid = |message: &str, place: Place, help: &str| {
            Diagnostic::error(codes::INVALID_CONFIG, message).at(place).help(help)
        };
        let mut rule = TrustRule::new(own_place.clone());
        let located = |file: Spanned<String>| {
            let place = place(file.span());
            (dir.join(file.into_inner()), place)
        };
        for name in entry.namespaces {
            let (place, name) = (place(name.span()), name.into_inner());
            if name != "*" && format!("{name}:any").parse::<Reference>().is_err() {
                problems.push(invalid(
                    &format!("`{name}` is not a namespace"),
                    place.clone(),
                    "write a word in lower case, as in `wasi`; single packages belong in `packages`",
                ));
            }
            rule.names.push((name, place));
        }
        for name in entry.packages {
            let (place, name) = (place(name.span()), name.into_inner());
            let reference = name.parse::<Reference>();
            if !reference.is_ok_and(|reference| reference.version().is_none()) {
                problems.push(invalid(
                    &format!("`{name}` is not the name of a package"),
                    place.clone(),
                    "write `namespace:name`, without a version",
                ));
            }
            rule.names.push((name, place));
        }
        if rule.names.is_empty() {
            problems.push(invalid(
                "the entry is about no package",
                own_place.clone(),
                "name `namespaces` or `packages`; `namespaces = [\"*\"]` stands for all",
            ));
        }
        if entry.keys.is_empty() && entry.identities.is_empty() {
            problems.push(invalid(
                "no signer is accepted for these packages",
                own_place.clone(),
                "name `keys`, or `identities` with a `trusted-root`",
            ));
        }
        if !entry.identities.is_empty() && entry.trusted_root.is_none() {
            problems.push(invalid(
                "`identities` need a `trusted-root`, which certificates are verified against",
                own_place,
                "name the `trusted_root.json` of Sigstore's instance",
            ));
        }
        rule.keys = entry.keys.into_iter().map(located).collect();
        rule.trusted_root = entry.trusted_root.map(located);
        for identity in entry.identities {
            let place = place(identity.span());
            let IdentityEntry { issuer, subject } = identity.into_inner();
            match Identity::new(issuer, subject) {
                Ok(identity) => rule.identities.push(identity),
                Err(why) => problems.push(invalid(
                    &why,
                    place,
                    "name the identity whole: `https://github.com/acme/shop/.github/workflows/publish.yml@refs/tags/*`",
                )),
            }
        }
        rule.predicates = entry.predicates;
        rule.is_required = entry.require;
        if let Err(failure) = policy.add(rule) {
            problems.extend(failure.into_diagnostics());
        }
    }
    Failure::of(problems).map_or(Ok(policy), Err)
}
