//! Credentials from the environment, wkg's configuration, or Docker's with its helpers.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use docker_credential::{CredentialRetrievalError, DockerCredential};
use secrecy::{ExposeSecret, SecretString};

use super::secrets;
use crate::read::{self, MAX_TEXT_BYTES};

/// Credentials for a registry. Their `Debug` form doesn't show secrets.
#[derive(Clone, Debug)]
pub(super) enum Credentials {
    /// No credentials are configured.
    None,
    /// A user and a password (RFC 7617).
    Basic {
        user: String,
        password: SecretString,
        origin: String,
    },
    /// A token for the registry itself.
    Bearer { token: SecretString, origin: String },
    /// A token for the token server (Docker's "identity token").
    Identity { token: SecretString, origin: String },
}

impl Credentials {
    /// Returns where the credentials come from, for messages.
    pub fn origin(&self) -> Option<&str> {
        match self {
            Credentials::None => None,
            Credentials::Basic { origin, .. }
            | Credentials::Bearer { origin, .. }
            | Credentials::Identity { origin, .. } => Some(origin),
        }
    }

    /// Parses `user:password`.
    fn from_pair(pair: &str, origin: &str) -> Option<Self> {
        let (user, password) = pair.split_once(':')?;
        Some(Credentials::Basic {
            user: user.to_owned(),
            password: password.into(),
            origin: origin.to_owned(),
        })
    }

    /// Parses `user:password`, or its base64 form (as after `Basic` in a request).
    pub fn from_text(text: &str, origin: &str) -> Option<Self> {
        Self::from_pair(text, origin).or_else(|| {
            let decoded = STANDARD.decode(padded(text)).ok()?;
            Self::from_pair(std::str::from_utf8(&decoded).ok()?, origin)
        })
    }

    /// Remembers the secrets, so that no message shows them.
    pub fn remember_secrets(&self) {
        match self {
            Credentials::None => {}
            Credentials::Basic { user, password, .. } => {
                secrets::remember(password.expose_secret());
                secrets::remember(&base64_pair(user, password));
            }
            Credentials::Bearer { token, .. } | Credentials::Identity { token, .. } => {
                secrets::remember(token.expose_secret());
            }
        }
    }
}

/// The result of looking for the credentials of a registry.
#[derive(Clone, Debug)]
pub(super) struct Lookup {
    pub credentials: Credentials,
    /// Why stored credentials couldn't be read, for messages.
    pub problem: Option<String>,
}

impl Lookup {
    /// Returns a lookup that found credentials.
    pub fn found(credentials: Credentials) -> Self {
        Lookup {
            credentials,
            problem: None,
        }
    }

    /// Returns a lookup that failed.
    pub fn failed(problem: String) -> Self {
        Lookup {
            credentials: Credentials::None,
            problem: Some(problem),
        }
    }
}

/// Adds the padding that base64 may lack.
fn padded(text: &str) -> String {
    let text = text.trim().trim_end_matches('=');
    let padding = (4 - text.len() % 4) % 4;
    format!("{text}{}", "=".repeat(padding))
}

/// Returns the value of the `Authorization` header for the scheme `Basic`.
pub(super) fn basic_authorization(user: &str, password: &SecretString) -> SecretString {
    format!("Basic {}", base64_pair(user, password)).into()
}

fn base64_pair(user: &str, password: &SecretString) -> String {
    STANDARD.encode(format!("{user}:{}", password.expose_secret()))
}

/// The environment variables with the credentials of a registry, as wkg names them.
struct Variables {
    bearer: String,
    basic: String,
}

impl Variables {
    fn new(host: &str) -> Self {
        let name: String = host
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_uppercase()
                } else {
                    '_'
                }
            })
            .collect();
        Variables {
            bearer: format!("WKG_REGISTRY_{name}_AUTH_BEARER"),
            basic: format!("WKG_REGISTRY_{name}_AUTH_BASIC"),
        }
    }
}

/// Returns the variable that has credentials for a registry, if one is set.
pub(super) fn variable_in_use(host: &str) -> Option<String> {
    let Variables { bearer, basic } = Variables::new(host);
    let is_set = |name: &String| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    [bearer, basic].into_iter().find(is_set)
}

/// Whether a variable has credentials for a registry.
pub(super) fn reads_variable(host: &str, variable: &str) -> bool {
    let Variables { bearer, basic } = Variables::new(host);
    variable == bearer || variable == basic
}

/// Returns advice on how to set credentials in the environment.
pub(super) fn environment_advice(host: &str) -> String {
    let Variables { bearer, basic } = Variables::new(host);
    format!("set {basic} to `user:password`, or {bearer} to a token")
}

/// Reads credentials from the environment: a token, or a user and a password.
pub(super) fn from_environment(host: &str) -> Option<Credentials> {
    let Variables { bearer, basic } = Variables::new(host);
    let get = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let origin = |name: &str| format!("the environment ({name})");
    if let Some(token) = get(&bearer) {
        secrets::remember(&token);
        return Some(Credentials::Bearer {
            token: token.into(),
            origin: origin(&bearer),
        });
    }
    let pair = get(&basic)?;
    secrets::remember(&pair);
    let parse = |text: &str| Credentials::from_text(text, &origin(&basic));
    // A value that isn't a pair is sent as a user name: the registry rejects it, and the message names the
    // variable.
    let credentials = parse(&pair).or_else(|| parse(&format!("{pair}:")));
    credentials.inspect(Credentials::remember_secrets)
}

