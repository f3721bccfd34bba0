//! Who asks: credentials from the environment, wkg's configuration, or Docker's with its helpers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use docker_credential::{CredentialRetrievalError, DockerCredential};
use secrecy::{ExposeSecret, SecretString};

/// Credentials for a registry. No message can show what is secret in them.
#[derive(Clone, Debug)]
pub(super) enum Credentials {
    /// None are set up.
    None,
    /// RFC 7617.
    Basic {
        user: String,
        password: SecretString,
        origin: String,
    },
    /// A token that goes to the registry as it is.
    Bearer { token: SecretString, origin: String },
    /// A token that a token server takes (Docker's "identity token").
    Identity { token: SecretString, origin: String },
}

impl Credentials {
    /// Where they come from, for people.
    pub fn origin(&self) -> Option<&str> {
        match self {
            Credentials::None => None,
            Credentials::Basic { origin, .. }
            | Credentials::Bearer { origin, .. }
            | Credentials::Identity { origin, .. } => Some(origin),
        }
    }

    /// From `user:password`.
    fn of_pair(pair: &str, origin: &str) -> Option<Self> {
        let (user, password) = pair.split_once(':')?;
        Some(Credentials::Basic {
            user: user.to_owned(),
            password: password.into(),
            origin: origin.to_owned(),
        })
    }

    /// From `user:password`, or that in base64 (as after `Basic` in a request).
    pub fn of_text(text: &str, origin: &str) -> Option<Self> {
        Self::of_pair(text, origin).or_else(|| {
            let decoded = STANDARD.decode(padded(text)).ok()?;
            Self::of_pair(std::str::from_utf8(&decoded).ok()?, origin)
        })
    }

    /// What is secret in them, in each form that is sent.
    pub fn secrets(&self) -> Vec<SecretString> {
        match self {
            Credentials::None => Vec::new(),
            Credentials::Basic { user, password, .. } => {
                vec![password.clone(), basic(user, password)]
            }
            Credentials::Bearer { token, .. } | Credentials::Identity { token, .. } => {
                vec![token.clone()]
            }
        }
    }
}

/// What was found for a registry.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub credentials: Credentials,
    /// What kept others from being found, for people.
    pub trouble: Option<String>,
}

impl Found {
    pub fn of(credentials: Credentials) -> Self {
        Found {
            credentials,
            trouble: None,
        }
    }

    pub fn nothing(trouble: String) -> Self {
        Found {
            credentials: Credentials::None,
            trouble: Some(trouble),
        }
    }
}

/// Base64 with the padding that some leave out.
fn padded(text: &str) -> String {
    let text = text.trim().trim_end_matches('=');
    let padding = (4 - text.len() % 4) % 4;
    format!("{text}{}", "=".repeat(padding))
}

/// The value of an `Authorization` field for the scheme `Basic`.
pub(super) fn basic(user: &str, password: &SecretString) -> SecretString {
    let pair = format!("{user}:{}", password.expose_secret());
    format!("Basic {}", STANDARD.encode(pair)).into()
}

/// The environment variable with a registry's token, as wkg names it.
pub(super) fn variable(host: &str) -> String {
    let name = host.chars().map(|c| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_uppercase(),
        false => '_',
    });
    format!("WKG_REGISTRY_{}_AUTH_BEARER", name.collect::<String>())
}

/// How credentials are set in the environment, for messages.
pub(super) fn variables(host: &str) -> String {
    let bearer = variable(host);
    let basic = bearer.replace("_AUTH_BEARER", "_AUTH_BASIC");
    format!("set {basic} to `user:password`, or {bearer} to a token")
}

/// Credentials from the environment: a token, or a user and a password.
pub(super) fn of_environment(host: &str) -> Option<Credentials> {
    let bearer = variable(host);
    let basic = bearer.replace("_AUTH_BEARER", "_AUTH_BASIC");
    let get = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let origin = |name: &str| format!("the environment ({name})");
    if let Some(token) = get(&bearer) {
        return Some(Credentials::Bearer {
            token: token.into(),
            origin: origin(&bearer),
        });
    }
    let pair = get(&basic)?;
    // What is no pair is refused as one, and named: it isn't left out without a word.
    let pair_of = |text: &str| Credentials::of_text(text, &origin(&basic));
    pair_of(&pair).or_else(|| pair_of(&format!("{pair}:")))
}

