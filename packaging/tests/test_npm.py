import json
import shutil
import signal
import subprocess

import pytest
from conftest import IS_FOREIGN, IS_WINDOWS, TARGET, TARGETS, VERSION, run, use

NPM = TARGETS[TARGET]["npm"]
PLATFORM = f"witgen-toolkit-{NPM['package']}"


@pytest.fixture(scope="module")
def installed(dist, tmp_path_factory):
    """An empty folder, into which npm has installed the tarballs without a registry."""
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text("{}")
    tarballs = [dist / f"npm/{name}-{VERSION}.tgz" for name in (PLATFORM, "witgen-toolkit")]
    # The packages for other platforms aren't there: npm goes on without optional dependencies.
    install = [shutil.which("npm"), "install", "--offline", "--no-audit", "--no-fund", *tarballs]
    if IS_FOREIGN:
        assert "EBADPLATFORM" in run(*install, cwd=folder, status=1)
        install.append("--force")
    run(*install, cwd=folder)
    return folder


def launcher(folder):
    return folder / "node_modules/witgen-toolkit/bin/witgen.js"


def pretend(folder, code):
    """A command that runs the launcher after JavaScript that makes it believe something."""
    file = folder / "pretend.js"
    file.write_text(code)
    return ["node", "--require", file, launcher(folder)]


def test_npm_installs_a_program_that_checks_a_package(installed, package):
    suffix = ".cmd" if IS_WINDOWS else ""
    use([installed / f"node_modules/.bin/witgen{suffix}"], package)


def test_a_package_is_only_for_its_platform(installed):
    manifest = json.loads((installed / f"node_modules/{PLATFORM}/package.json").read_text())
    expected = {key: [NPM[key]] for key in ("os", "cpu", "libc") if key in NPM}
    assert {key: manifest[key] for key in ("os", "cpu", "libc") if key in manifest} == expected
    main = json.loads((installed / "node_modules/witgen-toolkit/package.json").read_text())
    names = [f"witgen-toolkit-{target['npm']['package']}" for target in TARGETS.values()]
    assert main["optionalDependencies"] == {name: VERSION for name in names}
    # Nothing runs when it is installed.
    assert "scripts" not in main and "scripts" not in manifest


def test_the_launcher_ends_as_the_program_does(installed, tmp_path):
    command = ["node", launcher(installed)]
    assert "unexpected argument" in run(*command, "check", "--no-such-option", status=2)
    assert "no `witgen.toml`" in run(*command, "check", cwd=tmp_path, status=2)


@pytest.mark.skipif(IS_WINDOWS, reason="Windows has no such signals")
def test_a_signal_ends_the_program_too(installed, package):
    run("node", launcher(installed), "init", cwd=package)
    run("node", launcher(installed), "generate", cwd=package)
    pipe = subprocess.PIPE
    process = subprocess.Popen(["node", launcher(installed), "watch"], cwd=package, stdout=pipe, stderr=subprocess.STDOUT)
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    # The pipe is closed when both processes have ended.
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGTERM


def test_an_unsupported_platform_is_named(installed):
    command = pretend(installed, "Object.defineProperty(process, 'platform', { value: 'sunos' });")
    output = run(*command, "check", status=2)
    assert "witgen has no program for sunos-" in output
    assert "supported: linux-x64, linux-arm64, " in output
    assert "cargo install --locked witgen-toolkit" in output


def test_a_package_that_npm_left_out_is_named(installed):
    code = "const Module = require('node:module'); const load = Module._resolveFilename;\n"
    code += f"Module._resolveFilename = (name, ...rest) => load(name.replace('{PLATFORM}/', 'nothing/'), ...rest);"
    output = run(*pretend(installed, code), "check", status=2)
    # On glibc, the package for glibc is the one to install.
    wanted = PLATFORM.removesuffix("-musl") if IS_FOREIGN else PLATFORM
    assert f"`{wanted}`" in output and "--omit=optional" in output


@pytest.mark.skipif("linux" not in TARGET, reason="other systems have one C library")
def test_musl_is_told_from_glibc(installed):
    code = "process.report.getReport = () => ({ header: {} });"
    if "musl" in TARGET:
        assert run(*pretend(installed, code), "--version") == f"witgen {VERSION}\n"
    else:
        output = run(*pretend(installed, code), "--version", status=2)
        assert f"`{PLATFORM}-musl`" in output
