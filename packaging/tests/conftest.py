"""What a release has for one platform: the archives, the wheel and the packages of npm in target/dist.

    TARGET=x86_64-unknown-linux-musl python -m pytest packaging/tests

The platform must be one that this machine can run.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TARGET = os.environ["TARGET"]
IS_RELEASE = os.environ.get("PROFILE", "release") == "release"
VERSION = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
TARGETS = {target["target"]: target for target in json.loads((ROOT / "packaging/targets.json").read_text())}
IS_WINDOWS = "-windows-" in TARGET
EXE = ".exe" if IS_WINDOWS else ""
# Static programs run here too, and pip and npm rightly don't install them unless they are told to.
IS_FOREIGN = "musl" in TARGET and platform.libc_ver()[0] == "glibc"


def run(*command, status=0, **options):
    """Runs a command and returns its output; fails with that output unless the status is the expected one."""
    command = list(map(str, command))
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    assert done.returncode == status, f"{command} ended with {done.returncode}\n{done.stdout}"
    return done.stdout


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="session")
def dist():
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve() / "dist"


def archive_of(dist, package):
    # The one on the PATH: Windows itself would start that of its Linux subsystem.
    script = (ROOT / "scripts/build-release.sh").as_posix()
    names = run(shutil.which("bash"), script, "--names", TARGET, package)
    return dist / names.strip()


def unpack(archive, folder):
    opened = zipfile.ZipFile(archive) if archive.suffix == ".zip" else tarfile.open(archive)
    with opened:
        opened.extractall(folder)


@pytest.fixture(scope="session")
def program(dist, tmp_path_factory):
    """The program of the archive, unpacked."""
    folder = tmp_path_factory.mktemp("archive")
    archive = archive_of(dist, "witgen-toolkit")
    unpack(archive, folder)
    return next(folder.glob(f"*/witgen{EXE}"))


@pytest.fixture
def package(tmp_path):
    """A folder with a small WIT package, as somebody has it who comes to witgen."""
    folder = tmp_path / "package"
    (folder / "wit").mkdir(parents=True)
    (folder / "wit/shop.wit").write_text(
        "/// Sells things.\npackage shop:api@0.1.0;\n\n/// Orders.\ninterface orders {\n"
        "  /// Cancels the order `id`.\n  cancel: func(id: u32) -> bool;\n}\n\n"
        "/// A shop.\nworld shop {\n  export orders;\n}\n"
    )
    return folder


def use(witgen, folder, **options):
    """Does what a first use does, and sees that `check` tells a package with its outputs from one without."""
    assert run(*witgen, "--version", **options) == f"witgen {VERSION}\n"
    run(*witgen, "init", cwd=folder, **options)
    assert "missing" in run(*witgen, "check", cwd=folder, status=1, **options)
    run(*witgen, "generate", cwd=folder, **options)
    assert "ok: checked" in run(*witgen, "check", cwd=folder, **options)