/// Credentials for a registry as `docker login` or `podman login` has stored them, which a helper may have
/// to be run for.
pub(super) fn of_docker(host: &str) -> Found {
    type Ask = fn(&str) -> Result<DockerCredential, CredentialRetrievalError>;
    let files: [(Ask, &str); 2] = [
        (docker_credential::get_credential, "Docker's configuration"),
        (
            docker_credential::get_podman_credential,
            "podman's auth.json",
        ),
    ];
    let mut trouble = None;
    for (ask, file) in files {
        for server in names(host) {
            let origin = file.to_owned();
            match ask(&server) {
                Ok(DockerCredential::UsernamePassword(user, password)) => {
                    return Found::of(Credentials::Basic {
                        user,
                        password: password.into(),
                        origin,
                    });
                }
                Ok(DockerCredential::IdentityToken(token)) => {
                    return Found::of(Credentials::Identity {
                        token: token.into(),
                        origin,
                    });
                }
                Err(error) => trouble = trouble.or(plain(&error, file)),
            }
        }
    }
    Found {
        credentials: Credentials::None,
        trouble,
    }
}

/// What a registry is called in these files: Docker writes the host, some helpers know an address, and its
/// own registry has a name from of old.
fn names(host: &str) -> Vec<String> {
    let mut names = vec![host.to_owned(), format!("https://{host}")];
    if matches!(
        host,
        "docker.io" | "index.docker.io" | "registry-1.docker.io"
    ) {
        names.push("https://index.docker.io/v1/".to_owned());
    }
    names
}

/// What is wrong, if it is more than that there are none. The crate's own words would show what a helper
/// printed.
fn plain(error: &CredentialRetrievalError, file: &str) -> Option<String> {
    Some(match error {
        CredentialRetrievalError::ConfigNotFound
        | CredentialRetrievalError::NoCredentialConfigured => return None,
        // Its protocol has these words for a registry that it knows nothing of.
        CredentialRetrievalError::HelperFailure { stdout, .. }
            if stdout.contains("credentials not found") =>
        {
            return None;
        }
        CredentialRetrievalError::HelperFailure { helper, .. } => {
            format!("the credential helper `{helper}`, which {file} names, fails")
        }
        CredentialRetrievalError::HelperCommunicationError => {
            format!("the credential helper that {file} names can't be run")
        }
        CredentialRetrievalError::MalformedHelperResponse => {
            format!("the credential helper that {file} names answers with something else")
        }
        // It may also not be there, which is no trouble.
        CredentialRetrievalError::ConfigReadError => {
            let is_there = file.starts_with("Docker") && has_docker_config();
            return is_there.then(|| format!("{file} can't be read"));
        }
        _ => format!("{file} has credentials that can't be decoded"),
    })
}

fn has_docker_config() -> bool {
    let folder = std::env::var_os("DOCKER_CONFIG").map(std::path::PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| std::path::Path::new(&home).join(".docker"));
    folder
        .or_else(home)
        .is_some_and(|folder| folder.join("config.json").exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_is_the_one_that_wkg_reads() {
        let variable = variable("127.0.0.1:5000");
        assert_eq!(variable, "WKG_REGISTRY_127_0_0_1_5000_AUTH_BEARER");
    }

    #[test]
    fn a_user_and_a_password_come_plain_or_in_base64() {
        for text in ["me:a:b", "bWU6YTpi", " bWU6YTpi\n"] {
            let Some(Credentials::Basic { user, password, .. }) =
                Credentials::of_text(text, "a test")
            else {
                panic!("{text} is read");
            };
            assert_eq!((user.as_str(), password.expose_secret()), ("me", "a:b"));
        }
        assert!(Credentials::of_text("neither", "a test").is_none());
    }

    #[test]
    fn no_secret_shows_in_what_is_printed_for_debugging() {
        let credentials = Credentials::of_text("me:hidden", "a test");
        assert!(!format!("{credentials:?}").contains("hidden"));
    }
}
