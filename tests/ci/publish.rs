//! Tags: what is published, with which credentials, and what is attested.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::registry::{Access, PASSWORD, Registry, USER};

use crate::event::Event;
use crate::runner::{Job, STORE, is_published};

/// A `witgen` that writes down how it is called, and prints what was published.
const RECORDER: &str = r#"#!/usr/bin/env bash
case $1 in
    --version) echo "witgen VERSION"; exit ;;
esac
echo "witgen $*" >> "$GH_FOLDER/log"
env | grep '^WKG_REGISTRY' >> "$GH_FOLDER/log"
echo ghcr.io/acme/store:1.0.0@sha256:0123
"#;

fn recorder(job: &Job) {
    job.program(
        "witgen",
        &RECORDER.replace("VERSION", env!("CARGO_PKG_VERSION")),
    );
}

#[test]
fn a_tag_publishes_to_the_registry_of_the_manifest() {
    let job = Job::new();
    let commit = job.commit();
    let event = Event {
        has_identity: true,
        ..Event::tag("v1.0.0", &commit)
    };
    let run = job.run(&event, &[("publish", "true")]);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    assert!(is_published(&job, "acme/store/1.0.0.wasm"), "{}", run.log);
    assert!(
        is_published(&job, "acme/store/1.0.0.spec/README.md"),
        "{}",
        run.log
    );
    let published = &run.outputs["published"];
    assert!(
        published.contains("registry/acme/store/1.0.0.wasm@sha256:"),
        "{published}"
    );
    // Nothing in a directory can be attested, and there is no pull request.
    assert!(run.used.is_empty(), "{:?}", run.used);
    assert_eq!(job.calls(), "");
}

#[test]
fn a_tag_publishes_nothing_unless_it_is_asked_to() {
    let job = Job::new();
    let commit = job.commit();
    let run = job.run(&Event::tag("v1.0.0", &commit), &[]);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    assert!(!is_published(&job, "acme/store/1.0.0.wasm"));
}

#[test]
fn a_tag_of_another_version_publishes_nothing() {
    let job = Job::new();
    let commit = job.commit();
    let run = job.run(&Event::tag("v1.0.1", &commit), &[("publish", "true")]);
    assert_eq!(run.failed, ["Publish"], "{}", run.log);
    assert!(
        run.log.contains("::error title=tag-mismatch::"),
        "{}",
        run.log
    );
    assert!(!is_published(&job, "acme/store/1.0.0.wasm"));
}

#[test]
fn a_package_with_an_error_is_not_published() {
    let job = Job::new();
    job.write(
        "origin/witgen.toml",
        "[lint]\nrules = { unused-type = 'error' }\n",
    );
    job.write(
        "origin/wit/store.wit",
        &STORE.replace("goods {", "goods {\n  /// Unused.\n  type id = u8;\n"),
    );
    let commit = job.commit();
    let run = job.run(&Event::tag("v1.0.0", &commit), &[("publish", "true")]);
    assert_eq!(run.failed, ["Check"], "{}", run.log);
    assert!(
        !run.steps.contains(&"Publish".to_owned()),
        "{:?}",
        run.steps
    );
}

#[test]
fn a_tag_publishes_the_members_of_a_workspace_that_it_is_of() {
    let job = Job::new();
    for (name, version) in [("one", "1.0.0"), ("two", "2.0.0")] {
        let text = STORE.replace("store@1.0.0", &format!("{name}@{version}"));
        job.write(&format!("origin/{name}/wit/package.wit"), &text);
    }
    fs::remove_dir_all(job.path("origin/wit")).unwrap();
    job.write(
        "origin/witgen.toml",
        "[workspace]\nmembers = ['one', 'two']\n[registries]\ndefault = './registry'\n",
    );
    let commit = job.commit();
    let run = job.run(&Event::tag("v2.0.0", &commit), &[("publish", "true")]);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    assert!(is_published(&job, "acme/two/2.0.0.wasm"), "{}", run.log);
    assert!(!is_published(&job, "acme/one/1.0.0.wasm"));
}

