"""The container image: its configuration, its size, that it is the same again, and that it serves.

    TARGET=x86_64-unknown-linux-musl python -m pytest packaging/tests/test_image.py

No container runtime is needed: the unpacked program runs as the image's user if the tests run as root. Components are in the image,
mounted, or fetched by their digests. Unpacks Debian's docker-registry and skopeo into target/image-tools, and builds a component with
the witgen of the tests.
"""

import gzip
import json
import os
import re
import shutil
import socket
import subprocess
import tarfile
import time
import urllib.request
from pathlib import Path

import pytest
from conftest import IS_RELEASE, ROOT, TARGET, run, sha256

pytestmark = pytest.mark.skipif(
    not IS_RELEASE or "musl" not in TARGET, reason="only the release for musl has a static witgen-serve"
)
USER = 65532
FOLDER = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
WITGEN = FOLDER / "debug/witgen"
TOOLS = FOLDER / "image-tools"
BUILD = ROOT / "scripts/build-image.py"
# The service that `witgen new` makes responds with the method and the path.
RESPONSE = "GET /\n"


@pytest.fixture(scope="session")
def program():
    return FOLDER / TARGET / "release/witgen-serve"


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A folder that the image's user can enter, with a chain.toml and its component."""
    folder = tmp_path_factory.mktemp("image")
    for parent in [folder, *folder.parents][:3]:
        parent.chmod(parent.stat().st_mode | 0o055)
    run(WITGEN, "new", "--quiet", "--target", "wasm32-unknown-unknown", "service", "hello", cwd=folder)
    build = ["cargo", "build", "--quiet", "--release", "--target", "wasm32-unknown-unknown", "--target-dir", folder / "build"]
    run(*build, cwd=folder / "hello")
    module = folder / "build/wasm32-unknown-unknown/release/hello.wasm"
    run(WITGEN, "component", "--quiet", module, "-o", folder / "hello.wasm")
    (folder / "chain.toml").write_text('[members.hello]\ncomponent = "hello.wasm"\n[chains.web]\nmembers = ["hello"]\n')
    return folder


@pytest.fixture(scope="session")
def image(program, folder):
    run(BUILD, "--program", program, "--target", TARGET, "--out", folder / "layout")
    return folder / "layout"


@pytest.fixture(scope="session")
def tools():
    if not (TOOLS / "usr/bin/skopeo").exists():
        debs = TOOLS / "debs"
        debs.mkdir(parents=True, exist_ok=True)
        run("apt-get", "update", "-qq")
        run("apt-get", "download", "-qq", "docker-registry", "skopeo", "libgpgme11", "libassuan0", cwd=debs)
        for deb in debs.glob("*.deb"):
            run("dpkg-deb", "-x", deb, TOOLS)
    return TOOLS


