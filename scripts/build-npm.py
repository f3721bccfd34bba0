#!/usr/bin/env python3
"""Packs the archives of target/dist for npm: one package per platform, and the one that people install.

    scripts/build-npm.py              # all platforms of packaging/targets.json
    scripts/build-npm.py TARGET...    # some, to try them; the others are missing from the registry then

The tarballs are in target/dist/npm. The platforms' packages must be published before `witgen-toolkit`, which depends on them.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "witgen-toolkit"


def main():
    wanted = sys.argv[1:]
    if wanted[:1] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    targets = json.loads((ROOT / "packaging/targets.json").read_text())
    unknown = set(wanted) - {target["target"] for target in targets}
    if unknown:
        sys.exit(f"packaging/targets.json has no {', '.join(sorted(unknown))}")
    cargo = tomllib.loads((ROOT / "Cargo.toml").read_text())
    workspace = cargo["workspace"]["package"]
    common = {
        "version": workspace["version"],
        "description": cargo["package"]["description"],
        "license": workspace["license"],
        "repository": {"type": "git", "url": f"git+{workspace['repository']}.git"},
        "homepage": workspace["repository"],
    }
    dist = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "dist"
    out = dist / "npm"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for target in targets:
        if not wanted or target["target"] in wanted:
            pack(out, platform_package(target, common), program(dist, target["target"], common["version"]))
    pack(out, main_package(targets, common), launcher(targets, workspace["repository"]))


def platform_package(target, common):
    """What `package.json` of a platform's package has. npm installs it only where `os`, `cpu` and `libc` match."""
    npm = target["npm"]
    manifest = {"name": f"{PACKAGE}-{npm['package']}", **common}
    manifest["description"] = f"The program of {PACKAGE} for {target['target']}"
    for key in ("os", "cpu", "libc"):
        if key in npm:
            manifest[key] = [npm[key]]
    return {**manifest, "preferUnplugged": True, "files": ["bin", "LICENSE"]}


def main_package(targets, common):
    names = sorted(f"{PACKAGE}-{target['npm']['package']}" for target in targets)
    return {
        "name": PACKAGE,
        **common,
        "keywords": ["webassembly", "component-model", "wit", "wasi"],
        "bin": {"witgen": "bin/witgen.js"},
        "files": ["bin", "LICENSE", "README.md"],
        "engines": {"node": ">=16"},
        "optionalDependencies": {name: common["version"] for name in names},
    }


def program(dist, target, version):
    """Returns the file of the program in a release's archive, by its path in the package."""
    stem = f"{PACKAGE}-{version}-{target}"
    if "-windows-" in target:
        with zipfile.ZipFile(dist / f"{stem}.zip") as archive:
            return {"bin/witgen.exe": archive.read(f"{stem}/witgen.exe")}
    with tarfile.open(dist / f"{stem}.tar.gz") as archive:
        return {"bin/witgen": archive.extractfile(f"{stem}/witgen").read()}


def launcher(targets, repository):
    packages = {target["npm"]["package"]: f"{PACKAGE}-{target['npm']['package']}" for target in targets}
    data = {"packages": packages, "manual": f"{repository}/blob/main/docs/installing.md"}
    return {
        "bin/witgen.js": (ROOT / "packaging/npm/witgen.js").read_bytes(),
        "bin/packages.json": (json.dumps(data, indent=2) + "\n").encode(),
        "README.md": (ROOT / "packaging/README.md").read_bytes(),
    }


def pack(out, manifest, files):
    files["package.json"] = (json.dumps(manifest, indent=2) + "\n").encode()
    files["LICENSE"] = (ROOT / "LICENSE").read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        for name, contents in files.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(contents)
            if path.parent.name == "bin":
                path.chmod(0o755)
        npm = shutil.which("npm") or sys.exit("npm isn't installed")
        command = [npm, "pack", "--silent", "--pack-destination", str(out.resolve()), folder]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
