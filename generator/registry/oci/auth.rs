//! Being let in: what a registry asks for, and what it gets.

use std::cell::RefCell;
use std::sync::mpsc;
use std::time::Duration;

use http_auth::{ChallengeRef, parse_challenges};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use ureq::http::{Method, header};
use url::Url;

use super::super::credentials::{self, Credentials, Found};
use super::super::fault::{Fault, Status};
use super::super::http::{Answer, Call, Http};
use super::super::settings;
use crate::diagnostic::{Diagnostic, Place, codes};

/// A token is short.
const MAX_TOKEN: u64 = 256 << 10;

/// What a client wants to do in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Pull,
    Push,
}

/// Puts credentials under requests to one repository, as the registry asks for them.
pub(super) struct Gate {
    host: String,
    is_plain: bool,
    scope: String,
    may_be_anonymous: bool,
    /// How long a helper may take.
    patience: Duration,
    found: RefCell<Option<Found>>,
    pass: RefCell<Option<Pass>>,
}

/// What goes with every request, once the registry has asked for it.
struct Pass {
    /// The value of `Authorization`.
    value: SecretString,
    /// Whose it is; nobody's if the registry gives it to everybody.
    origin: Option<String>,
}

impl Gate {
    pub fn new(oci: &settings::Oci, repository: &str, scope: Scope) -> Self {
        let actions = match scope {
            Scope::Pull => "pull",
            Scope::Push => "pull,push",
        };
        // The environment is said for this run; what stands in files is there for all.
        let given = credentials::of_environment(&oci.host).or(oci.credentials.clone());
        let pass = match &given {
            Some(Credentials::Bearer { token, origin }) => Some(Pass {
                value: format!("Bearer {}", token.expose_secret()).into(),
                origin: Some(origin.clone()),
            }),
            _ => None,
        };
        Gate {
            host: oci.host.clone(),
            is_plain: oci.manner.plain,
            scope: format!("repository:{repository}:{actions}"),
            may_be_anonymous: scope == Scope::Pull,
            patience: oci.manner.patience,
            found: RefCell::new(given.map(Found::of)),
            pass: RefCell::new(pass),
        }
    }

    /// Makes a request, and again with what the registry asks for.
    pub fn send(&self, http: &Http, mut call: Call<'_>) -> Result<Answer, Fault> {
        self.sign(&mut call)?;
        let answer = http.send(&call)?;
        if answer.status != 401 {
            return Ok(answer);
        }
        if answer.is_foreign {
            // Whoever it sends us to has no claim to what is meant for the registry.
            let why = "to a place that wants credentials of its own".to_owned();
            return Err(Fault::Redirect(why));
        }
        match self.pass_for(http, &answer)? {
            Some(pass) => *self.pass.borrow_mut() = Some(pass),
            None => return Ok(answer),
        }
        self.sign(&mut call)?;
        http.send(&call)
    }

    /// The same as [`Answer::accepted`], with whose credentials were refused, and without what is secret.
    pub fn accepted(&self, answer: Answer) -> Result<Answer, Fault> {
        answer.accepted().map_err(|fault| self.refused(fault, None))
    }

    /// A refusal, as it is shown. `asked` has been shown to a token server.
    fn refused(&self, fault: Fault, asked: Option<&Credentials>) -> Fault {
        let Fault::Status(mut status) = fault else {
            return fault;
        };
        let pass = self.pass.borrow();
        let found = self.found.borrow();
        status.credentials = match asked {
            Some(asked) => asked.origin().map(str::to_owned),
            None => pass.as_ref().and_then(|pass| pass.origin.clone()),
        };
        // Some registries repeat what they were sent.
        let own = found.as_ref().map(|found| &found.credentials);
        let secrets = own.into_iter().flat_map(Credentials::secrets);
        for secret in secrets.chain(pass.as_ref().map(|pass| pass.value.clone())) {
            let secret = secret.expose_secret();
            let value = secret.split_once(' ').map_or(secret, |(_, value)| value);
            if !value.is_empty() {
                let encoded = encode(value);
                status.words = status.words.replace(value, "…").replace(&encoded, "…");
            }
        }
        let is_about_us = matches!(status.code, 401 | 403) && status.credentials.is_none();
        match found.as_ref().and_then(|found| found.trouble.as_ref()) {
            Some(trouble) if is_about_us => {
                let host = &self.host;
                let message = format!("`{host}` wants to know who asks, and {trouble}");
                Fault::Settled(
                    Diagnostic::error(codes::NO_CREDENTIALS, message)
                        .at(Place::argument(host))
                        .help(format!("mend it, or {}", credentials::variables(host))),
                )
            }
            _ => Fault::Status(status),
        }
    }

    fn sign(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let Some(pass) = &*self.pass.borrow() else {
            return Ok(());
        };
        let invalid = |_| Fault::Invalid("credentials that no request can carry".to_owned());
        let value = pass.value.expose_secret().parse();
        let mut value: header::HeaderValue = value.map_err(invalid)?;
        value.set_sensitive(true);
        call.headers.insert(header::AUTHORIZATION, value);
        Ok(())
    }

