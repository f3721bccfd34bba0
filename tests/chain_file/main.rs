//! `chain.toml`: what it says, and what is wrong with one.

use std::fs;
use std::path::Path;

use pretty_assertions::assert_eq;
use witgen::chain_file::{ChainFile, Scope};

mod composition;
mod documentation;
mod mistakes;

/// A file in which everything is right.
const FILE: &str = "\
[members.gate]
component = 'gate.wasm'
hops = { origin = 'stamp' }
clients = 'auth'

[members.stamp]
component = 'acme:stamp@1.2.0'

[members.auth]
component = 'auth.wasm'

[chains.web]
members = ['gate']
origin = 'app'

[origins.app]
servers = ['http://127.0.0.1:3000']
";

fn parse(text: &str) -> witgen::diagnostic::Result<ChainFile> {
    let variables = |name: &str| match name {
        "REGION" => Some("eu".to_owned()),
        "PORT" => Some("3000".to_owned()),
        _ => None,
    };
    ChainFile::parse("chain.toml", text, &variables, Scope::Everything)
}

#[test]
fn a_file_says_what_a_process_serves() {
    let file = parse(FILE).unwrap();
    assert_eq!(file.warnings(), []);
    assert_eq!(file.contents().members_of("web"), ["gate", "stamp", "auth"]);
    assert_eq!(file.component("gate.wasm"), Path::new("gate.wasm"));
    assert_eq!(
        file.component("acme:stamp@1.2.0"),
        Path::new("acme:stamp@1.2.0")
    );
    assert_eq!(file.chain(None).unwrap(), "web");
}

#[test]
fn paths_start_from_the_folder_of_the_file() {
    let variables = |_: &str| None;
    let file = ChainFile::parse("etc/chain.toml", FILE, &variables, Scope::Everything).unwrap();
    assert_eq!(file.component("gate.wasm"), Path::new("etc/gate.wasm"));
    assert_eq!(file.resolve("/a.pem"), Path::new("/a.pem"));
}

#[test]
fn variables_are_replaced_in_strings_alone() {
    let text = "\
[members.gate]
component = 'gate-${REGION}.wasm'
environment = { LEVEL = '${LEVEL:-debug}', COST = '5$$' }
[chains.web]
members = ['gate']
origin = 'http://127.0.0.1:${PORT}'
";
    let file = parse(text).unwrap();
    let contents = file.contents();
    assert_eq!(*contents.members["gate"].component, "gate-eu.wasm");
    let environment: Vec<_> = file.environment("gate").to_vec();
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(environment, [pair("COST", "5$"), pair("LEVEL", "debug")]);
    let origin = contents.chains["web"].origin.as_ref().unwrap();
    assert_eq!(**origin, "http://127.0.0.1:3000");
}

/// Composing needs no secrets of the server.
#[test]
fn a_composition_needs_no_variables_and_secrets_of_the_server() {
    let text = "\
[members.gate]
component = 'gate.wasm'
environment = { TOKEN = '${TOKEN}', KEY = { file = '/missing' } }
[chains.web]
members = ['gate']
[admin]
listen = '${ADMIN}'
";
    let read = |scope| ChainFile::parse("chain.toml", text, &|_| None, scope);
    assert_eq!(read(Scope::Everything).unwrap_err().diagnostics().len(), 3);
    assert!(read(Scope::Composition).is_ok());
    let used = text.replace("gate.wasm", "${GATE}");
    let error = ChainFile::parse("chain.toml", &used, &|_| None, Scope::Composition).unwrap_err();
    assert_eq!(error.code().id(), "unset-variable");
}

#[cfg(unix)]
#[test]
fn a_secret_is_read_from_a_file_that_only_its_owner_can_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("token");
    fs::write(&secret, "${REGION} is text\r\n").unwrap();
    let text = "\
[members.gate]
component = 'gate.wasm'
environment = { TOKEN = { file = 'token' } }
[chains.web]
members = ['gate']
";
    let path = dir.path().join("chain.toml");
    fs::write(&path, text).unwrap();
    let set_mode = |mode| fs::set_permissions(&secret, fs::Permissions::from_mode(mode)).unwrap();
    for mode in [0o644, 0o640, 0o604, 0o610] {
        set_mode(mode);
        let error = ChainFile::read(&path, Scope::Everything).unwrap_err();
        assert_eq!(error.code().id(), "secret-permissions", "{mode:o}");
        let shown = error.to_string();
        assert!(
            shown.contains(&format!("its mode is {mode:04o}")),
            "{shown}"
        );
        assert!(shown.contains("chain.toml:3:"), "{shown}");
        assert!(!shown.contains("is text"), "{shown}");
    }
    set_mode(0o600);
    let file = ChainFile::read(&path, Scope::Everything).unwrap();
    let token = ("TOKEN".to_owned(), "${REGION} is text".to_owned());
    assert_eq!(file.environment("gate"), [token]);
    assert!(file.files().contains(&secret));
    // A directory and a device have no value.
    fs::remove_file(&secret).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &secret).unwrap();
    let error = ChainFile::read(&path, Scope::Everything).unwrap_err();
    assert!(
        error.to_string().contains("it is not a regular file"),
        "{error}"
    );
}
