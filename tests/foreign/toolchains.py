"""Builds the guests, each with a toolchain of others."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / "target/foreign"
COMPONENTIZE_PY, ZIGLANG = "0.25.0", "0.16.0"


class Missing(Exception):
    """A toolchain that isn't installed, and can't be."""


class Failed(Exception):
    """A command that failed, of a toolchain that is installed."""


def run(*command: object, cwd: Optional[Path] = None, environment: Optional[dict] = None) -> str:
    parts = [str(part) for part in command]
    try:
        result = subprocess.run(parts, cwd=cwd, env={**os.environ, **(environment or {})}, capture_output=True, text=True)
    except FileNotFoundError:
        raise Missing(f"`{parts[0]}` isn't installed") from None
    if result.returncode:
        raise Failed(f"`{' '.join(parts)}` failed:\n{result.stdout}{result.stderr}")
    return result.stdout


@dataclass
class Guest:
    name: str
    # `service`, `proxy`, or `service 0.2`.
    kind: str
    build: Callable[["Guest"], Path]
    version: Callable[[], str]
    # Whether it is in the part that runs with the tests.
    is_quick: bool = False
    # What it, or a host with it, can't do: the case, a part of the host's name, and whose limit that is.
    limits: tuple = ()

    def limit(self, case: str, host: str) -> Optional[str]:
        """Returns whose limit a failure is, if it is known."""
        known = (reason for name, part, reason in self.limits if name == case and part in host)
        return next(known, None)


def once(marker: Path, content: bytes, install: Callable[[], object]) -> None:
    """Installs, unless what was installed last has the same marker."""
    if not marker.exists() or marker.read_bytes() != content:
        install()
        marker.write_bytes(content)


def python(package: str, version: str) -> Path:
    """The programs of a Python environment with a package from PyPI."""
    environment = BUILD / "python"
    programs = environment / "bin"
    if not programs.exists():
        run(sys.executable, "-m", "venv", environment)
    pip = (programs / "pip", "install", "--quiet", f"{package}=={version}")
    once(environment / f"{package}.version", version.encode(), lambda: run(*pip))
    return programs


def npm() -> Path:
    """The tools from npm, as `npm/package-lock.json` locks them."""
    folder = BUILD / "npm"
    shutil.copytree(HERE / "npm", folder, dirs_exist_ok=True)
    lock = (folder / "package-lock.json").read_bytes()
    once(folder / "installed", lock, lambda: run("npm", "ci", "--silent", "--no-audit", "--no-fund", cwd=folder))
    return folder / "node_modules"


def npm_version(package: str) -> str:
    version = json.loads((HERE / "npm/package.json").read_text())["dependencies"][package]
    return f"{package.split('/')[-1]} {version}"


def componentize_py(guest: Guest) -> Path:
    out = BUILD / f"{guest.name}.wasm"
    program = python("componentize-py", COMPONENTIZE_PY) / "componentize-py"
    world, folder = guest.kind, HERE / "guests/python"
    run(program, "--quiet", "-d", ROOT / "wit", "-w", world, "componentize", world, "-o", out, cwd=folder)
    return out


def componentize_py_version() -> str:
    return f"componentize-py {COMPONENTIZE_PY}"


def componentize_qjs(guest: Guest) -> Path:
    """Builds a guest with QuickJS, against our package with plain functions as imports, and makes these async afterwards."""
    folder, wit, plain = HERE / "guests/js", BUILD / "js/wit", BUILD / f"{guest.name}-plain.wasm"
    shutil.copytree(ROOT / "wit", wit, dirs_exist_ok=True)
    for file in wit.rglob("*.wit"):
        if file.name != "handler.wit":
            file.write_text(file.read_text().replace("async func", "func"))
    world = ("--world-name", guest.kind)
    program = npm() / ".bin/jco"
    run(program, "componentize", folder / f"{guest.kind}.js", "--backend", "qjs", "--wit", wit, *world, "--out", plain)
    return component(guest, plain)


def componentize_qjs_version() -> str:
    return f"{npm_version('@bytecodealliance/jco')}, {npm_version('componentize-qjs')}"


def componentize_js(guest: Guest) -> Path:
    """Builds a service with StarlingMonkey."""
    folder, wit, out = HERE / "guests/componentize-js", BUILD / "componentize-js/wit", BUILD / f"{guest.name}.wasm"
    shutil.copytree(wit_0_2() / "deps", wit / "deps", dirs_exist_ok=True)
    for file in (wit / "deps").iterdir():
        file.write_text(engine_versions(file.read_text()))
    shutil.copy(folder / "service.wit", wit)
    program = npm() / ".bin/componentize-js"
    run(program, folder / "service.js", "--wit", wit, "--world-name", "service", "--out", out)
    return out


def wit_0_2() -> Path:
    """The WIT of WASI 0.2, from the crate that the guest `wasi` depends on."""
    metadata = run("cargo", "metadata", "--quiet", "--locked", "--format-version=1", cwd=HERE / "guests/wasi")
    packages = json.loads(metadata)["packages"]
    manifest = next(package["manifest_path"] for package in packages if package["name"] == "wasip2")
    return Path(manifest).parent / "wit"


def engine_versions(wit: str) -> str:
    """Gives packages the one version that the engine implements, except those that the engine has otherwise."""
    others = r"(wasi:(?:filesystem|sockets)(?:/[a-z-]+)?@)?"
    return re.sub(others + r"0\.2\.12", lambda found: found[0] if found[1] else "0.2.10", wit)


def crate(name: str) -> Path:
    """Copies a crate to where it is built, with our WIT, and with our glue where its source expects it."""
    folder = BUILD / "crates" / name
    shutil.copytree(HERE / "guests" / name, folder, dirs_exist_ok=True)
    shutil.copytree(ROOT / "wit", folder / "wit", dirs_exist_ok=True)
    if name.startswith("rust"):
        run(witgen(), "rust", "--guest", "--world", "service", "--out", folder / "src/service", "--force")
    return folder


def build(name: str, target: str) -> Path:
    folder = crate(name)
    if target not in run("rustup", "target", "list", "--installed"):
        run("rustup", "target", "add", target)
    command = ("cargo", "build", "--quiet", "--locked", "--release", "--target", target)
    run(*command, "--target-dir", BUILD / "target", cwd=folder)
    manifest = (folder / "Cargo.toml").read_text()
    library = manifest.split('name = "')[1].split('"')[0].replace("-", "_")
    return BUILD / "target" / target / "release" / f"{library}.wasm"


def cargo(guest: Guest) -> Path:
    return build(guest.name, "wasm32-wasip2")


def cargo_unknown(guest: Guest) -> Path:
    """Builds a guest of `wasm32-wasip2` without WASI's standard library."""
    return component(guest, build("rust-wasip2", "wasm32-unknown-unknown"))


