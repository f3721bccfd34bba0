//! How `witgen-serve` reports what keeps it from serving.

use std::fs;

use testkit::components::of_wit;
use testkit::golden::assert_golden;
use testkit::root;
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
fn the_help_that_witgen_has_of_it_is_its_own() {
    let output = witgen_serve(&["--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert_golden(&root().join("templates/serve/help.txt"), &help);
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
    let args = ["--env", "gate:A=b", "--allow", "auth=a.example:80"];
    let stderr = refusal(&[&[hello.to_str().unwrap()], &args[..]].concat());
    for part in [
        "error[unknown-member]: no member `gate`",
        "--> --env gate:A=b\n",
        "error[unknown-member]: no member `auth`",
        "--> --allow auth=a.example:80\n",
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
fn a_limit_of_zero_is_reported_with_its_option() {
    let dir = tempfile::tempdir().unwrap();
    let hello = file(dir.path(), "hello");
    let stderr = refusal(&[hello.to_str().unwrap(), "--max-memory", "0B"]);
    assert!(
        stderr.starts_with("error[zero-limit]: --max-memory is zero")
            && stderr.contains("--> --max-memory\n"),
        "{stderr}"
    );
}

#[test]
fn more_members_than_can_have_their_own_output_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    let (stamp, hello) = (file(dir.path(), "stamp"), file(dir.path(), "hello"));
    let mut members = vec![stamp.to_str().unwrap(); 32];
    members.push(hello.to_str().unwrap());
    let stderr = refusal(&members);
    assert!(
        stderr.starts_with("error[too-many-members]: the chain has 33 members, and at most 32 ")
            && stderr.contains("witgen compose"),
        "{stderr}"
    );
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

#[test]
fn a_component_of_a_release_candidate_is_told_which_version_is_supported() {
    let dir = tempfile::tempdir().unwrap();
    let version = "0.3.0-rc-2025-09-16";
    let service = of_wit(&format!(
        "package test:a;\nworld a {{ export wasi:http/handler@{version}; }}\n\
         package wasi:http@{version} {{\n\
         interface types {{ resource request; resource response; variant error-code {{ a }} }}\n\
         interface handler {{ use types.{{request, response, error-code}};\n\
         handle: async func(request: request) -> result<response, error-code>; }} }}\n"
    ));
    let path = dir.path().join("old.wasm");
    fs::write(&path, service).unwrap();
    let stderr = refusal(&[path.to_str().unwrap()]);
    assert!(
        stderr.starts_with(&format!(
            "error[unsupported-version]: `old` is built for wasi:http@{version}, but wasi:http@0.3.1002 is supported\n"
        )),
        "{stderr}"
    );
}

#[test]
fn files_that_claim_more_than_they_have_are_rejected() {
    let dir = tempfile::tempdir().unwrap();
    let claim = dir.path().join("claim.wasm");
    fs::write(&claim, b"\0asm\x0d\0\x01\0\x07\xff\xff\xff\xff\x0f\0").unwrap();
    for (member, code) in [
        (claim.to_str().unwrap(), "damaged-wasm"),
        ("/dev/zero", "unreadable"),
    ] {
        let stderr = refusal(&[member]);
        assert!(stderr.starts_with(&format!("error[{code}]")), "{stderr}");
    }
}
