//! Authentication: responds to the challenges of a registry with credentials or tokens.

use std::sync::mpsc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_auth::{ChallengeRef, parse_challenges};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use ureq::http::{Method, header};
use url::Url;

use super::super::credentials::{self, Credentials, Lookup};
use super::super::fault::{Fault, Status};
use super::super::http::{HttpClient, Request, Response};
use super::super::secrets;
use super::super::settings;
use crate::diagnostic::{Diagnostic, Place, codes};

/// The most bytes that the response of a token server may have.
const MAX_TOKEN_BODY: u64 = 256 << 10;

/// The access to a repository that a client requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Pull,
    Push,
    /// The list of all repositories of the registry.
    Catalog,
}

/// Authenticates requests to one repository, as the registry demands it.
pub(super) struct Authenticator {
    host: String,
    insecure_http: bool,
    scope: String,
    allows_anonymous: bool,
    /// The timeout of a credential helper.
    helper_timeout: Duration,
    /// The credentials, after they were looked for.
    lookup: Mutex<Option<Lookup>>,
    authorization: Mutex<Option<Authorization>>,
}

/// The `Authorization` header of every request after the first challenge.
struct Authorization {
    value: SecretString,
    /// Where the credentials come from; none if the registry grants access without credentials.
    origin: Option<String>,
}

