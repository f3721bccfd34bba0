//! The command lines of the manual: each is run as it stands on its page, or its block is marked as an example.
//!
//! A block of commands has the language `sh`, or `console` if it shows what a command prints. `example` after that means
//! that nothing runs the block, and `in=FOLDER` that its commands are run in another folder. A block with `file=PATH` is the content
//! of a file. Readers see none of these words.

// The manual's commands are those of a POSIX shell.
#![cfg(unix)]

use std::fs;
use std::path::Path;

use testkit::certificates::Authority;
use testkit::components::including;
use testkit::routers::{LABELS, router};
use testkit::toolchain::wasip2_is_installed;
use testkit::tree::copy;
use testkit::{deployed, root};

mod blocks;
mod reader;

use reader::Reader;

/// The pages whose commands are run here; `readme.rs` runs those of the README.
const RUN: [&str; 17] = [
    "docs/chain-file.md",
    "docs/chains.md",
    "docs/ci.md",
    "docs/compatibility.md",
    "docs/components.md",
    "docs/diff.md",
    "docs/embedding.md",
    "docs/formatting.md",
    "docs/installing.md",
    "docs/listeners.md",
    "docs/maintaining.md",
    "docs/observing.md",
    "docs/origins.md",
    "docs/production.md",
    "docs/registries.md",
    "docs/serving.md",
    "docs/specification.md",
];

/// Returns all pages of the manual.
fn pages() -> Vec<String> {
    let mut folders = vec![root().join("docs")];
    let mut pages = vec!["README.md".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let page = path.strip_prefix(root()).unwrap();
                pages.push(page.display().to_string());
            }
        }
    }
    pages.sort();
    pages
}

/// Returns the part of a page whose blocks are run.
fn run_part<'p>(page: &str, text: &'p str) -> &'p str {
    match page {
        "README.md" => {
            let (_, section) = text.split_once("\n## Five minutes\n").unwrap();
            section.split_once("\n## ").unwrap().0
        }
        page if RUN.contains(&page) => text,
        _ => "",
    }
}

