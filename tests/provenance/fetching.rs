//! `witgen fetch` and references under `[[trust]]` in `witgen.toml`.

use std::fs;

use pretty_assertions::assert_eq;
use testkit::home::Home;
use testkit::keys::{Key, Kind};
use testkit::proxy::{Answer, Proxy};
use testkit::registry::Registry;
use testkit::tree::tree;

use super::kit::{UNITS, app, everywhere, publish_units, trusting, verify};

#[test]
fn a_package_that_a_trusted_key_has_signed_is_fetched_and_its_signer_locked() {
    everywhere(|home| {
        let key = Key::new(home, "acme", Kind::Ed25519);
        publish_units(home, &[&key]);
        let dir = app(home, &trusting(&key));
        let run = home.run(&dir, &["fetch"]);
        assert!(run.stderr.contains("wrote witgen.lock"), "{run:?}");
        assert!(
            dir.join("wit/deps/acme-units-1.0.0/package.wit").exists(),
            "{run:?}"
        );
        let lock = fs::read_to_string(dir.join("witgen.lock")).unwrap();
        let shown = verify(home, &[&key], &[]).printed();
        let fingerprint =
            shown.split("by          the key ").nth(1).unwrap().lines().next().unwrap();
        assert!(lock.contains(&format!("key = \"{fingerprint}\"")), "{lock}");
        assert!(
            lock.contains("name = \"acme:units\"\nversion = \"1.0.0\""),
            "{lock}"
        );

        let before = tree(&dir);
        for flags in [&[][..], &["--locked"], &["--check"], &["--update"]] {
            home.run(&dir, &[&["fetch"], flags].concat()).printed();
            assert_eq!(tree(&dir), before, "{flags:?}");
        }
    });
}

#[test]
fn a_package_that_nobody_vouches_for_writes_nothing() {
    everywhere(|home| {
        let (key, other) = (
            Key::new(home, "acme", Kind::P256),
            Key::new(home, "other", Kind::P256),
        );
        publish_units(home, &[]);
        let dir = app(home, &trusting(&key));
        let before = tree(&dir);
        let message = home.run(&dir, &["fetch"]).failed(2);
        assert!(
            message.contains(
                "no attestation of `acme:units@1.0.0` satisfies the policy: there is none"
            ),
            "{message}"
        );
        assert!(
            message.contains("witgen.toml:1:1"),
            "which rule it is: {message}"
        );
        assert!(message.contains("witgen publish --sign"), "{message}");
        assert_eq!(tree(&dir), before);

        publish_units(home, &[&other]);
        let message = home.run(&dir, &["fetch"]).failed(2);
        assert!(message.contains("the only one was rejected"), "{message}");
        assert!(
            message.contains("none of the policy's keys has signed it"),
            "{message}"
        );
        assert_eq!(tree(&dir), before);

        publish_units(home, &[&key]);
        home.run(&dir, &["fetch"]).printed();
    });
}

#[test]
fn every_command_that_reads_a_reference_is_held_to_the_policy() {
    everywhere(|home| {
        let key = Key::new(home, "acme", Kind::P256);
        publish_units(home, &[]);
        let dir = home.path("app");
        home.write("app/witgen.toml", trusting(&key));
        home.write(
            "gate.wasm",
            testkit::components::of_wit("package a:b; world w { import f: func(); }"),
        );
        home.run(
            &home.path("."),
            &["publish", "gate.wasm", "--package=acme:gate@1.0.0"],
        )
        .printed();
        for args in [
            &["inspect", "--wit", "acme:units@1.0.0"][..],
            &["diff", "acme:units@1.0.0", "acme:units@1.0.0"],
            &["docs", "--wit", "acme:units@1.0.0", "--out", "spec"],
            &["compose", "acme:gate@1.0.0", "--out", "chain.wasm"],
        ] {
            let message = home.run(&dir, args).failed(2);
            assert!(
                message.contains("error[not-attested]"),
                "{args:?}: {message}"
            );
            assert_eq!(tree(&dir).len(), 1, "{args:?}");
        }
    });
}