    /// What goes into `Authorization`, by what the registry asks for; nothing if there is nothing more
    /// to give.
    fn pass_for(&self, http: &Http, answer: &Answer) -> Result<Option<Pass>, Fault> {
        let asked = answer.fields(header::WWW_AUTHENTICATE);
        let challenges = parse_challenges(&asked).unwrap_or_default();
        let of = |scheme: &str| {
            challenges
                .iter()
                .find(|challenge| challenge.scheme.eq_ignore_ascii_case(scheme))
        };
        let credentials = self.credentials();
        if let Some(challenge) = of("Bearer") {
            return self.token(http, challenge, &credentials);
        }
        Ok(match (of("Basic"), &credentials) {
            (
                Some(_),
                Credentials::Basic {
                    user,
                    password,
                    origin,
                },
            ) => Some(Pass {
                value: credentials::basic(user, password),
                origin: Some(origin.clone()),
            }),
            _ => None,
        })
    }

    /// Credentials, looked for when they are asked for: a helper may have to be run. What keeps them from
    /// being found matters only if nobody is let in without.
    fn credentials(&self) -> Credentials {
        let mut found = self.found.borrow_mut();
        let found = found.get_or_insert_with(|| {
            let (sender, receiver) = mpsc::channel();
            let host = self.host.clone();
            std::thread::spawn(move || sender.send(credentials::of_docker(&host)));
            receiver.recv_timeout(self.patience).unwrap_or_else(|_| {
                let seconds = self.patience.as_secs();
                Found::nothing(format!(
                    "the credential helper didn't answer in {seconds} s"
                ))
            })
        });
        found.credentials.clone()
    }

    /// A token of the server that the challenge names (distribution specification, "Token
    /// Authentication").
    fn token(
        &self,
        http: &Http,
        challenge: &ChallengeRef<'_>,
        credentials: &Credentials,
    ) -> Result<Option<Pass>, Fault> {
        let parameter = |name: &str| {
            let mut parameters = challenge.params.iter();
            let found = parameters.find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.to_unescaped())
        };
        if matches!(credentials, Credentials::Bearer { .. }) {
            // It was sent already, and refused.
            return Ok(None);
        }
        let Some(realm) = parameter("realm") else {
            return Err(Fault::Invalid(
                "a request for a token without `realm`".to_owned(),
            ));
        };
        if !self.is_trusted(&realm) {
            let why = "a request for credentials, to be sent without TLS to another host";
            return Err(Fault::Invalid(why.to_owned()));
        }
        let mut query = format!("scope={}", encode(&self.scope));
        if let Some(service) = parameter("service") {
            query = format!("service={}&{query}", encode(&service));
        }
        let joint = if realm.contains('?') { '&' } else { '?' };
        let url = format!("{realm}{joint}{query}");
        let ask = |credentials: &Credentials| -> Result<Pass, Fault> {
            let form;
            let call = match credentials {
                Credentials::Identity { token, .. } => {
                    let token = encode(token.expose_secret());
                    form = format!(
                        "grant_type=refresh_token&client_id=witgen&refresh_token={token}&{query}"
                    );
                    Call::write(Method::POST, &realm, form.as_bytes())
                        .with(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                }
                Credentials::Basic { user, password, .. } => {
                    let pass = credentials::basic(user, password);
                    Call::get(&url, MAX_TOKEN).with(header::AUTHORIZATION, pass.expose_secret())
                }
                _ => Call::get(&url, MAX_TOKEN),
            };
            Ok(Pass {
                value: token_of(&http.send(&call)?.accepted()?)?,
                origin: credentials.origin().map(str::to_owned),
            })
        };
        let is_refusal = |fault: &Fault| {
            matches!(
                fault,
                Fault::Status(Status {
                    code: 400 | 401 | 403,
                    ..
                })
            )
        };
        match ask(credentials) {
            Ok(pass) => Ok(Some(pass)),
            // What everybody may read can be read with credentials that have expired.
            Err(fault)
                if is_refusal(&fault)
                    && self.may_be_anonymous
                    && credentials.origin().is_some() =>
            {
                let anonymous = ask(&Credentials::None);
                anonymous
                    .map(Some)
                    .map_err(|_| self.refused(fault, Some(credentials)))
            }
            Err(fault) => Err(self.refused(fault, Some(credentials))),
        }
    }

    /// Whether a token server may see credentials: over TLS, or where the registry itself sees them.
    fn is_trusted(&self, realm: &str) -> bool {
        let Ok(realm) = Url::parse(realm) else {
            return false;
        };
        let own = Url::parse(&format!("http://{}", self.host));
        let is_own = own.is_ok_and(|own| own.origin() == realm.origin());
        realm.scheme() == "https" || (self.is_plain && is_own)
    }
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn token_of(answer: &Answer) -> Result<SecretString, Fault> {
    #[derive(Deserialize)]
    struct Token {
        token: Option<String>,
        access_token: Option<String>,
    }
    let token: Option<Token> = serde_json::from_slice(&answer.body).ok();
    let token = token.and_then(|token| token.token.or(token.access_token));
    match token {
        Some(token) => Ok(format!("Bearer {token}").into()),
        None => Err(Fault::Invalid(
            "an answer without a token where one belongs".to_owned(),
        )),
    }
}