#[test]
fn each_block_of_commands_is_run_or_an_example() {
    let mut faults = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(root().join(&page)).unwrap();
        let mut run = blocks::of_page(run_part(&page, &text)).into_iter().peekable();
        for block in blocks::of_page(&text) {
            let is_run = run.next_if(|it| it.text == block.text).is_some();
            let place = format!("{page}:{}", block.line);
            if block.looks_like_commands() && !block.has_commands() {
                faults.push(format!(
                    "{place}: the language of commands is `sh` or `console`"
                ));
            }
            if block.has_commands() && !is_run && !block.is_example() {
                faults.push(format!(
                    "{place}: nothing runs this: mark it as an `example`"
                ));
            }
            if block.has_commands() && !block.unknown_words().is_empty() {
                let unknown = block.unknown_words();
                faults.push(format!("{place}: {unknown:?} mean nothing"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Writes the components that the pages about chains name.
fn write_components(folder: &Path) {
    for (name, world) in [
        ("gate", "proxy"),
        ("stamp", "proxy"),
        ("hello", "service"),
        ("sorry", "service"),
        ("auth", "service"),
    ] {
        fs::write(folder.join(format!("{name}.wasm")), including(world, "")).unwrap();
    }
    fs::write(folder.join("router.wasm"), router(&LABELS, 1)).unwrap();
}

#[test]
fn the_page_about_chains_is_true() {
    let mut reader = Reader::new();
    write_components(&reader.dir);
    reader.read("docs/chains.md");
}

#[test]
fn the_page_about_serving_is_true() {
    let mut reader = Reader::new().replace("/var/cache/witgen", "cache");
    write_components(&reader.dir);
    let legacy = testkit_serve::component("legacy");
    for name in ["legacy", "old-auth"] {
        fs::write(reader.dir.join(format!("{name}.wasm")), &legacy).unwrap();
    }
    let identity = Authority::new().identity("localhost", 2099);
    fs::write(reader.dir.join("cert.pem"), identity.certificate).unwrap();
    fs::write(reader.dir.join("key.pem"), identity.key).unwrap();
    let publish = "witgen publish gate.wasm --package acme:gate@1.0.0";
    reader.run("a component of a registry", publish, None);
    reader.read("docs/serving.md");
}

#[test]
fn the_pages_about_servers_are_true() {
    for page in ["docs/listeners.md", "docs/observing.md", "docs/origins.md"] {
        let mut reader = Reader::new().replace("/run/witgen", ".");
        write_components(&reader.dir);
        reader.read(page);
    }
}

#[test]
fn the_page_about_the_chain_file_is_true() {
    let text = fs::read_to_string(root().join("docs/chain-file.md")).unwrap();
    let mut blocks = blocks::of_page(&text).into_iter();
    let file = blocks.find(|block| block.text.starts_with("[[listeners]]")).unwrap();
    let mut reader = Reader::new();
    // At free ports, and with a secret that tests can write.
    let file = ["0.0.0.0:8080", "127.0.0.1:9090"]
        .into_iter()
        .fold(file.text, |text, address| {
            text.replace(address, "127.0.0.1:0")
        })
        .replace("/run/secrets/", "");
    deployed::prepare(&reader.dir, &file);
    reader.run("a secret", "echo secret > token && chmod 600 token", None);
    reader.read("docs/chain-file.md");
}

#[test]
fn the_page_about_embedding_is_true() {
    Reader::new().read("docs/embedding.md");
}

#[test]
fn the_page_about_components_is_true() {
    if !wasip2_is_installed() {
        return;
    }
    // Of the versions that everything else is tested with.
    let locked = fs::read_to_string(root().join("tests/guests/Cargo.lock")).unwrap();
    let mut reader = Reader::new().add("Cargo.lock", locked);
    reader.read("docs/components.md");
}

/// A package after its first release, with an item that the next one stabilizes.
const STORE: &str = "\
/// Things that are kept.
package acme:store@1.0.0;

/// What is kept.
@since(version = 1.0.0)
interface things {
  /// How many there are.
  @since(version = 1.0.0)
  count: func() -> u32;

  /// Removes all of them.
  // @stabilize-next
  @unstable(feature = clear)
  clear: func();
}

/// A component that keeps things.
@since(version = 1.0.0)
world store {
  @since(version = 1.0.0)
  export things;
}
";

/// Returns a reader in a repository with this package, whose release has a tag.
fn with_store(tag: &str) -> Reader {
    let mut reader = Reader::new();
    let identity =
        "[user]\nname = Somebody\nemail = somebody@example.com\n[init]\ndefaultBranch = main\n";
    reader.home.write("gitconfig", identity);
    reader.home.write("work/wit/store.wit", STORE);
    let repository =
        "git init --quiet && git add --all && git commit --quiet --message 'Release it'";
    reader.run("a repository", repository, None);
    reader.run("a release", &format!("git tag {tag}"), None);
    reader
}

#[test]
fn the_page_about_maintaining_is_true() {
    let mut reader = with_store("v1.0.0");
    reader.home.write("app/wit/app.wit", "package acme:app;\n\nworld app {}\n");
    reader.read("docs/maintaining.md");
    assert!(reader.home.path("registry/acme/store/1.1.0.wasm").is_file());
    assert!(reader.home.path("app/src/store").is_dir());
}

#[test]
fn the_pages_about_packages_are_true() {
    for page in [
        "docs/diff.md",
        "docs/formatting.md",
        "docs/specification.md",
    ] {
        let mut reader = with_store("v0.3.2");
        reader.home.write("work/api.wit", STORE);
        reader.home.write("work/more/api.wit", STORE);
        reader.read(page);
    }
}

#[test]
fn the_page_about_installing_is_true() {
    let mut reader = Reader::new().replace("~/", "home/");
    reader.read("docs/installing.md");
    for file in [
        ".local/share/bash-completion/completions/witgen",
        ".zfunc/_witgen",
        ".config/fish/completions/witgen.fish",
        ".local/share/man/man1/witgen-check.1",
    ] {
        let file = reader.home.path("work/home").join(file);
        assert!(file.is_file(), "{}", file.display());
    }
}

#[test]
fn the_page_about_continuous_integration_is_true() {
    let mut reader = with_store("v1.0.0");
    let remote = "git init --quiet --bare ../remote && git remote add origin ../remote";
    reader.run("a code host", remote, None);
    reader.run(
        "a branch of it",
        "git push --quiet --set-upstream origin main",
        None,
    );
    reader.read("docs/ci.md");
    reader.run("its tags", "git -C ../remote tag", Some("v1.1.0\n"));
}

#[test]
fn the_page_about_registries_is_true() {
    let mut reader = with_store("v1.0.0");
    write_components(&reader.dir);
    let clocks = fs::read(root().join("wit/deps/clocks.wit")).unwrap();
    reader.home.write("clocks/wit/clocks.wit", clocks);
    for publish in [
        "cd ../clocks && witgen publish && cd ../work",
        "witgen publish gate.wasm --package acme:gate@1.0.0",
    ] {
        reader.run("what the page needs", publish, None);
    }
    reader.read("docs/registries.md");
    assert!(reader.home.path("registry/acme/chain/1.0.0.wasm").is_file());
    assert!(!reader.dir.join("registry").exists());
}

#[test]
fn the_page_about_compatibility_is_true() {
    let mut reader = Reader::new();
    let wit = reader.dir.join("wit");
    fs::create_dir(&wit).unwrap();
    copy(&root().join("wit"), &wit);
    reader.read("docs/compatibility.md");
    let left = "plain/handler.wit\n";
    reader.run(
        "what is still async",
        "grep -rl 'async func' plain",
        Some(left),
    );
    reader.run("it is a package", "witgen inspect --wit plain", None);
}

#[test]
fn the_page_about_production_is_true() {
    let digest = "0".repeat(64);
    let mut reader = Reader::new()
        .replace(
            "gate.wasm --package acme:gate@1.0.0 --registry registry.example",
            "gate.wasm --package acme:gate@1.0.0",
        )
        .replace("DIGEST", digest.leak());
    let chain = deployed::CHAIN.replace("${LEVEL}", "info");
    deployed::prepare(&reader.dir, &chain);
    reader.run("a secret", "echo secret > token && chmod 600 token", None);
    reader.read("docs/production.md");
    assert!(reader.home.path("work/deploy/kubernetes/kustomization.yaml").is_file());
}