#[test]
fn a_rule_may_ask_for_a_report_only() {
    everywhere(|home| {
        let key = Key::new(home, "acme", Kind::P256);
        publish_units(home, &[]);
        let dir = app(home, &format!("{}require = false\n", trusting(&key)));
        let run = home.run(&dir, &["fetch"]);
        assert_eq!(run.status, 0, "{run:?}");
        assert!(run.stderr.contains("warning[not-attested]"), "{run:?}");
        assert!(dir.join("wit/deps/acme-units-1.0.0").exists());
        assert!(
            !dir.join("witgen.lock").exists(),
            "nobody vouches for anything"
        );
        let run = home.run(&dir, &["inspect", "--wit", "acme:units@1.0.0"]);
        assert!(
            run.status == 0 && run.stderr.contains("warning[not-attested]"),
            "{run:?}"
        );
    });
}

#[test]
fn a_rule_is_about_a_package_or_its_namespace_or_all_others() {
    let home = Home::with_directory();
    let (key, other) = (
        Key::new(&home, "acme", Kind::P256),
        Key::new(&home, "other", Kind::P256),
    );
    publish_units(&home, &[&key]);
    let rule = |names: &str, key: &Key| {
        format!("[[trust]]\n{names}\nkeys = ['{}']\n", key.public.display())
    };
    for (names, status) in [
        (
            ("namespaces = ['*']", &key, "namespaces = ['wasi']", &other),
            0,
        ),
        (
            ("namespaces = ['*']", &other, "namespaces = ['acme']", &key),
            0,
        ),
        (
            (
                "namespaces = ['acme']",
                &other,
                "packages = ['acme:units']",
                &key,
            ),
            0,
        ),
        (
            (
                "namespaces = ['acme']",
                &key,
                "packages = ['acme:units']",
                &other,
            ),
            2,
        ),
        (
            ("namespaces = ['*']", &other, "namespaces = ['wasi']", &key),
            2,
        ),
        (
            (
                "namespaces = ['wasi']",
                &other,
                "packages = ['acme:shop']",
                &other,
            ),
            0,
        ),
    ] {
        let (one, one_key, two, two_key) = names;
        let dir = app(
            &home,
            &format!("{}{}", rule(one, one_key), rule(two, two_key)),
        );
        let run = home.run(&dir, &["fetch"]);
        assert_eq!(run.status, status, "{one} {two}: {run:?}");
        fs::remove_dir_all(&dir).unwrap();
    }
}

#[test]
fn attestations_are_cached_for_work_without_a_network() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let proxy = Proxy::before(&registry.host, |_, _| Answer::Own);
    let home = Home::with_registry(&proxy.host, &["acme"]);
    let (key, other) = (
        Key::new(&home, "acme", Kind::P256),
        Key::new(&home, "other", Kind::P256),
    );
    publish_units(&home, &[&key]);
    let dir = app(&home, "");
    // The contents are in the cache, and nothing that vouches for them.
    home.run(&dir, &["fetch"]).printed();
    home.write("app/witgen.toml", trusting(&key));
    let message = home.run(&dir, &["fetch", "--locked", "--offline"]).failed(2);
    assert!(message.contains("none is cached"), "{message}");
    assert!(message.contains("without `--offline`"), "{message}");

    home.run(&dir, &["fetch"]).printed();
    let requests = proxy.seen().len();
    fs::remove_dir_all(dir.join("wit/deps")).unwrap();
    home.run(&dir, &["fetch", "--locked", "--offline"]).printed();
    home.run(&dir, &["fetch", "--locked"]).printed();
    assert_eq!(
        proxy.seen().len(),
        requests,
        "what is verified isn't asked for again"
    );
    let shown = verify(&home, &[&key], &["--offline"]).printed();
    assert!(shown.contains("verified"), "{shown}");

    // What is cached is verified against the policy of today.
    home.write("app/witgen.toml", trusting(&other));
    let message = home.run(&dir, &["fetch", "--locked", "--offline"]).failed(2);
    assert!(
        message.contains("none of the policy's keys has signed it"),
        "{message}"
    );
}

