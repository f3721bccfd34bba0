//! The address and the version of the project, which documentation and workflows repeat.

use std::fs;
use std::path::PathBuf;

use pretty_assertions::assert_eq;
use testkit::root;

/// Returns files that name the project for others to use.
fn files() -> Vec<PathBuf> {
    let folder = |name: &str| {
        let files = fs::read_dir(root().join(name)).unwrap();
        files.map(|file| file.unwrap().path()).filter(|path| path.is_file())
    };
    let files = folder("docs")
        .chain(folder(".github/workflows"))
        .chain(folder("scripts/action"));
    let files = files
        .chain(["README.md", "action.yml", ".pre-commit-hooks.yaml"].map(|name| root().join(name)));
    files
        .filter(|path| path.extension().is_some_and(|extension| extension != "json"))
        .collect()
}

#[test]
fn everything_names_the_repository_of_the_manifest() {
    let repository = env!("CARGO_PKG_REPOSITORY");
    let slug = repository.strip_prefix("https://github.com/").unwrap();
    let version = format!("v{}", env!("CARGO_PKG_VERSION"));
    let mut named = 0;
    for file in files() {
        let text = fs::read_to_string(&file).unwrap();
        for line in text.lines() {
            let at = |what: &str| format!("{}: {what}: {line}", file.display());
            let line = line.trim_start().trim_start_matches("- ");
            // `uses: OWNER/witgen@v0.1.0`, `uses: OWNER/witgen/.github/workflows/x.yml@v0.1.0`
            if let Some(used) = line.strip_prefix("uses: ").filter(|it| it.contains("witgen")) {
                let (name, reference) =
                    used.split_once('@').unwrap_or_else(|| panic!("{}", at("no version")));
                let rest = name
                    .strip_prefix(slug)
                    .unwrap_or_else(|| panic!("{}", at("another repository")));
                assert!(
                    rest.is_empty() || rest.starts_with('/'),
                    "{}",
                    at("another repository")
                );
                let file = match rest.trim_start_matches('/') {
                    "" => "action.yml",
                    workflow => workflow,
                };
                assert!(root().join(file).is_file(), "{}", at("no such file"));
                let reference = reference.split(' ').next().unwrap();
                assert_eq!(reference, version, "{}", at("another version"));
                named += 1;
            }
            if let Some(revision) = line.strip_prefix("rev: ") {
                assert_eq!(revision, version, "{}", at("another version"));
                named += 1;
            }
            // Repositories of others have names of their own.
            for (at, _) in line.match_indices("https://github.com/") {
                let address = &line[at..];
                let name = address.split(['/', '#', ')', ' ', '`', '@']).nth(4);
                if name == Some("witgen") {
                    assert!(
                        address.starts_with(repository),
                        "{}: {line}",
                        file.display()
                    );
                    named += 1;
                }
            }
        }
    }
    assert!(named >= 5, "only {named} lines name the project");
}
