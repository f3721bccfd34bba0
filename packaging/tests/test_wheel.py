import base64
import csv
import hashlib
import io
import os
import sys
import time
import tomllib
import venv
import zipfile
from email.parser import Parser

import pytest
from conftest import EXE, IS_FOREIGN, IS_RELEASE, IS_WINDOWS, ROOT, TARGETS, TARGET, VERSION, run, use


@pytest.fixture(scope="session")
def wheel(dist):
    """The wheel for the target: the name of a wheel ends in its platform."""
    tags = {"x86_64": ("x86_64", "amd64"), "aarch64": ("aarch64", "arm64")}[TARGET.partition("-")[0]]
    kind = "musllinux" if "musl" in TARGET else {True: "linux", "darwin" in TARGET: "macosx", IS_WINDOWS: "win"}[True]
    wheels = dist.glob(f"witgen_toolkit-{VERSION}-py3-none-*.whl")
    found = [wheel for wheel in wheels if wheel.stem.endswith(tags) and kind in wheel.name]
    if "linux-gnu" in TARGET:
        found = [wheel for wheel in found if "musl" not in wheel.name]
    assert len(found) == 1, f"{found} for {TARGET}"
    return found[0]


def test_a_wheel_is_the_program_and_its_metadata(wheel, program):
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        script = f"witgen_toolkit-{VERSION}.data/scripts/witgen{EXE}"
        info = f"witgen_toolkit-{VERSION}.dist-info/"
        assert {name for name in names if not name.startswith(info)} == {script}
        assert opened.getinfo(script).external_attr >> 16 & 0o111 == 0o111 or IS_WINDOWS
        # What is installed from PyPI is what the archives have.
        assert opened.read(script) == program.read_bytes()
        metadata = Parser().parsestr(opened.read(f"{info}METADATA").decode())
        assert (metadata["Name"], metadata["Version"]) == ("witgen-toolkit", VERSION)
        assert metadata["License-Expression"] == "Apache-2.0 WITH LLVM-exception"
        assert metadata["Requires-Dist"] is None
        repository = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["repository"]
        assert metadata["Project-URL"] == f"Repository, {repository}"
        assert any(name.startswith(f"{info}licenses/") for name in names)
        if IS_RELEASE:
            assert TARGETS[TARGET]["wheel"] in wheel.name or TARGETS[TARGET]["wheel"] == "pypi"


def test_the_record_lists_every_file_with_its_hash(wheel):
    with zipfile.ZipFile(wheel) as opened:
        record = f"witgen_toolkit-{VERSION}.dist-info/RECORD"
        rows = {name: (hash, size) for name, hash, size in csv.reader(io.StringIO(opened.read(record).decode()))}
        assert set(rows) == set(opened.namelist())
        for name in set(rows) - {record}:
            contents = opened.read(name)
            digest = base64.urlsafe_b64encode(hashlib.sha256(contents).digest()).rstrip(b"=").decode()
            assert rows[name] == (f"sha256={digest}", str(len(contents))), name


@pytest.mark.skipif(not IS_FOREIGN, reason="for wheels that pip doesn't install here")
def test_a_wheel_for_musl_is_installed_where_pip_is_told_to(wheel, package, tmp_path):
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir", "install", "--no-index"]
    assert "is not a supported wheel on this platform" in run(*pip, "--target", tmp_path / "refused", wheel, status=1)
    platform = f"{TARGETS[TARGET]['wheel']}_{TARGET.partition('-')[0]}"
    run(*pip, "--target", tmp_path / "site", "--platform", platform, "--only-binary", ":all:", wheel)
    use([tmp_path / "site/bin/witgen"], package)


@pytest.mark.skipif(IS_FOREIGN, reason="pip doesn't install this wheel here")
def test_a_wheel_installs_checks_and_uninstalls(wheel, package, tmp_path):
    start = time.monotonic()
    folder = tmp_path / "venv"
    venv.create(folder, with_pip=True)
    bin = folder / ("Scripts" if IS_WINDOWS else "bin")
    pip = [bin / f"python{EXE}", "-m", "pip", "--disable-pip-version-check", "--no-cache-dir"]
    before = set(folder.rglob("*"))
    run(*pip, "install", "--no-index", wheel)
    witgen = bin / f"witgen{EXE}"
    use([witgen], package, env={**os.environ, "PATH": str(bin)})
    print(f"from nothing to a checked package: {time.monotonic() - start:.1f} s")
    run(*pip, "uninstall", "--yes", "witgen-toolkit")
    after = {path for path in folder.rglob("*") if "__pycache__" not in path.parts}
    assert after <= before


def test_pip_says_so_if_a_platform_is_not_supported(wheel, tmp_path):
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / ("Scripts" if IS_WINDOWS else "bin") / f"python{EXE}"
    options = ["--no-index", "--find-links", wheel.parent, "--platform", "freebsd_14_0_release_amd64", "--no-deps"]
    output = run(python, "-m", "pip", "download", *options, "-d", tmp_path, "witgen-toolkit", status=1)
    assert "No matching distribution found for witgen-toolkit" in output