@pytest.fixture
def registry(tools, tmp_path):
    port = free_port()
    config = f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {tmp_path}}}}}\nhttp: {{addr: 127.0.0.1:{port}}}\n"
    (tmp_path / "registry.yml").write_text(config)
    server = subprocess.Popen(
        [tools / "usr/bin/docker-registry", "serve", tmp_path / "registry.yml"], stderr=subprocess.DEVNULL
    )
    wait_for(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/").status == 200)
    yield f"127.0.0.1:{port}"
    server.terminate()
    server.wait()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except OSError:
            pass
        assert time.monotonic() < end, "nothing answers"
        time.sleep(0.05)


def blob(image, descriptor):
    return (image / "blobs/sha256" / descriptor["digest"].removeprefix("sha256:")).read_bytes()


def manifest_of(image):
    index = json.loads((image / "index.json").read_text())
    return json.loads(blob(image, index["manifests"][0]))


def unpack(image, root):
    root.mkdir()
    for layer in manifest_of(image)["layers"]:
        (root / "layer.tar").write_bytes(gzip.decompress(blob(image, layer)))
        with tarfile.open(root / "layer.tar") as archive:
            archive.extractall(root, filter="fully_trusted")
        (root / "layer.tar").unlink()
    return root


def serve(root, chain, **environment):
    """Serves from an unpacked image, as its user, and returns a response."""
    is_root = os.geteuid() == 0
    port, admin = free_port(), free_port()
    program = root / "usr/bin/witgen-serve"
    command = [program, chain, "--no-code-cache", "--listen", f"127.0.0.1:{port}", "--admin", f"127.0.0.1:{admin}"]
    server = subprocess.Popen(
        list(map(str, command)),
        env={"HOME": str(root / "var/cache/witgen"), **environment},
        stderr=subprocess.PIPE,
        text=True,
        **({"user": USER, "group": USER, "extra_groups": []} if is_root else {}),
    )
    try:
        check = [program, "--check-ready", f"127.0.0.1:{admin}"]
        wait_for(lambda: server.poll() is not None or subprocess.run(check, stderr=subprocess.DEVNULL).returncode == 0)
        if server.poll() is not None:
            return server.stderr.read()
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/").read().decode()
    finally:
        server.terminate()
        server.wait(40)


def deploy(folder, out, *options):
    """Writes the manifests of Docker Compose, and returns the chain.toml of the container."""
    image = "witgen-serve@sha256:" + "0a" * 32
    run(WITGEN, "deploy", "chain.toml", "--for", "compose", "--image", image, "--out", out, *options, cwd=folder)
    return (out / "chain.toml").read_text()


def placed(text, root, out):
    """The chain.toml of a container, with the paths of an unpacked image."""
    out.mkdir()
    out.chmod(0o755)
    (out / "chain.toml").write_text(text.replace('"/chain/', f'"{root}/chain/'))
    return out / "chain.toml"


def test_the_configuration_is_that_of_a_program_without_privileges(image):
    config = json.loads(blob(image, manifest_of(image)["config"]))["config"]
    assert config["User"] == f"{USER}:{USER}"
    assert config["Entrypoint"] == ["/usr/bin/witgen-serve"]
    assert set(config["ExposedPorts"]) == {"8080/tcp", "9090/tcp"}
    assert config["Volumes"] == {"/var/cache/witgen": {}}
    assert config["Labels"]["org.opencontainers.image.title"] == "witgen-serve"


def test_the_image_is_small_and_the_same_again(image, program, tmp_path):
    assert sum(layer["size"] for layer in manifest_of(image)["layers"]) < 40 << 20
    run(BUILD, "--program", program, "--target", TARGET, "--out", tmp_path / "again")
    assert (tmp_path / "again/index.json").read_bytes() == (image / "index.json").read_bytes()


def test_a_program_that_needs_a_loader_is_rejected(tmp_path):
    assert "isn't static" in run(BUILD, "--program", "/bin/ls", "--out", tmp_path / "image", status=1)
    assert not (tmp_path / "image").exists()


def test_a_directory_of_others_is_not_replaced(program, tmp_path):
    (tmp_path / "mine").write_text("mine")
    run(BUILD, "--program", program, "--target", TARGET, "--out", tmp_path, status=1)
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_component_that_is_missing_is_named(program, tmp_path):
    (tmp_path / "chain.toml").write_text('[members.hello]\ncomponent = "missing.wasm"\n[chains.web]\nmembers = ["hello"]\n')
    options = ["--program", program, "--witgen", WITGEN, "--add", tmp_path / "chain.toml", "--out", tmp_path / "image"]
    assert "missing.wasm" in run(BUILD, *options, status=1)
    assert not (tmp_path / "image").exists()


def test_only_declared_folders_are_writable(image, folder):
    root = unpack(image, folder / "writable")
    found = {path.relative_to(root): path.stat() for path in root.rglob("*") if path.is_dir()}
    assert [str(path) for path, stat in found.items() if stat.st_mode & 0o022] == []
    if os.geteuid() == 0:
        assert [str(path) for path, stat in found.items() if stat.st_uid == USER] == ["var/cache/witgen"]


def test_components_in_the_image_are_served(program, folder, tmp_path):
    layout = folder / "with-components"
    run(BUILD, "--program", program, "--target", TARGET, "--witgen", WITGEN, "--add", folder / "chain.toml", "--out", layout)
    root = unpack(layout, folder / "added")
    chain = placed(deploy(folder, tmp_path / "out"), root, folder / "added-config")
    assert serve(root, chain) == RESPONSE


def test_mounted_components_are_served_and_others_rejected(image, folder, tmp_path):
    root = unpack(image, folder / "mounted")
    (root / "chain").mkdir()
    shutil.copy(folder / "hello.wasm", root / "chain/hello.wasm")
    (root / "chain/hello.wasm").chmod(0o644)
    chain = placed(deploy(folder, tmp_path / "out"), root, folder / "mounted-config")
    assert serve(root, chain) == RESPONSE
    with open(root / "chain/hello.wasm", "ab") as component:
        component.write(b"\0\5\4none")
    assert "component-digest" in serve(root, chain)


def test_components_are_fetched_by_their_digests(image, folder, registry, tmp_path):
    root = unpack(image, folder / "fetched")
    wkg = tmp_path / "wkg.toml"
    wkg.write_text(f'[registry."{registry}"]\ntype = "oci"\n[registry."{registry}".oci]\nprotocol = "http"\n')
    options = ["--registry", registry, "--config", wkg, "--cache", tmp_path / "cache"]
    run(WITGEN, "publish", folder / "hello.wasm", "--package", "acme:hello@1.0.0", *options)
    (tmp_path / "chain.toml").write_text(
        '[members.hello]\ncomponent = "acme:hello@1.0.0"\n[chains.web]\nmembers = ["hello"]\n'
    )
    text = deploy(tmp_path, tmp_path / "out", *options)
    assert sha256((folder / "hello.wasm").read_bytes()) in text
    chain = placed(text, root, folder / "fetched-config")
    registries = shutil.copy(tmp_path / "out/registries.toml", chain.parent)
    environment = {"WKG_CONFIG_FILE": str(registries), "WITGEN_CACHE_DIR": str(root / "var/cache/witgen")}
    assert serve(root, chain, **environment) == RESPONSE
    chain.write_text(re.sub("sha256:[0-9a-f]{64}", "sha256:" + "0a" * 32, text))
    assert "component-digest" in serve(root, chain, **environment)


def test_a_registry_has_the_image_under_the_same_digest(image, registry, tools, tmp_path):
    skopeo = [tools / "usr/bin/skopeo", "--insecure-policy", "copy"]
    libraries = next((tools / "usr/lib").glob("*-linux-gnu"))
    environment = {**os.environ, "LD_LIBRARY_PATH": str(libraries)}
    address = f"docker://{registry}/witgen-serve:0.1.0"
    run(*skopeo, "--dest-tls-verify=false", f"oci:{image}", address, env=environment)
    run(*skopeo, "--src-tls-verify=false", address, f"oci:{tmp_path / 'pulled'}:again", env=environment)
    digests = [json.loads((it / "index.json").read_text())["manifests"][0]["digest"] for it in (image, tmp_path / "pulled")]
    assert digests[0] == digests[1]