#[test]
fn a_locked_signer_stays_while_it_vouches_for_the_package() {
    everywhere(|home| {
        let (key, other) = (
            Key::new(home, "acme", Kind::P256),
            Key::new(home, "other", Kind::P256),
        );
        let both = format!(
            "[[trust]]\nnamespaces = ['acme']\nkeys = ['{}', '{}']\n",
            key.public.display(),
            other.public.display()
        );
        publish_units(home, &[&key]);
        let dir = app(home, &both);
        home.run(&dir, &["fetch"]).printed();
        let before = fs::read_to_string(dir.join("witgen.lock")).unwrap();
        publish_units(home, &[&other]);
        fs::remove_dir_all(home.path("cache")).unwrap();
        home.run(&dir, &["fetch", "--locked"]).printed();
        assert_eq!(fs::read_to_string(dir.join("witgen.lock")).unwrap(), before);

        // The key is no longer trusted: the lock has to change, and that is said.
        home.write("app/witgen.toml", trusting(&other));
        let message = home.run(&dir, &["fetch", "--locked"]).failed(2);
        assert!(message.contains("`witgen.lock` would change"), "{message}");
        let run = home.run(&dir, &["fetch"]);
        assert!(run.stderr.contains("wrote witgen.lock"), "{run:?}");
        assert_ne!(fs::read_to_string(dir.join("witgen.lock")).unwrap(), before);
        home.run(&dir, &["fetch", "--locked"]).printed();
    });
}

#[test]
fn policies_that_cannot_be_satisfied_are_rejected_where_they_are_written() {
    let home = Home::with_directory();
    let key = Key::new(&home, "acme", Kind::P256);
    publish_units(&home, &[&key]);
    let named = format!("keys = ['{}']\n", key.public.display());
    for (policy, says) in [
        (
            "namespaces = ['acme']\nkeys = ['missing.pub']\n",
            "cannot read the key `missing.pub`",
        ),
        ("namespaces = ['acme']\n", "no signer is accepted"),
        (&named, "about no package"),
        (
            &format!("namespaces = ['acme', 'acme']\n{named}"),
            "two rules are about `acme`",
        ),
        (
            &format!("namespaces = ['acme:units']\n{named}"),
            "`acme:units` is not a namespace",
        ),
        (
            &format!("packages = ['acme']\n{named}"),
            "`acme` is not the name of a package",
        ),
        (
            &format!("packages = ['acme:units@1.0.0']\n{named}"),
            "without a version",
        ),
        (
            "namespaces = ['acme']\nkey = 'a.pub'\n",
            "did you mean `keys`?",
        ),
        (
            "namespaces = ['acme']\nidentities = [{ issuer = 'https://a', subject = 'b' }]\n",
            "`identities` need a `trusted-root`",
        ),
        (
            "namespaces = ['acme']\nidentities = [{ issuer = 'https://a', subject = '*' }]\ntrusted-root = 'a'\n",
            "would match identities of others",
        ),
        (
            "namespaces = ['acme']\nidentities = [{ issuer = 'https://a', subject = 'b' }]\ntrusted-root = 'root.json'\n",
            "cannot read the trusted root `root.json`",
        ),
    ] {
        let dir = app(&home, &format!("[[trust]]\n{policy}"));
        let before = tree(&dir);
        let message = home.run(&dir, &["fetch"]).failed(2);
        assert!(message.contains(says), "{says}: {message}");
        assert!(message.contains("witgen.toml:"), "where it is: {message}");
        assert_eq!(tree(&dir), before);
        fs::remove_dir_all(&dir).unwrap();
    }
    for text in ["", "{}", "{\"mediaType\":\"x\",\"tlogs\":[]}"] {
        let root = home.write("root.json", text);
        let policy = format!(
            "[[trust]]\nnamespaces = ['acme']\nidentities = [{{ issuer = 'https://a', subject = 'b' }}]\ntrusted-root = '{}'\n",
            root.display()
        );
        let message = home.run(&app(&home, &policy), &["fetch"]).failed(2);
        assert!(message.contains("error[invalid-trusted-root]"), "{message}");
    }
}

