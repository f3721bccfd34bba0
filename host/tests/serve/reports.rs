//! How `witgen-serve` reports what keeps it from serving.

use testkit_serve::serve::{file, witgen_serve};

fn refusal(args: &[&str]) -> String {
    let mut command = witgen_serve(&["--listen", "127.0.0.1:0"]);
    let output = command.args(args).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert_eq!(output.stdout, b"");
    stderr
}

#[test]
fn a_failure_has_a_code_a_place_and_help() {
    let dir = tempfile::tempdir().unwrap();
    let hello = file(dir.path(), "hello");
    assert_eq!(
        refusal(&[hello.to_str().unwrap(), "--origin", "http://127.0.0.1:1"]),
        "\
error[no-next-hop]: `hello` has no next hop, so nothing would be sent to --origin
--> --origin http://127.0.0.1:1/
 = help: leave out --origin, or end the chain with a proxy
"
    );
}

#[test]
fn every_unknown_member_and_every_missing_file_is_reported_in_one_run() {
    let dir = tempfile::tempdir().unwrap();
    let hello = file(dir.path(), "hello");
    let args = ["--env", "gate:A=b", "--allow", "auth=a.example"];
    let stderr = refusal(&[&[hello.to_str().unwrap()], &args[..]].concat());
    for part in [
        "error[unknown-member]: no member `gate`",
        "error[unknown-member]: no member `auth`",
    ] {
        assert!(stderr.contains(part), "{stderr}");
    }
    let stderr = refusal(&["one.wasm", "two.wasm"]);
    for part in [
        "error[unreadable]: cannot read `one.wasm`",
        "error[unreadable]: cannot read `two.wasm`",
    ] {
        assert!(stderr.contains(part), "{stderr}");
    }
}

#[test]
fn a_failure_is_json_if_the_log_is() {
    let stderr = refusal(&["missing.wasm", "--log", "json"]);
    assert!(
        stderr
            .starts_with(r#"{"version":1,"diagnostics":[{"rule":"unreadable","severity":"error""#)
            && stderr.contains(r#""places":[{"file":"missing.wasm"}]"#)
            && stderr.ends_with("}]}\n"),
        "{stderr}"
    );
}

#[test]
fn an_address_in_use_is_reported_with_its_option() {
    let dir = tempfile::tempdir().unwrap();
    let hello = file(dir.path(), "hello");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let stderr = refusal(&[hello.to_str().unwrap(), "--listen", &address]);
    assert!(
        stderr.starts_with(&format!(
            "error[cannot-listen]: cannot listen on {address}: "
        )) && stderr.contains(&format!("--> --listen {address}\n"))
            && stderr.contains("help: choose another port; 0 is any free one"),
        "{stderr}"
    );
}
