//! Being let in: what a registry asks for, and what it gets.

use std::cell::RefCell;

use http_auth::{ChallengeRef, parse_challenges};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use ureq::http::{Method, header};

use super::super::credentials::{self, Credentials};
use super::super::fault::{Fault, Status};
use super::super::http::{Answer, Call, Http};
use super::super::settings;
use crate::diagnostic::{Diagnostic, Place};

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
    configured: Option<Credentials>,
    found: RefCell<Option<Credentials>>,
    /// The value of `Authorization`, once the registry has asked for it.
    pass: RefCell<Option<SecretString>>,
}

impl Gate {
    pub fn new(oci: &settings::Oci, repository: &str, scope: Scope) -> Self {
        let actions = match scope {
            Scope::Pull => "pull",
            Scope::Push => "pull,push",
        };
        // The environment is said for this run; what stands in files is there for all.
        let configured = credentials::of_environment(&oci.host).or(oci.credentials.clone());
        let pass = match &configured {
            Some(Credentials::Bearer { token, .. }) => {
                Some(format!("Bearer {}", token.expose_secret()).into())
            }
            _ => None,
        };
        Gate {
            host: oci.host.clone(),
            is_plain: oci.manner.plain,
            scope: format!("repository:{repository}:{actions}"),
            may_be_anonymous: scope == Scope::Pull,
            configured,
            found: RefCell::new(None),
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
        match self.pass_for(http, &answer)? {
            Some(pass) => *self.pass.borrow_mut() = Some(pass),
            None => return Ok(answer),
        }
        self.sign(&mut call)?;
        http.send(&call)
    }

    /// The same as [`Answer::accepted`], with whose credentials were refused, and without what is secret.
    pub fn accepted(&self, answer: Answer) -> Result<Answer, Fault> {
        answer.accepted().map_err(|fault| self.signed(fault))
    }

    fn signed(&self, fault: Fault) -> Fault {
        let Fault::Status(mut status) = fault else {
            return fault;
        };
        let credentials = self.found.borrow();
        let credentials = credentials.as_ref().or(self.configured.as_ref());
        status.credentials = credentials.and_then(|c| c.origin()).map(str::to_owned);
        // Some registries repeat what they were sent.
        let secrets = [
            credentials.and_then(Credentials::secret).cloned(),
            self.pass.borrow().clone(),
        ];
        for secret in secrets.iter().flatten() {
            let secret = secret.expose_secret();
            let value = secret.split_once(' ').map_or(secret, |(_, value)| value);
            if !value.is_empty() {
                status.words = status.words.replace(value, "…");
            }
        }
        Fault::Status(status)
    }

    fn sign(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let Some(pass) = &*self.pass.borrow() else {
            return Ok(());
        };
        let invalid = |_| Fault::Invalid("credentials that no request can carry".to_owned());
        let mut value: header::HeaderValue = pass.expose_secret().parse().map_err(invalid)?;
        value.set_sensitive(true);
        call.headers.insert(header::AUTHORIZATION, value);
        Ok(())
    }

    /// What goes into `Authorization`, by what the registry asks for; nothing if there is nothing more
    /// to give.
    fn pass_for(&self, http: &Http, answer: &Answer) -> Result<Option<SecretString>, Fault> {
        let asked = answer.field(header::WWW_AUTHENTICATE).unwrap_or_default();
        let challenges = parse_challenges(asked).unwrap_or_default();
        let of = |scheme: &str| {
            challenges
                .iter()
                .find(|challenge| challenge.scheme.eq_ignore_ascii_case(scheme))
        };
        let credentials = self.credentials()?;
        if let Some(challenge) = of("Bearer") {
            return self.token(http, challenge, &credentials);
        }
        Ok(match (of("Basic"), &credentials) {
            (Some(_), Credentials::Basic { user, password, .. }) => {
                Some(credentials::basic(user, password))
            }
            _ => None,
        })
    }

    /// Credentials, looked for when they are asked for: a helper may have to be run.
    fn credentials(&self) -> Result<Credentials, Fault> {
        if let Some(configured) = &self.configured {
            return Ok(configured.clone());
        }
        let mut found = self.found.borrow_mut();
        if found.is_none() {
            *found = Some(credentials::of_docker(&self.host).map_err(|why| {
                let host = &self.host;
                Fault::Settled(
                    Diagnostic::error(
                        "no-credentials",
                        format!("no credentials for `{host}`: {why}"),
                    )
                    .at(Place::argument(host))
                    .help(format!("mend it, or set {}", credentials::variable(host))),
                )
            })?);
        }
        Ok(found.clone().unwrap_or(Credentials::None))
    }

    /// A token of the server that the challenge names (distribution specification, "Token
    /// Authentication").
    fn token(
        &self,
        http: &Http,
        challenge: &ChallengeRef<'_>,
        credentials: &Credentials,
    ) -> Result<Option<SecretString>, Fault> {
        let parameter = |name: &str| {
            let found = challenge
                .params
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name));
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
        if !realm.starts_with("https://") && !self.is_plain {
            let why = "a request for credentials, to be sent without TLS".to_owned();
            return Err(Fault::Invalid(why));
        }
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let mut query = format!("scope={}", encode(&self.scope));
        if let Some(service) = parameter("service") {
            query = format!("service={}&{query}", encode(&service));
        }
        let joint = if realm.contains('?') { '&' } else { '?' };
        let url = format!("{realm}{joint}{query}");
        let ask = |credentials: &Credentials| -> Result<SecretString, Fault> {
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
            token_of(&http.send(&call)?.accepted()?)
        };
        let refused = |fault: &Fault| {
            matches!(
                fault,
                Fault::Status(Status {
                    code: 400 | 401 | 403,
                    ..
                })
            )
        };
        match ask(credentials) {
            Ok(token) => Ok(Some(token)),
            // What everybody may read can be read with credentials that have expired.
            Err(fault)
                if refused(&fault) && self.may_be_anonymous && credentials.origin().is_some() =>
            {
                ask(&Credentials::None)
                    .map(Some)
                    .map_err(|_| self.signed(fault))
            }
            Err(fault) => Err(self.signed(fault)),
        }
    }
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