#[test]
fn keys_are_found_from_the_folder_of_the_manifest() {
    let home = Home::with_directory();
    let key = Key::new(&home, "acme", Kind::P256);
    publish_units(&home, &[&key]);
    let dir = app(
        &home,
        "[[trust]]\nnamespaces = ['acme']\nkeys = ['keys/acme.pub']\n",
    );
    fs::create_dir(dir.join("keys")).unwrap();
    fs::copy(&key.public, dir.join("keys/acme.pub")).unwrap();
    home.run(&dir, &["fetch"]).printed();
    // From a folder below, too.
    home.run(&dir.join("wit"), &["inspect", "--wit", "acme:units@1.0.0"]).printed();
}

#[test]
fn members_of_a_workspace_are_held_to_its_policy() {
    let home = Home::with_directory();
    let key = Key::new(&home, "acme", Kind::P256);
    publish_units(&home, &[]);
    home.write(
        "all/witgen.toml",
        format!("[workspace]\nmembers = ['app']\n{}", trusting(&key)),
    );
    home.package("all/app", super::kit::APP);
    // With registries of its own, and nothing about trust.
    home.write(
        "all/app/witgen.toml",
        "[registries.namespaces]\nother = './other'\n",
    );
    for dir in ["all", "all/app"] {
        let message = home.run(&home.path(dir), &["fetch"]).failed(2);
        assert!(message.contains("error[not-attested]"), "{dir}: {message}");
    }
    publish_units(&home, &[&key]);
    home.run(&home.path("all"), &["fetch"]).printed();
    assert!(home.path("all/app/witgen.lock").exists());
}

#[test]
fn packages_without_a_rule_are_fetched_as_before() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let proxy = Proxy::before(&registry.host, |_, _| Answer::Own);
    let home = Home::with_registry(&proxy.host, &["acme"]);
    let key = Key::new(&home, "acme", Kind::P256);
    let dir = home.package("units", UNITS);
    home.run(&dir, &["publish"]).printed();
    let dir = app(&home, &trusting(&key).replace("acme'", "wasi'"));
    let before = proxy.seen().len();
    home.run(&dir, &["fetch"]).printed();
    let requests = &proxy.seen()[before..];
    assert!(
        !requests.iter().any(|it| it.contains("referrers")),
        "{requests:?}"
    );
    assert!(!dir.join("witgen.lock").exists());
}

#[test]
fn a_locked_signer_is_looked_for_if_the_cache_has_another_one_only() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let home = Home::with_registry(&registry.host, &["acme"]);
    let (key, other) = (
        Key::new(&home, "acme", Kind::P256),
        Key::new(&home, "other", Kind::P256),
    );
    publish_units(&home, &[&key]);
    let dir = app(&home, &trusting(&key));
    home.run(&dir, &["fetch"]).printed();
    publish_units(&home, &[&other]);
    // On another machine, with another cache.
    home.write("app/witgen.toml", trusting(&other));
    let elsewhere = home.path("elsewhere").display().to_string();
    home.run(&dir, &["fetch", "--cache", &elsewhere]).printed();
    let lock = fs::read_to_string(dir.join("witgen.lock")).unwrap();

    let both = format!(
        "[[trust]]\nnamespaces = ['acme']\nkeys = ['{}', '{}']\n",
        key.public.display(),
        other.public.display()
    );
    home.write("app/witgen.toml", both);
    home.run(&dir, &["fetch", "--locked"]).printed();
    assert_eq!(fs::read_to_string(dir.join("witgen.lock")).unwrap(), lock);
    home.run(&dir, &["fetch", "--locked", "--offline"]).printed();
}
