//! A `chain.toml` with its components, to be deployed.

use std::fs;
use std::path::Path;

use crate::components::component;
use witgen::source::{Features, Source, load};

/// The components, with the items of their worlds.
const MEMBERS: [(&str, &str); 5] = [
    (
        "gate",
        "import wasi:http/origin@0.3.1002; import wasi:http/client@0.3.1002; import wasi:cli/environment@0.3.2;",
    ),
    ("stamp", "import wasi:http/origin@0.3.1002;"),
    ("hello", ""),
    ("caller", "import wasi:http/client@0.3.1002;"),
    (
        "logger",
        "import log: interface { write: func(text: string); }",
    ),
];

/// A chain with a variable, a secret and a route.
pub const CHAIN: &str = "\
[members.gate]
component = 'gate.wasm'
environment = { TOKEN = { file = 'token' }, LEVEL = '${LEVEL}' }
allow = ['auth.example']

[members.hello]
component = 'hello.wasm'

[chains.web]
members = ['gate', 'hello']

[[routes]]
host = 'web.example'
chain = 'web'
";

/// The command that deploys it to Kubernetes.
pub const KUBERNETES: [&str; 6] = [
    "deploy",
    "chain.toml",
    "--for",
    "kubernetes",
    "--image",
    "r.example/witgen-serve:1",
];

/// Writes a `chain.toml` into a directory, and the components that it may name.
pub fn prepare(dir: &Path, chain: &str) {
    for (name, imports) in MEMBERS {
        let wit = format!(
            "package test:{name};\nworld {name} {{ {imports} export wasi:http/handler@0.3.1002; }}"
        );
        // witgen contains the packages of WASI.
        let file = dir.join(format!("{name}.wit"));
        fs::write(&file, wit).unwrap();
        let package = load(&Source::File(file.clone()), &Features::default()).unwrap();
        fs::write(file.with_extension("wasm"), component(&package)).unwrap();
        fs::remove_file(file).unwrap();
    }
    fs::write(dir.join("ca.pem"), "a root certificate\n").unwrap();
    fs::write(dir.join("chain.toml"), chain).unwrap();
}
