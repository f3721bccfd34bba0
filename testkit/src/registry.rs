//! A registry of the OCI distribution specification on loopback: `docker-registry`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::peers::docker_registry;

/// The user of a registry that requires a login.
pub const USER: &str = "somebody";
/// The password of [`USER`].
pub const PASSWORD: &str = "open-sesame";
/// Both as `htpasswd -B` writes them.
const HTPASSWD: &str = "somebody:$2y$05$gz0G6l9OHWfCrwDLYksRSeJsfbaaEUN6N2qc/r6FP/ZgaQhnyyiki\n";

/// A registry, which is stopped when it is dropped.
pub struct Registry {
    server: Child,
    /// `127.0.0.1:PORT`
    pub host: String,
    _folder: TempDir,
}

/// Who may use a registry, and over what.
#[derive(Default)]
pub struct Access<'a> {
    /// Whether it requires [`USER`] and [`PASSWORD`].
    pub requires_login: bool,
    /// A certificate and its key, in PEM.
    pub tls: Option<(&'a str, &'a str)>,
}

impl Registry {
    /// Starts a registry without TLS that requires no login. Returns nothing if `docker-registry` is missing.
    pub fn start() -> Option<Self> {
        Self::start_with(Access::default())
    }

    /// Starts a registry. Returns nothing if `docker-registry` is missing.
    pub fn start_with(access: Access<'_>) -> Option<Self> {
        let program = docker_registry()?;
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path(), &access);
        let mut server = Command::new(program)
            .arg("serve")
            .arg(config)
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
        let host = lines.by_ref().flatten().find_map(|line| {
            let (_, rest) = line.split_once("listening on ")?;
            let end = rest.find([',', '"', ' ']).unwrap_or(rest.len());
            Some(rest[..end].to_owned())
        });
        // What nobody reads would hold the server up.
        std::thread::spawn(move || lines.for_each(drop));
        let host = host.unwrap_or_else(|| {
            let _ = server.kill();
            panic!("docker-registry doesn't start")
        });
        Some(Registry {
            server,
            host,
            _folder: folder,
        })
    }

    /// Returns the tags of a repository; none if there is no such repository.
    pub fn tags(&self, repository: &str) -> Vec<String> {
        let Some(body) = self.get(&format!("{repository}/tags/list"), "*/*") else {
            return Vec::new();
        };
        let page: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let tags = page["tags"].as_array().into_iter().flatten();
        tags.map(|tag| tag.as_str().unwrap().to_owned()).collect()
    }

    /// Returns the manifest, or the index, of a tag or a digest.
    pub fn manifest(&self, repository: &str, reference: &str) -> Option<serde_json::Value> {
        let body = self.manifest_bytes(repository, reference)?;
        Some(serde_json::from_slice(&body).unwrap())
    }

    /// Returns the bytes of the manifest, or of the index, of a tag or a digest.
    pub fn manifest_bytes(&self, repository: &str, reference: &str) -> Option<Vec<u8>> {
        let accept =
            "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json";
        self.get(&format!("{repository}/manifests/{reference}"), accept)
    }

    /// Stores a manifest under a tag, as another tool would.
    pub fn put(&self, repository: &str, tag: &str, media_type: &str, body: &str) {
        let url = format!("http://{}/v2/{repository}/manifests/{tag}", self.host);
        let put = ureq::put(url).header("content-type", media_type).send(body);
        assert!(put.unwrap().status().is_success());
    }

    /// Returns the contents of a digest.
    pub fn blob(&self, repository: &str, digest: &str) -> Vec<u8> {
        self.get(&format!("{repository}/blobs/{digest}"), "*/*").unwrap()
    }

    /// Sends a request without TLS and credentials; returns nothing unless it succeeds.
    fn get(&self, path: &str, accept: &str) -> Option<Vec<u8>> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .into();
        let url = format!("http://{}/v2/{path}", self.host);
        let mut answer = agent.get(url).header("accept", accept).call().unwrap();
        let body = answer.body_mut().read_to_vec().unwrap();
        answer.status().is_success().then_some(body)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn config(folder: &Path, access: &Access<'_>) -> PathBuf {
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let storage = folder.join("storage").display().to_string();
    let mut text = format!(
        "version: 0.1\nstorage: {{filesystem: {{rootdirectory: {storage}}}}}\nhttp:\n  addr: 127.0.0.1:0\n"
    );
    if let Some((certificate, key)) = access.tls {
        let (certificate, key) = (file("certificate.pem", certificate), file("key.pem", key));
        text += &format!("  tls: {{certificate: {certificate}, key: {key}}}\n");
    }
    if access.requires_login {
        let passwords = file("passwords", HTPASSWD);
        text += &format!("auth: {{htpasswd: {{realm: a test, path: {passwords}}}}}\n");
    }
    PathBuf::from(file("registry.yml", &text))
}
