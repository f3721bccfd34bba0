//! Where the action takes witgen from.

use std::fs;
use std::process::Command;

use pretty_assertions::assert_eq;
use sha2::{Digest, Sha256};

use crate::event::Event;
use crate::runner::Job;

const OFF: [(&str, &str); 2] = [("check", "false"), ("version", "9.8.7")];

/// Puts an archive into the release, with this checksum or the right one; what is in it prints its version.
fn release(job: &Job, checksum: Option<&str>) {
    let folder = "witgen-toolkit-9.8.7-x86_64-unknown-linux-musl";
    job.write(
        &format!("{folder}/witgen"),
        "#!/bin/sh\necho witgen 9.8.7, downloaded\n",
    );
    let archive = job.path("release").join(format!("{folder}.tar.gz"));
    let status = Command::new("sh")
        .args([
            "-c",
            "chmod +x \"$1/witgen\" && tar -czf \"$2\" \"$1\"",
            "sh",
            folder,
        ])
        .arg(&archive)
        .current_dir(job.path("."))
        .status();
    assert!(status.unwrap().success());
    let digest = format!("{:x}", Sha256::digest(fs::read(archive).unwrap()));
    let sums = format!(
        "{}  {folder}.tar.gz\n{}  another.zip\n",
        checksum.unwrap_or(&digest),
        "0".repeat(64)
    );
    job.write("release/SHA256SUMS", &sums);
}

#[test]
fn an_archive_of_the_release_is_used_after_its_checksum_and_its_attestation() {
    let job = Job::new();
    release(&job, None);
    let commit = job.commit();
    let run = job.run(&Event::push(&commit), &OFF);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    assert!(run.log.contains("witgen 9.8.7, downloaded"), "{}", run.log);
    assert_eq!(run.outputs["version"], "9.8.7");
    let repository = env!("CARGO_PKG_REPOSITORY");
    let slug = repository.strip_prefix("https://github.com/").unwrap();
    let archive = "witgen-toolkit-9.8.7-x86_64-unknown-linux-musl.tar.gz";
    assert_eq!(
        job.calls(),
        format!(
            "gh release download v9.8.7 --repo {repository} --pattern {archive} --pattern SHA256SUMS --clobber\n\
             gh attestation verify {archive} --repo {slug} --signer-workflow {slug}/.github/workflows/release.yml\n"
        )
    );
}

#[test]
fn a_damaged_archive_is_not_used() {
    let job = Job::new();
    release(&job, Some(&"1".repeat(64)));
    let commit = job.commit();
    let run = job.run(&Event::push(&commit), &OFF);
    assert_eq!(run.failed, ["Find or download witgen"], "{}", run.log);
    assert_eq!(run.steps, ["Plan", "Find or download witgen"]);
    assert!(!job.calls().contains("attestation"), "{}", job.calls());
}

#[test]
fn without_an_archive_witgen_is_built() {
    let job = Job::new();
    let commit = job.commit();
    let cargo = "#!/bin/sh\necho \"cargo $*\" >> \"$GH_FOLDER/log\"\n\
                 printf '#!/bin/sh\\necho witgen 9.8.7, built\\n' > \"$RUNNER_TEMP/witgen-action/bin/witgen\"\n\
                 chmod +x \"$RUNNER_TEMP/witgen-action/bin/witgen\"\n";
    job.program("cargo", cargo);
    let run = job.run(&Event::push(&commit), &OFF);
    assert_eq!(run.failed, [""; 0], "{}", run.log);
    assert!(
        run.log.contains("::notice title=witgen::there is no archive"),
        "{}",
        run.log
    );
    assert!(run.log.contains("witgen 9.8.7, built"), "{}", run.log);
    assert!(run.used.contains_key("actions/cache"), "{:?}", run.used);
    assert!(
        job.calls().contains("cargo install --locked --no-track --bin witgen --root ")
            && job.calls().contains(" witgen-toolkit --version 9.8.7\n"),
        "{}",
        job.calls()
    );
    // What a release publishes isn't made by a program from a cache.
    let run = job.run(&Event::tag("v1.0.0", &commit), &OFF);
    assert!(run.used.is_empty(), "{:?}", run.used);
    assert!(run.log.contains("witgen 9.8.7, built"), "{}", run.log);
}

#[test]
fn a_version_is_a_version() {
    let job = Job::new();
    let commit = job.commit();
    for version in ["latest", "1.0", "1.0.0; id", "--help"] {
        let run = job.run(&Event::push(&commit), &[("version", version)]);
        assert_eq!(run.failed, ["Find or download witgen"], "{version}");
        assert!(run.log.contains("is not a version such as"), "{}", run.log);
    }
    assert_eq!(job.calls(), "");
}