def component(guest: Guest, module: Path) -> Path:
    out = BUILD / f"{guest.name}.wasm"
    run(witgen(), "component", "--quiet", module, "-o", out, "--force")
    return out


def cargo_version() -> str:
    return run("rustc", "--version").strip()


def with_crate(guest: str, name: str) -> Callable[[], str]:
    """The compiler, and the version of a crate that a guest's lock file has."""
    return lambda: f"{cargo_version()}, {locked(guest, name)}"


def locked(guest: str, name: str) -> str:
    lock = (HERE / "guests" / guest / "Cargo.lock").read_text()
    return f"{name} " + re.search(rf'name = "{name}"\nversion = "([^"+]*)', lock)[1]


def c(guest: Guest) -> Path:
    """Builds a guest with Zig's C compiler, and with bindings from a program that calls `wit-bindgen-c`."""
    sources, folder = HERE / "guests/c", BUILD / guest.name
    c_bindings(ROOT / "wit", guest.kind, folder)
    compiler = (python("ziglang", ZIGLANG) / "python", "-m", "ziglang", "cc", "-target", "wasm32-wasi", "-mexec-model=reactor")
    inputs = (sources / f"{guest.kind}.c", folder / "guest.c", folder / "guest_component_type.o")
    module, cache = folder / "guest.wasm", {"ZIG_GLOBAL_CACHE_DIR": str(BUILD / "zig")}
    run(*compiler, "-Os", "-Wall", "-Werror", f"-I{folder}", *inputs, "-o", module, cwd=folder, environment=cache)
    return component(guest, module)


