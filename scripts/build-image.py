#!/usr/bin/env python3
"""Builds a container image of witgen-serve, as an OCI image layout, without a daemon:

    scripts/build-image.py                           # builds the static program, and target/image of it
    scripts/build-image.py --program witgen-serve    # of a program that was built before
    scripts/build-image.py --add chain.toml          # with the components that the file names by paths, in /chain

The image has the program and an empty /var/cache/witgen, and runs as user 65532. The same program and components
give the same bytes: all files have the time of the commit, or that in SOURCE_DATE_EPOCH. `skopeo copy oci:target/image
docker://HOST/witgen-serve:0.1.0` pushes it.

`witgen deploy` decides which components are files, so --add reads a file that it accepts for Kubernetes. Members of registries aren't
added, but they are fetched to check the chains; WKG_REGISTRY names their registry, as for other commands of witgen.
"""

import argparse
import gzip
import hashlib
import io
import json
import os
import platform
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET_FOLDER = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
USER = 65532
CACHE = "var/cache/witgen"
# Of no image: the one that is built.
NO_DIGEST = "sha256:" + "0" * 64
MAX_BYTES = 40 << 20
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# OCI image specification: media types, and the annotations that are labels too.
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def main():
    arguments = parse_arguments()
    program = arguments.program or build(arguments.target)
    require_static(program)
    package = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]
    seconds = source_date()
    base = [
        ("usr/bin/witgen-serve", program.read_bytes(), 0o755),
        ("usr/share/doc/witgen-serve/LICENSE", (ROOT / "LICENSE").read_bytes(), 0o644),
    ]
    layers = [layer(base, [(CACHE, 0o700, USER)], seconds)]
    if arguments.add:
        layers.append(layer(components(arguments.add, arguments.witgen), [], seconds))
    config = configuration(package, layers, arguments.target, seconds)
    size = sum(len(compressed) for compressed, _ in layers)
    if size > MAX_BYTES:
        sys.exit(f"the image has {size} bytes, and at most {MAX_BYTES} are meant to be in it")
    digest = write_layout(arguments.out, package["version"], layers, config)
    print(f"{arguments.out} {digest} {size / 1e6:.1f} MB")


def parse_arguments():
    machine = platform.machine()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", default=f"{machine}-unknown-linux-musl", help="the target to build for")
    parser.add_argument("--program", type=Path, help="a static witgen-serve that was built before")
    parser.add_argument("--add", type=Path, metavar="chain.toml", help="add the components of this file")
    parser.add_argument("--witgen", type=Path, help="the witgen that reads the file of --add; built if it is left out")
    parser.add_argument("--out", type=Path, default=TARGET_FOLDER / "image", help="the directory of the layout")
    arguments = parser.parse_args()
    if arguments.target.split("-")[0] not in ARCHITECTURES:
        parser.error(f"no image is made for {arguments.target}")
    return arguments


def build(target):
    """Builds the static program as a release has it."""
    subprocess.run([ROOT / "scripts/build-release.sh", target, "witgen-serve"], check=True, stdout=sys.stderr)
    profile = os.environ.get("PROFILE", "release")
    return TARGET_FOLDER / target / ("debug" if profile == "dev" else profile) / "witgen-serve"


def require_static(program):
    """Rejects a program that needs a loader (ELF, program headers: PT_INTERP), which the image doesn't have."""
    with open(program, "rb") as file:
        head = file.read(64)
        if head[:5] != b"\x7fELF\x02":
            sys.exit(f"{program} is no program for 64-bit Linux")
        offset, size, count = struct.unpack_from("<Q", head, 32) + struct.unpack_from("<HH", head, 54)
        file.seek(offset)
        kinds = [struct.unpack("<I", file.read(size)[:4])[0] for _ in range(count)]
    if 3 in kinds:
        sys.exit(f"{program} isn't static: build it for a target that ends in -musl")


def source_date():
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    log = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True, text=True)
    return int(log.stdout)


