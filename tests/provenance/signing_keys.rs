//! Keys for `--sign`: which are usable, and that no message shows one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pretty_assertions::assert_eq;
use testkit::home::{Home, Run, run};
use testkit::keys::{Key, Kind, write_private};
use testkit::tree::tree;

use super::kit::{UNITS, verify};

/// The beginning of a private key of RSA: PKCS#8, with the algorithm's number.
const RSA: &[u8] = &[
    0x30, 0x16, 0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
    0x01, 0x01, 0x05, 0x00, 0x04, 0x02, 0x30, 0x00,
];

fn pem(tag: &str, contents: &[u8]) -> String {
    let text = STANDARD.encode(contents);
    format!("-----BEGIN {tag}-----\n{text}\n-----END {tag}-----\n")
}

/// Publishes, which has to fail without publishing anything; returns the message.
fn refused(home: &Home, sign: &str) -> String {
    let dir = home.package("units", UNITS);
    let before = tree(&home.path("."));
    let message = home.run(&dir, &["publish", sign]).failed(2);
    assert_eq!(tree(&home.path(".")), before);
    message
}

#[test]
fn keys_of_other_kinds_are_rejected_with_what_to_do() {
    let home = Home::with_directory();
    let p384 = Key::new(&home, "p384", Kind::P384).pem;
    let p256 = Key::new(&home, "p256", Kind::P256);
    let public = std::fs::read_to_string(&p256.public).unwrap();
    for (text, says, helps) in [
        (p384, "its kind is ECDSA on P-384", "openssl genpkey"),
        (
            pem("PRIVATE KEY", RSA),
            "its kind is RSA",
            "openssl genpkey",
        ),
        (
            pem("ENCRYPTED PRIVATE KEY", RSA),
            "it is encrypted",
            "env:NAME",
        ),
        (
            pem("ENCRYPTED SIGSTORE PRIVATE KEY", RSA),
            "it is encrypted",
            "env:NAME",
        ),
        (
            pem("RSA PRIVATE KEY", RSA),
            "`RSA PRIVATE KEY`, not PKCS#8",
            "openssl pkcs8 -topk8",
        ),
        (
            pem("EC PRIVATE KEY", RSA),
            "`EC PRIVATE KEY`, not PKCS#8",
            "openssl pkcs8 -topk8",
        ),
        (pem("PRIVATE KEY", &RSA[..9]), "it is damaged", ""),
        (public, "it is PEM of a `PUBLIC KEY`", ""),
        ("nothing".to_owned(), "it is not PEM", ""),
        (String::new(), "it is not PEM", ""),
    ] {
        let file = write_private(&home, "a.key", &text);
        let message = refused(&home, &format!("--sign={}", file.display()));
        assert!(message.contains("error[unusable-key]"), "{message}");
        assert!(
            message.contains(says) && message.contains(helps),
            "{says}: {message}"
        );
        assert!(message.contains("a.key"), "which file it is: {message}");
    }
    let message = refused(&home, "--sign=missing.key");
    assert!(
        message.contains("missing.key") && message.contains("env:NAME"),
        "{message}"
    );
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_is_rejected() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::with_directory();
    let key = Key::new(&home, "acme", Kind::Ed25519);
    let public = key.public.display().to_string();
    set_permissions(&key.public, Permissions::from_mode(0o644)).unwrap();
    let message = refused(&home, &format!("--sign={public}"));
    assert!(
        message.contains("is a public key") && !message.contains("chmod"),
        "{message}"
    );
    for mode in [0o644, 0o640, 0o602] {
        set_permissions(&key.private, Permissions::from_mode(mode)).unwrap();
        let message = refused(&home, &key.sign());
        assert!(message.contains("error[key-permissions]"), "{message}");
        assert!(
            message.contains(&format!("{mode:o}")) && message.contains("chmod 600"),
            "{message}"
        );
    }
}

