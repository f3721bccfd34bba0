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

    /// What is secret in them.
    pub fn secret(&self) -> Option<&SecretString> {
        match self {
            Credentials::None => None,
            Credentials::Basic { password, .. } => Some(password),
            Credentials::Bearer { token, .. } | Credentials::Identity { token, .. } => Some(token),
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
    Credentials::of_text(&get(&basic)?, &origin(&basic))
}

/// Docker's credentials for a registry, which a helper may have to be run for.
///
/// # Errors
///
/// What keeps Docker's configuration, or a helper that it names, from saying what they are.
pub(super) fn of_docker(host: &str) -> Result<Credentials, String> {
    const ORIGIN: &str = "Docker's configuration";
    // Docker itself writes the one, and some helpers know the other.
    for server in [host.to_owned(), format!("https://{host}")] {
        match docker_credential::get_credential(&server) {
            Ok(DockerCredential::UsernamePassword(user, password)) => {
                return Ok(Credentials::Basic {
                    user,
                    password: password.into(),
                    origin: ORIGIN.to_owned(),
                });
            }
            Ok(DockerCredential::IdentityToken(token)) => {
                return Ok(Credentials::Identity {
                    token: token.into(),
                    origin: ORIGIN.to_owned(),
                });
            }
            // A helper that has none for a registry ends with a failure, too.
            Err(
                CredentialRetrievalError::ConfigNotFound
                | CredentialRetrievalError::NoCredentialConfigured
                | CredentialRetrievalError::HelperFailure { .. },
            ) => {}
            Err(CredentialRetrievalError::ConfigReadError) if !has_docker_config() => {}
            Err(error) => return Err(plain(&error).to_owned()),
        }
    }
    Ok(Credentials::None)
}

fn has_docker_config() -> bool {
    let folder = std::env::var_os("DOCKER_CONFIG").map(std::path::PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| std::path::Path::new(&home).join(".docker"));
    folder
        .or_else(home)
        .is_some_and(|folder| folder.join("config.json").exists())
}

/// The crate's own words would show what a helper printed.
fn plain(error: &CredentialRetrievalError) -> &'static str {
    match error {
        CredentialRetrievalError::HelperCommunicationError => {
            "the credential helper that Docker's configuration names can't be run"
        }
        CredentialRetrievalError::MalformedHelperResponse => {
            "the credential helper that Docker's configuration names answers with something else"
        }
        CredentialRetrievalError::ConfigReadError => "Docker's configuration can't be read",
        _ => "Docker's configuration has credentials that can't be decoded",
    }
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