/// Reads the credentials that `docker login` or `podman login` has stored; this may run a credential helper.
pub(super) fn from_docker(host: &str) -> Lookup {
    let files = [
        (docker_config(), "Docker's configuration"),
        (podman_config(), "podman's auth.json"),
    ];
    let mut problem = None;
    for (path, file) in files {
        for server in server_names(host) {
            let origin = file.to_owned();
            match read_stored(path.as_deref(), &server) {
                Ok(DockerCredential::UsernamePassword(user, password)) => {
                    return Lookup::found(Credentials::Basic {
                        user,
                        password: password.into(),
                        origin,
                    });
                }
                Ok(DockerCredential::IdentityToken(token)) => {
                    return Lookup::found(Credentials::Identity {
                        token: token.into(),
                        origin,
                    });
                }
                Err(error) => problem = problem.or(lookup_problem(&error, file)),
            }
        }
    }
    Lookup {
        credentials: Credentials::None,
        problem,
    }
}

/// Reads the credentials of a server from a file; this may run a credential helper.
fn read_stored(
    path: Option<&Path>,
    server: &str,
) -> Result<DockerCredential, CredentialRetrievalError> {
    let path = path.ok_or(CredentialRetrievalError::ConfigNotFound)?;
    let text = read::regular(path, MAX_TEXT_BYTES)
        .map_err(|_| CredentialRetrievalError::ConfigReadError)?;
    docker_credential::get_credential_from_reader(&*text, server)
}

/// Returns the folder of Docker's configuration.
fn docker_folder() -> Option<PathBuf> {
    let folder = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from);
    folder.or_else(|| Some(etcetera::home_dir().ok()?.join(".docker")))
}

fn docker_config() -> Option<PathBuf> {
    Some(docker_folder()?.join("config.json"))
}

/// Returns the file that podman stores credentials in (podman-login(1), "--authfile").
fn podman_config() -> Option<PathBuf> {
    if let Some(file) = std::env::var_os("REGISTRY_AUTH_FILE") {
        return Some(file.into());
    }
    let file = if cfg!(target_os = "linux") {
        PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR")?).join("containers/auth.json")
    } else {
        etcetera::home_dir().ok()?.join(".config/containers/auth.json")
    };
    if file.is_file() {
        Some(file)
    } else {
        Some(docker_folder()?.join("containers/auth.json"))
    }
}

/// Returns the names of a registry in these files: Docker writes the host, some helpers a URL, and Docker's
/// own registry has a legacy name.
fn server_names(host: &str) -> Vec<String> {
    let mut names = vec![host.to_owned(), format!("https://{host}")];
    if matches!(
        host,
        "docker.io" | "index.docker.io" | "registry-1.docker.io"
    ) {
        names.push("https://index.docker.io/v1/".to_owned());
    }
    names
}

/// Returns why stored credentials couldn't be read; none if there are none. The crate's own message would
/// show the output of a helper, which may be secret.
fn lookup_problem(error: &CredentialRetrievalError, file: &str) -> Option<String> {
    Some(match error {
        CredentialRetrievalError::ConfigNotFound
        | CredentialRetrievalError::NoCredentialConfigured => return None,
        // The protocol of helpers has this message for a registry without credentials.
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
            format!("the credential helper in {file} returned an unexpected response")
        }
        // The file may also be missing, which isn't a problem.
        CredentialRetrievalError::ConfigReadError => {
            let is_there = file.starts_with("Docker") && has_docker_config();
            return is_there.then(|| format!("{file} can't be read"));
        }
        _ => format!("{file} has credentials that can't be decoded"),
    })
}

fn has_docker_config() -> bool {
    docker_config().is_some_and(|file| file.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environment_variables_are_those_of_wkg() {
        let Variables { bearer, basic } = Variables::new("127.0.0.1:5000");
        assert_eq!(bearer, "WKG_REGISTRY_127_0_0_1_5000_AUTH_BEARER");
        assert_eq!(basic, "WKG_REGISTRY_127_0_0_1_5000_AUTH_BASIC");
    }

    #[test]
    fn a_user_and_a_password_are_read_plain_or_in_base64() {
        for text in ["me:a:b", "bWU6YTpi", " bWU6YTpi\n"] {
            let Some(Credentials::Basic { user, password, .. }) =
                Credentials::from_text(text, "a test")
            else {
                panic!("{text} is read");
            };
            assert_eq!((user.as_str(), password.expose_secret()), ("me", "a:b"));
        }
        assert!(Credentials::from_text("neither", "a test").is_none());
    }

    #[test]
    fn debug_output_shows_no_secrets() {
        let credentials = Credentials::from_text("me:hidden", "a test");
        assert!(!format!("{credentials:?}").contains("hidden"));
    }
}