def components(file, witgen):
    """The components of a chain.toml that are files, at the paths that `witgen deploy` writes."""
    manifest = ROOT / "Cargo.toml"
    build = ["cargo", "run", "--quiet", "--release", "--bin", "witgen", "--manifest-path", manifest, "--"]
    with tempfile.TemporaryDirectory() as out:
        command = [witgen] if witgen else build
        command += ["deploy", file, "--for", "kubernetes", "--name", "image", "--image", f"image@{NO_DIGEST}", "--out", out, "--quiet"]
        if subprocess.run(command).returncode != 0:
            sys.exit(f"{file}: witgen deploys no such file")
        deployed = tomllib.loads((Path(out) / "chain.toml").read_text())["members"]
    written = tomllib.loads(file.read_text())["members"]
    found = []
    for name, member in sorted(deployed.items()):
        path = member["component"].removeprefix("/")
        if path != f"chain/{name}.wasm":
            continue
        data = (file.parent / written[name]["component"]).read_bytes() if "$" not in written[name]["component"] else b""
        if digest_of(data) != member["digest"]:
            sys.exit(f"{file}: the component of `{name}` has a variable, or it changes; replace the variable before")
        found.append((path, data, 0o644))
    if not found:
        sys.exit(f"{file} has no component that is a file")
    return found


def layer(files, folders, seconds):
    """A layer: compressed, and the digest of what it is when it isn't."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        parents = {str(parent) for path, *_ in files + folders for parent in Path(path).parents if str(parent) != "."}
        entries = {path: (None, 0o755, 0) for path in parents}
        entries.update({path: (None, mode, owner) for path, mode, owner in folders})
        entries.update({path: (data, mode, 0) for path, data, mode in files})
        for path, (data, mode, owner) in sorted(entries.items()):
            info = tarfile.TarInfo(path)
            info.mode, info.uid, info.gid, info.mtime = mode, owner, owner, seconds
            if data is None:
                info.type = tarfile.DIRTYPE
                archive.addfile(info)
            else:
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    tar = tar.getvalue()
    return gzip.compress(tar, compresslevel=9, mtime=0), digest_of(tar)


def configuration(package, layers, target, seconds):
    created = datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "created": created,
        "architecture": ARCHITECTURES[target.split("-")[0]],
        "os": "linux",
        "config": {
            "User": f"{USER}:{USER}",
            "ExposedPorts": {"8080/tcp": {}, "9090/tcp": {}},
            "Env": ["PATH=/usr/bin", f"HOME=/{CACHE}", f"WITGEN_CACHE_DIR=/{CACHE}"],
            "Entrypoint": ["/usr/bin/witgen-serve"],
            "Cmd": ["/etc/witgen/chain.toml", "--no-code-cache"],
            "Volumes": {f"/{CACHE}": {}},
            "WorkingDir": "/",
            "StopSignal": "SIGTERM",
            "Labels": {
                "org.opencontainers.image.title": "witgen-serve",
                "org.opencontainers.image.description": "Serves chains of WebAssembly components of wasi:http",
                "org.opencontainers.image.version": package["version"],
                "org.opencontainers.image.licenses": package["license"],
                "org.opencontainers.image.source": package["repository"],
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [diff_id for _, diff_id in layers]},
        "history": [{"created": created, "created_by": "scripts/build-image.py"} for _ in layers],
    }


def write_layout(out, version, layers, config):
    """Writes an image layout, all of it or nothing, and returns the digest of its manifest."""
    if out.exists() and not (out / "oci-layout").is_file():
        sys.exit(f"{out} exists, and is no image layout; choose another directory with --out")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as new:
        new = Path(new)
        blobs = new / "blobs/sha256"
        blobs.mkdir(parents=True)

        def add(data, media_type):
            (blobs / digest_of(data).removeprefix("sha256:")).write_bytes(data)
            return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}

        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": add(as_json(config), CONFIG),
            "layers": [add(compressed, LAYER) for compressed, _ in layers],
            "annotations": config["config"]["Labels"],
        }
        descriptor = add(as_json(manifest), MANIFEST)
        descriptor["platform"] = {"architecture": config["architecture"], "os": "linux"}
        descriptor["annotations"] = {"org.opencontainers.image.ref.name": version}
        (new / "index.json").write_bytes(as_json({"schemaVersion": 2, "manifests": [descriptor]}))
        (new / "oci-layout").write_bytes(as_json({"imageLayoutVersion": "1.0.0"}))
        new.chmod(0o755)
        if out.exists():
            shutil.rmtree(out)
        shutil.copytree(new, out)
    return descriptor["digest"]


def as_json(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def digest_of(data):
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


if __name__ == "__main__":
    main()
