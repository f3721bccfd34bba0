//! What has happened in a repository: what the runner's variables and the context `github` say.

use std::collections::BTreeMap;

/// The repository that the action runs in.
pub const REPOSITORY: &str = "acme/store";

/// An event, and the commit that is checked out.
#[derive(Clone, Debug)]
pub struct Event {
    pub name: &'static str,
    pub ref_type: &'static str,
    pub ref_name: String,
    /// The repository of a pull request's branch.
    pub head_repository: Option<&'static str>,
    pub sha: String,
    /// Whether the job may ask for an identity (`id-token: write`).
    pub has_identity: bool,
}

impl Event {
    /// A pull request of a branch of this repository, with the merge commit.
    pub fn pull_request(sha: &str) -> Self {
        Event {
            name: "pull_request",
            ref_type: "branch",
            ref_name: "1/merge".to_owned(),
            head_repository: Some(REPOSITORY),
            sha: sha.to_owned(),
            has_identity: false,
        }
    }

    /// The same from a fork.
    pub fn of_fork(sha: &str) -> Self {
        Event {
            head_repository: Some("stranger/store"),
            ..Event::pull_request(sha)
        }
    }

    /// A commit that was pushed to a branch.
    pub fn push(sha: &str) -> Self {
        Event {
            name: "push",
            ref_name: "main".to_owned(),
            head_repository: None,
            ..Event::pull_request(sha)
        }
    }

    /// A tag that was pushed.
    pub fn tag(tag: &str, sha: &str) -> Self {
        Event {
            ref_type: "tag",
            ref_name: tag.to_owned(),
            ..Event::push(sha)
        }
    }

    /// Returns values of the contexts `github` and `runner`.
    pub fn context(&self) -> BTreeMap<String, String> {
        let number = self.head_repository.map(|_| "1");
        let values = [
            ("github.actor", Some("somebody")),
            ("github.token", Some("the-token")),
            ("github.event_name", Some(self.name)),
            ("github.ref_type", Some(self.ref_type)),
            ("github.event.pull_request.number", number),
            (
                "github.event.pull_request.head.repo.full_name",
                self.head_repository,
            ),
            ("runner.os", Some("Linux")),
            ("runner.arch", Some("X64")),
        ];
        let values = values.into_iter().filter_map(|(name, value)| Some((name, value?)));
        values.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// Returns the variables of every step.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("CI", "true".to_owned()),
            ("GITHUB_EVENT_NAME", self.name.to_owned()),
            ("GITHUB_REF_TYPE", self.ref_type.to_owned()),
            ("GITHUB_REF_NAME", self.ref_name.clone()),
            ("GITHUB_REPOSITORY", REPOSITORY.to_owned()),
            ("GITHUB_SERVER_URL", "https://github.com".to_owned()),
            ("GITHUB_SHA", self.sha.clone()),
            ("RUNNER_OS", "Linux".to_owned()),
            ("RUNNER_ARCH", "X64".to_owned()),
        ];
        if self.has_identity {
            variables.push((
                "ACTIONS_ID_TOKEN_REQUEST_URL",
                "https://identity.example".to_owned(),
            ));
        }
        variables
    }
}