def c_bindings(wit: Path, world: str, folder: Path) -> None:
    """Writes what `wit-bindgen c --rename-world guest` would write."""
    manifest = ("--manifest-path", HERE / "guests/c/bindings/Cargo.toml")
    run("cargo", "build", "--quiet", "--locked", *manifest, "--target-dir", BUILD / "target")
    run(BUILD / "target/debug/c-bindings", wit, world, folder)


def c_version() -> str:
    return f"{locked('c/bindings', 'wit-bindgen-c')}, Zig {ZIGLANG}"


def witgen() -> Path:
    return ROOT / "target/debug/witgen"


WITH_CONTENT = ("POST without content", "POST", "PUT", "PATCH", "1 MB with a length", "chunks", "1 MB in chunks", "trailers")
NEEDS_AUTHORITY = tuple(("HTTP/1.0", host, "wasmtime requires an authority for WASI 0.2") for host in ["wasmtime", "wash"])
NEEDS_PATH = ("OPTIONS *", "witgen", "`http-compat` of the crate `wasip3` rejects requests without a path")


def guests() -> list:
    return [
        Guest("python-service", "service", componentize_py, componentize_py_version, is_quick=True),
        Guest("python-proxy", "proxy", componentize_py, componentize_py_version),
        Guest("c-service", "service", c, c_version, is_quick=True),
        Guest("c-proxy", "proxy", c, c_version),
        Guest("js-service", "service", componentize_qjs, componentize_qjs_version),
        Guest("js-proxy", "proxy", componentize_qjs, componentize_qjs_version),
        Guest("rust-wasip2", "service", cargo, cargo_version, is_quick=True),
        Guest("rust-unknown", "service", cargo_unknown, cargo_version),
        Guest("wasip3", "service", cargo, with_crate("wasip3", "wasip3")),
        Guest("wasip3-proxy", "proxy", cargo, with_crate("wasip3-proxy", "wasip3")),
        Guest("spin-sdk", "service", cargo, with_crate("spin-sdk", "spin-sdk"), limits=(NEEDS_PATH,)),
        Guest(
            "spin-sdk-proxy",
            "proxy",
            cargo,
            with_crate("spin-sdk-proxy", "spin-sdk"),
            limits=(NEEDS_PATH, ("OPTIONS *", "wasmtime", "wasmtime's setter of a path rejects `*`")),
        ),
        Guest(
            "wstd",
            "service 0.2",
            cargo,
            with_crate("wstd", "wstd"),
            is_quick=True,
            limits=(
                *NEEDS_AUTHORITY,
                *((case, "jco", "jco's `output-stream.splice` fails") for case in (*WITH_CONTENT, "Expect: 100-continue")),
            ),
        ),
        Guest("wasi", "service 0.2", cargo, with_crate("wasi", "wasi"), limits=NEEDS_AUTHORITY),
        Guest(
            "componentize-js",
            "service 0.2",
            componentize_js,
            lambda: npm_version("@bytecodealliance/componentize-js"),
            limits=(
                *NEEDS_AUTHORITY,
                ("repeated headers", "", "the Fetch API joins the values of repeated headers"),
                ("denied side call", "", "the Fetch API has no error codes"),
                *((case, "jco", "jco fails if a response's body isn't written") for case in ("204", "304", "404")),
            ),
        ),
    ]
