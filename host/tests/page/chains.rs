//! What the page shows in these tests: chains whose members make side calls, trap, and are denied.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use testkit_serve::serve::{Served, TIMEOUT, client, file, serve, witgen_serve};

/// Two chains, and the service that one of them asks.
pub struct Chains {
    pub served: Served,
    _auth: Served,
}

/// Serves two chains by their paths. The member `gate` asks `auth.example`, and `guard` before it
/// may not.
pub fn chains(dir: &Path, more: &[&str]) -> Chains {
    let auth = serve(dir, &["hello"]);
    for name in ["gate", "stamp", "bad"] {
        file(dir, name);
    }
    fs::write(dir.join("chain.toml"), text(&auth.url)).unwrap();
    let config = dir.join("chain.toml");
    let mut args = vec![
        config.to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
        "--no-access-log",
    ];
    args.extend(more);
    Chains {
        served: Served::of(witgen_serve(&args)).with_admin(),
        _auth: auth,
    }
}

fn text(auth: &str) -> String {
    format!(
        r#"
            [members.gate]
            component = "gate.wasm"
            allow = ["auth.example"]

            [members.guard]
            component = "gate.wasm"

            [members.stamp]
            component = "stamp.wasm"

            [members.bad]
            component = "bad.wasm"

            [chains.web]
            members = ["gate", "stamp", "bad"]

            [chains.closed]
            members = ["guard", "gate", "bad"]

            [[routes]]
            chain = "web"

            [[routes]]
            path = "/closed"
            chain = "closed"

            [side-calls]
            routes = {{ "auth.example" = "{auth}" }}
        "#
    )
}

impl Chains {
    /// Sends a GET request, and returns the status of its response.
    pub fn get(&self, path: &str) -> u16 {
        let url = format!("{}{path}", self.served.url);
        client().get(&url).call().unwrap().status().as_u16()
    }
}

/// Reads what the page of a server shows.
pub fn status(served: &Served) -> Value {
    serde_json::from_str(&status_text(served)).unwrap()
}

/// Reads what the page of a server shows, as text.
pub fn status_text(served: &Served) -> String {
    let url = format!("{}/status.json", served.admin.as_deref().unwrap());
    let mut response = client().get(&url).call().unwrap();
    response.body_mut().read_to_string().unwrap()
}

/// Reads what the page of a server shows, as soon as that fulfils a condition.
pub fn status_with(served: &Served, is_expected: impl Fn(&Value) -> bool) -> Value {
    let begin = Instant::now();
    loop {
        let status = status(served);
        if is_expected(&status) {
            return status;
        }
        assert!(begin.elapsed() < TIMEOUT, "{status:#}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Returns the chain or member of this name.
pub fn named<'a>(list: &'a Value, name: &str) -> &'a Value {
    let found = list.as_array().unwrap().iter().find(|item| item["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {list:#}"))
}

/// Returns the request with this path among the last ones.
pub fn request<'a>(status: &'a Value, path: &str) -> Option<&'a Value> {
    let last = status["requests"]["last"].as_array().unwrap();
    last.iter().find(|request| request["path"] == path)
}