#[test]
fn a_key_may_be_in_the_environment() {
    let home = Home::with_directory();
    let key = Key::new(&home, "acme", Kind::Ed25519);
    let dir = home.package("units", UNITS);
    let publish = |value: Option<&str>| -> Run {
        let mut command = home.command(&dir);
        command.args(["publish", "--sign", "env:WITGEN_TEST_KEY"]);
        command.envs(value.map(|value| ("WITGEN_TEST_KEY", value)));
        run(&mut command)
    };
    for (value, says) in [
        (None, "is not set"),
        (Some(""), "is empty"),
        (Some("x"), "not PEM"),
    ] {
        let message = publish(value).failed(2);
        assert!(
            message.contains(says) && message.contains("WITGEN_TEST_KEY"),
            "{message}"
        );
    }
    publish(Some(&key.pem)).printed();
    verify(&home, &[&key], &[]).printed();
}

#[test]
fn no_message_shows_a_key_however_it_is_passed() {
    let home = Home::with_directory();
    let dir = home.package("units", UNITS);
    for kind in [Kind::Ed25519, Kind::P256, Kind::P384] {
        let key = Key::new(&home, "acme", kind);
        let body: String = key.pem.lines().filter(|line| !line.starts_with('-')).collect();
        // Lines of a damaged key, and what a parser of base64 may quote.
        let damaged = key.pem.replace('M', "*");
        let cut = &key.pem[..key.pem.len() - 40];
        let file = |name: &str, text: &str| {
            let path = write_private(&home, name, text);
            format!("{}", path.display())
        };
        let encoded = STANDARD.encode(&key.pem);
        let canaries = [
            &body[..24],
            &body[8..32],
            &body[body.len() - 24..],
            &encoded[40..64],
        ];
        for sign in [
            key.pem.as_str(),
            &key.pem.replace('\n', " "),
            &body,
            &format!("env:{}", key.pem),
            &format!("env:{body}"),
            &STANDARD.encode(&key.pem),
            &format!("env:{}", STANDARD.encode(&key.pem)),
            &file("damaged.key", &damaged),
            &file("cut.key", cut),
            &file("bare.key", &body),
            &file(
                "renamed.key",
                &key.pem.replace("PRIVATE KEY", "EC PRIVATE KEY"),
            ),
            &file(
                "encrypted.key",
                &key.pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
            ),
            &file("public.key", &key.pem.replace("PRIVATE", "PUBLIC")),
            &file("usable.key", &key.pem),
        ] {
            for format in ["human", "json", "github", "sarif"] {
                for argument in [vec!["--sign", sign], vec![&*format!("--sign={sign}")]] {
                    let args = ["publish", "--no-check", "--format", format];
                    let run = home.run(&dir, &[&args[..], &argument].concat());
                    let all = format!("{}{}", run.stdout, run.stderr);
                    for canary in canaries {
                        assert!(!all.contains(canary), "{sign}: {all}");
                    }
                }
            }
            let _ = std::fs::remove_dir_all(home.path("registry"));
        }
        if matches!(kind, Kind::P384) {
            continue;
        }
        // Nor is it in anything that is published.
        home.run(&dir, &["publish", &key.sign()]).printed();
        for (path, contents) in tree(&home.path("registry")) {
            let contents = String::from_utf8_lossy(&contents).into_owned();
            assert!(!canaries.iter().any(|it| contents.contains(it)), "{path:?}");
        }
        let _ = std::fs::remove_dir_all(home.path("registry"));
    }
}

#[test]
fn a_private_key_in_place_of_a_public_one_is_rejected_and_not_shown() {
    let home = Home::with_directory();
    let key = Key::new(&home, "acme", Kind::P256);
    home.publish("units", UNITS);
    let private = format!("--key={}", key.private.display());
    let message = verify(&home, &[], &[&private]).failed(2);
    assert!(message.contains("it is a private key"), "{message}");
    let body: String = key.pem.lines().filter(|line| !line.starts_with('-')).collect();
    assert!(!message.contains(&body[..24]), "{message}");
    let p384 = Key::new(&home, "p384", Kind::P384);
    let message = verify(&home, &[&p384], &[]).failed(2);
    assert!(message.contains("its kind is ECDSA on P-384"), "{message}");
}