#[test]
fn what_a_registry_gets_is_attested_and_gets_the_attestation() {
    let mut job = Job::new();
    job.bundle = Some("/tmp/bundle.json".to_owned());
    recorder(&job);
    let commit = job.commit();
    let event = Event {
        has_identity: true,
        ..Event::tag("v1.0.0", &commit)
    };
    let inputs = [("publish", "true"), ("check", "false"), ("docs", "false")];
    let run = job.run(&event, &inputs);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    let subjects = fs::read_to_string(&run.used["actions/attest"]["subject-checksums"]).unwrap();
    assert_eq!(subjects, "0123  ghcr.io/acme/store\n");
    assert_eq!(
        job.calls(),
        "witgen -C . publish --tag v1.0.0 --format github\n\
         WKG_REGISTRY_GHCR_IO_AUTH_BASIC=somebody:the-token\n\
         witgen -C . publish --tag v1.0.0 --format github --attestation /tmp/bundle.json\n\
         WKG_REGISTRY_GHCR_IO_AUTH_BASIC=somebody:the-token\n"
    );
    // A job without `id-token: write` attests nothing.
    let run = job.run(&Event::tag("v1.0.0", &commit), &inputs);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    assert!(run.used.is_empty(), "{:?}", run.used);
}

#[test]
fn the_token_of_the_job_goes_to_no_other_registry() {
    let job = Job::new();
    recorder(&job);
    let commit = job.commit();
    let host = ("registry-host", "registry.example.com:5000");
    let inputs = [
        ("publish", "true"),
        ("check", "false"),
        ("docs", "false"),
        host,
    ];
    job.run(&Event::tag("v1.0.0", &commit), &inputs);
    assert_eq!(
        job.calls(),
        "witgen -C . publish --tag v1.0.0 --format github\n"
    );
    fs::remove_file(job.path("log")).unwrap();
    let secrets = [
        ("registry-user", "me"),
        ("registry-password", "p"),
        ("signing-key", "KEY"),
    ];
    job.run(
        &Event::tag("v1.0.0", &commit),
        &[&inputs[..], &secrets].concat(),
    );
    assert_eq!(
        job.calls(),
        "witgen -C . publish --tag v1.0.0 --format github --sign env:SIGNING_KEY\n\
         WKG_REGISTRY_REGISTRY_EXAMPLE_COM_5000_AUTH_BASIC=me:p\n"
    );
}

#[test]
fn checks_read_a_private_registry_with_the_password_that_is_given() {
    let job = Job::new();
    recorder(&job);
    let commit = job.commit();
    job.run(&Event::push(&commit), &[]);
    assert_eq!(job.calls(), "witgen -C . check --format github\n");
    fs::remove_file(job.path("log")).unwrap();
    job.run(&Event::push(&commit), &[("registry-password", "p")]);
    assert_eq!(
        job.calls(),
        "witgen -C . check --format github\nWKG_REGISTRY_GHCR_IO_AUTH_BASIC=somebody:p\n"
    );
}

#[test]
fn a_registry_that_requires_a_login_accepts_what_is_published() {
    let access = Access {
        requires_login: true,
        tls: None,
    };
    // Where there is none, `peers` says so.
    let Some(registry) = Registry::start_with(access) else {
        return;
    };
    let job = Job::new();
    let commit = job.commit();
    let event = Event {
        has_identity: true,
        ..Event::tag("v1.0.0", &commit)
    };
    let inputs = [
        ("publish", "true"),
        ("registry", registry.host.as_str()),
        ("registry-host", registry.host.as_str()),
        ("registry-user", USER),
        ("registry-password", PASSWORD),
    ];
    let run = job.run(&event, &inputs);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    let published = &run.outputs["published"];
    let prefix = format!("{}/acme/store:1.0.0@sha256:", registry.host);
    let digest = published.strip_prefix(&prefix).unwrap();
    let subjects = fs::read_to_string(&run.used["actions/attest"]["subject-checksums"]).unwrap();
    assert_eq!(
        subjects,
        format!("{digest}  {}/acme/store\n", registry.host)
    );
}