/// Several requests may be under way at the same time.
fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Authenticator {
    /// Returns the authenticator for a repository.
    pub fn new(oci: &settings::Oci, repository: &str, scope: Scope) -> Self {
        let scope_text = match scope {
            Scope::Pull => format!("repository:{repository}:pull"),
            Scope::Push => format!("repository:{repository}:pull,push"),
            Scope::Catalog => "registry:catalog:*".to_owned(),
        };
        // The environment is specific to this run, so it takes precedence over files.
        let configured = credentials::from_environment(&oci.host).or(oci.credentials.clone());
        if let Some(configured) = &configured {
            configured.remember_secrets();
        }
        let authorization = match &configured {
            Some(Credentials::Bearer { token, origin }) => Some(Authorization {
                value: format!("Bearer {}", token.expose_secret()).into(),
                origin: Some(origin.clone()),
            }),
            _ => None,
        };
        Authenticator {
            host: oci.host.clone(),
            insecure_http: oci.http.insecure_http,
            scope: scope_text,
            allows_anonymous: scope != Scope::Push,
            helper_timeout: oci.http.read_timeout,
            lookup: Mutex::new(configured.map(Lookup::found)),
            authorization: Mutex::new(authorization),
        }
    }

    /// Sends a request, and sends it again with credentials if the registry demands them.
    pub fn send(&self, client: &HttpClient, mut request: Request<'_>) -> Result<Response, Fault> {
        self.authorize(&mut request)?;
        let response = client.send(&request)?;
        if response.status != 401 {
            return Ok(response);
        }
        if response.is_cross_origin {
            // The credentials are meant for the registry, not for the target of its redirects.
            let why = "to another server that requires its own credentials".to_owned();
            return Err(Fault::Redirect(why));
        }
        match self.authorization_for(client, &response)? {
            Some(authorization) => *lock(&self.authorization) = Some(authorization),
            None => return Ok(response),
        }
        self.authorize(&mut request)?;
        client.send(&request)
    }

    /// As [`Response::error_for_status`]; the fault names the rejected credentials.
    pub fn error_for_status(&self, response: Response) -> Result<Response, Fault> {
        response.error_for_status().map_err(|fault| self.explain(fault, None))
    }

    /// Adds to a fault where the credentials come from. `token_credentials` are those that a token server has
    /// rejected.
    fn explain(&self, fault: Fault, token_credentials: Option<&Credentials>) -> Fault {
        let Fault::Status(mut status) = fault else {
            return fault;
        };
        let authorization = lock(&self.authorization);
        let lookup = lock(&self.lookup);
        status.credentials = match token_credentials {
            Some(credentials) => credentials.origin().map(str::to_owned),
            None => authorization.as_ref().and_then(|authorization| authorization.origin.clone()),
        };
        let lacks_credentials = matches!(status.code, 401 | 403) && status.credentials.is_none();
        match lookup.as_ref().and_then(|lookup| lookup.problem.as_ref()) {
            Some(problem) if lacks_credentials => {
                let host = &self.host;
                let message = format!("`{host}` requires authentication, and {problem}");
                Fault::Reported(
                    Diagnostic::error(codes::NO_CREDENTIALS, message)
                        .at(Place::argument(host))
                        .help(format!(
                            "correct it, or {}",
                            credentials::environment_advice(host)
                        )),
                )
            }
            _ => Fault::Status(status),
        }
    }

    /// Adds the `Authorization` header to a request, if there is one.
    fn authorize(&self, request: &mut Request<'_>) -> Result<(), Fault> {
        let Some(authorization) = &*lock(&self.authorization) else {
            return Ok(());
        };
        let mut value: header::HeaderValue = authorization
            .value
            .expose_secret()
            .parse()
            .map_err(|_| Fault::Invalid("credentials that no request can carry".to_owned()))?;
        value.set_sensitive(true);
        request.headers.insert(header::AUTHORIZATION, value);
        Ok(())
    }

    /// Returns the authorization that the challenges of a response demand; none if they can't be met.
    fn authorization_for(
        &self,
        client: &HttpClient,
        response: &Response,
    ) -> Result<Option<Authorization>, Fault> {
        let header = response.header_list(header::WWW_AUTHENTICATE);
        let challenges = parse_challenges(&header).unwrap_or_default();
        let challenge = |scheme: &str| {
            challenges
                .iter()
                .find(|challenge| challenge.scheme.eq_ignore_ascii_case(scheme))
        };
        let credentials = self.credentials();
        if let Some(challenge) = challenge("Bearer") {
            return self.fetch_token(client, challenge, &credentials);
        }
        Ok(match (challenge("Basic"), &credentials) {
            (
                Some(_),
                Credentials::Basic {
                    user,
                    password,
                    origin,
                },
            ) => Some(Authorization {
                value: credentials::basic_authorization(user, password),
                origin: Some(origin.clone()),
            }),
            _ => None,
        })
    }

    /// Returns the credentials. They are looked for when the first challenge arrives, because that may run a
    /// helper. A failed lookup is reported only if the registry rejects anonymous requests.
    fn credentials(&self) -> Credentials {
        let look_up = || {
            let (sender, receiver) = mpsc::channel();
            let host = self.host.clone();
            std::thread::spawn(move || sender.send(credentials::from_docker(&host)));
            receiver.recv_timeout(self.helper_timeout).unwrap_or_else(|_| {
                let seconds = self.helper_timeout.as_secs();
                Lookup::failed(format!(
                    "the credential helper didn't respond within {seconds} s"
                ))
            })
        };
        let credentials = lock(&self.lookup).get_or_insert_with(look_up).credentials.clone();
        credentials.remember_secrets();
        credentials
    }

    /// Fetches a token from the server that the challenge names (distribution specification, "Token
    /// Authentication").
    fn fetch_token(
        &self,
        client: &HttpClient,
        challenge: &ChallengeRef<'_>,
        credentials: &Credentials,
    ) -> Result<Option<Authorization>, Fault> {
        let parameter = |name: &str| {
            challenge
                .params
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.to_unescaped())
        };
        if matches!(credentials, Credentials::Bearer { .. }) {
            // The registry has rejected this token.
            return Ok(None);
        }
        let Some(realm) = parameter("realm") else {
            return Err(Fault::Invalid(
                "a request for a token without `realm`".to_owned(),
            ));
        };
        if !self.may_receive_credentials(&realm) {
            let why = "a request for credentials, to be sent without TLS to another host";
            return Err(Fault::Invalid(why.to_owned()));
        }
        let mut query = format!("scope={}", encode(&self.scope));
        if let Some(service) = parameter("service") {
            query = format!("service={}&{query}", encode(&service));
        }
        let separator = if realm.contains('?') { '&' } else { '?' };
        let url = format!("{realm}{separator}{query}");
        let request_token = |credentials: &Credentials| -> Result<Authorization, Fault> {
            let form;
            let request = match credentials {
                Credentials::Identity { token, .. } => {
                    let token = encode(token.expose_secret());
                    form = format!(
                        "grant_type=refresh_token&client_id=witgen&refresh_token={token}&{query}"
                    );
                    Request::write(Method::POST, &realm, form.as_bytes())
                        .with_header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                }
                Credentials::Basic { user, password, .. } => {
                    let basic = credentials::basic_authorization(user, password);
                    Request::get(&url, MAX_TOKEN_BODY)
                        .with_header(header::AUTHORIZATION, basic.expose_secret())
                }
                _ => Request::get(&url, MAX_TOKEN_BODY),
            };
            Ok(Authorization {
                value: parse_token(&client.send(&request)?.error_for_status()?)?,
                origin: credentials.origin().map(str::to_owned),
            })
        };
        let is_rejection = |fault: &Fault| {
            matches!(
                fault,
                Fault::Status(Status {
                    code: 400 | 401 | 403,
                    ..
                })
            )
        };
        match request_token(credentials) {
            Ok(authorization) => Ok(Some(authorization)),
            // Expired credentials must not prevent reads that need none.
            Err(fault)
                if is_rejection(&fault)
                    && self.allows_anonymous
                    && credentials.origin().is_some() =>
            {
                request_token(&Credentials::None)
                    .map(Some)
                    .map_err(|_| self.explain(fault, Some(credentials)))
            }
            Err(fault) => Err(self.explain(fault, Some(credentials))),
        }
    }

    /// Whether a token server may receive credentials: over TLS, or without TLS if the registry itself does.
    fn may_receive_credentials(&self, realm: &str) -> bool {
        let Ok(realm) = Url::parse(realm) else {
            return false;
        };
        let is_registry = || {
            Url::parse(&format!("http://{}", self.host))
                .is_ok_and(|registry| registry.origin() == realm.origin())
        };
        realm.scheme() == "https" || (self.insecure_http && is_registry())
    }
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Returns the `Authorization` header for the token in the response of a token server.
fn parse_token(response: &Response) -> Result<SecretString, Fault> {
    #[derive(Deserialize)]
    struct TokenBody {
        token: Option<String>,
        access_token: Option<String>,
    }
    serde_json::from_slice(&response.body)
        .ok()
        .and_then(|body: TokenBody| body.token.or(body.access_token))
        .map(|token| {
            secrets::remember(&token);
            format!("Bearer {token}").into()
        })
        .ok_or_else(|| Fault::Invalid("the response has no token".to_owned()))
}
