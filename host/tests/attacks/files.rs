//! Clients that use up a server's open files and memory.

use std::net::IpAddr;
use std::process::Command;
use std::time::Duration;

use testkit_serve::serve::{Served, file, program};
use tokio::io::AsyncReadExt as _;

use super::peers::{ATTACKER, Repeated, VICTIM, connect, get, succeed, wait_for};

/// Serves a component in a process with a limit of open files; `kind` is `H` for the hard limit or `S` for the soft one.
fn serve_with_files(dir: &std::path::Path, kind: &str, files: usize, args: &[&str]) -> Served {
    let mut command = Command::new("sh");
    let script = format!("ulimit -{kind}n {files} && exec \"$0\" \"$@\"");
    command
        .args(["-c", &script])
        .arg(program())
        .arg(file(dir, "hello"))
        .arg("--no-code-cache");
    command.args([
        "--listen",
        "127.0.0.1:0",
        "--no-access-log",
        "--admin",
        "127.0.0.1:0",
    ]);
    command.args(args);
    Served::of(command).with_admin()
}

/// Connects and sends nothing, and does so again whenever the server closes the connection.
fn stay_idle(from: IpAddr, served: &Served) -> Repeated {
    let address = served.address().to_owned();
    Repeated::start(move || {
        let address = address.clone();
        async move {
            let mut stream = connect(from, &address).await?;
            stream.read_to_end(&mut Vec::new()).await?;
            tokio::time::sleep(Duration::from_secs(10)).await;
            Ok(())
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_make_room_for_others() {
    let dir = tempfile::tempdir().unwrap();
    let served = serve_with_files(dir.path(), "", 300, &[]);
    served.logs(&["may open only 300 files", "--max-connections is 86"]);
    // The server closes idle connections after a while, so each is made again.
    let idle: Vec<_> = (0..200).map(|_| stay_idle(ATTACKER, &served)).collect();
    wait_for(
        &served,
        "witgen_overloads_total{of=\"connections\"}",
        |count| count >= 1.0,
    )
    .await;
    // Another address has its share at once, and the same one when the others have been idle for a while.
    succeed(VICTIM, &served, "/").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    succeed(ATTACKER, &served, "/").await;
    assert!(served.metric("witgen_evictions_total{of=\"connections\"}") >= 1.0);
    idle.into_iter().for_each(Repeated::stop);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_soft_limit_of_open_files_is_raised() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "--max-connections",
        "400",
        "--max-upstream-connections",
        "100",
    ];
    let served = serve_with_files(dir.path(), "S", 200, &args);
    served.logs(&["at most", "400 connections, 100 upstream connections"]);
    let mut idle = Vec::new();
    for _ in 0..250 {
        idle.push(connect(VICTIM, served.address()).await.unwrap());
    }
    wait_for(&served, "witgen_connections", |count| count == 250.0).await;
    succeed(VICTIM, &served, "/").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_instances_together_have_only_so_much_memory() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "bad",
        "--max-total-memory",
        "20MiB",
        "--instance-concurrency",
        "1",
        "--no-access-log",
        "--admin",
        "127.0.0.1:0",
    ];
    let served = testkit_serve::serve::serve(dir.path(), &args).with_admin();
    served.logs(&["at most 20.0 MiB of memory"]);
    let mut held = Vec::new();
    for _ in 0..30 {
        let address = served.address().to_owned();
        held.push(tokio::spawn(async move {
            get(ATTACKER, &address, "/silent").await
        }));
    }
    wait_for(&served, "witgen_requests_total{status=\"503\"}", |count| {
        count >= 1.0
    })
    .await;
    assert!(served.metric("witgen_instances") <= 20.0);
    assert_eq!(served.metric("witgen_traps_total{member=\"bad\"}"), 0.0);
    held.iter().for_each(|request| request.abort());
    wait_for(&served, "witgen_instances", |count| count == 0.0).await;
    let response = get(VICTIM, served.address(), "/").await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
}
