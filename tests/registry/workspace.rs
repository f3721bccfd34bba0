//! `witgen publish --workspace`, if the registry fails in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pretty_assertions::assert_eq;
use testkit::home::Home;
use testkit::proxy::{self, Answer, Proxy};
use testkit::registry::Registry;

#[test]
fn what_was_published_stays_and_the_same_command_continues() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let is_down = Arc::new(AtomicBool::new(true));
    let fails = is_down.clone();
    let proxy = Proxy::before(&registry.host, move |request, _| {
        if fails.load(Ordering::SeqCst) && request.matches("PUT", "second") {
            proxy::answer("503 Service Unavailable", "", "")
        } else {
            Answer::Own
        }
    });
    let home = Home::with_registry(&proxy.host, &["my"]);
    home.write(
        "repo/witgen.toml",
        "[workspace]\nmembers = ['third', 'second', 'first']\n",
    );
    home.write(
        "repo/first/a.wit",
        "package my:first@1.0.0; interface i { type t = u8; }",
    );
    home.write(
        "repo/second/a.wit",
        "package my:second@1.0.0; interface i { use my:first/i@1.0.0.{t}; f: func() -> t; }",
    );
    home.write(
        "repo/third/a.wit",
        "package my:third@1.0.0; interface i { use my:second/i@1.0.0.{t}; f: func() -> t; }",
    );
    let repo = home.path("repo");
    home.run(&repo, &["fetch"]).printed();

    let ended = home.run(&repo, &["publish", "--workspace"]);
    assert_eq!(ended.status, 2, "{}", ended.stderr);
    assert!(
        ended.stdout.contains("my/first:1.0.0@sha256:"),
        "{}",
        ended.stdout
    );
    for part in [
        "error[registry-failed]: cannot publish 1.0.0",
        "published before this: my:first@1.0.0",
        "run the command again to continue with `my:second@1.0.0`",
    ] {
        assert!(ended.stderr.contains(part), "{part}\n{}", ended.stderr);
    }
    assert_eq!(registry.tags("my/first"), ["1.0.0"]);
    assert_eq!(registry.tags("my/second"), [""; 0]);
    assert_eq!(registry.tags("my/third"), [""; 0]);

    is_down.store(false, Ordering::SeqCst);
    let again = home.run(&repo, &["publish", "--workspace"]);
    assert_eq!(again.status, 0, "{}", again.stderr);
    assert!(
        again.stderr.contains("my:first@1.0.0 was already published"),
        "{}",
        again.stderr
    );
    for package in ["my/first", "my/second", "my/third"] {
        assert_eq!(registry.tags(package), ["1.0.0"]);
    }
}
