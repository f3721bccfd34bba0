"""Builds the guests, each with a toolchain of others."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / "target/foreign"
COMPONENTIZE_PY = "0.25.0"


class Missing(Exception):
    """A toolchain that isn't installed, and can't be."""


def run(*command: object, cwd: Optional[Path] = None) -> str:
    result = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    if result.returncode:
        raise Missing(f"`{' '.join(str(part) for part in command)}` failed:\n{result.stdout}{result.stderr}")
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


def python() -> Path:
    """A Python environment with the tools that PyPI has."""
    environment = BUILD / "python"
    program = environment / "bin/componentize-py"
    if not program.exists():
        run(sys.executable, "-m", "venv", environment)
        run(environment / "bin/pip", "install", "--quiet", f"componentize-py=={COMPONENTIZE_PY}")
    return environment / "bin"


def componentize(guest: Guest) -> Path:
    out = BUILD / f"{guest.name}.wasm"
    world, folder = guest.kind, HERE / "guests/python"
    run(python() / "componentize-py", "--quiet", "-d", ROOT / "wit", "-w", world, "componentize", world, "-o", out, cwd=folder)
    return out


def componentize_version() -> str:
    return f"componentize-py {COMPONENTIZE_PY}"


def cargo(guest: Guest) -> Path:
    """Builds a crate for `wasm32-wasip2`, with our glue where the guest's source expects it."""
    crate = BUILD / "crates" / guest.name
    shutil.copytree(HERE / "guests" / guest.name, crate, dirs_exist_ok=True)
    if guest.name.startswith("rust"):
        run(witgen(), "rust", "--guest", "--world", "service", "--out", crate / "src/service", "--force")
    target = BUILD / "target"
    if "wasm32-wasip2" not in run("rustup", "target", "list", "--installed"):
        run("rustup", "target", "add", "wasm32-wasip2")
    run("cargo", "build", "--quiet", "--locked", "--release", "--target", "wasm32-wasip2", "--target-dir", target, cwd=crate)
    manifest = (crate / "Cargo.toml").read_text()
    name = manifest.split('name = "')[1].split('"')[0].replace("-", "_")
    return target / "wasm32-wasip2/release" / f"{name}.wasm"


def cargo_version() -> str:
    return run("rustc", "--version").strip()


def witgen() -> Path:
    return ROOT / "target/debug/witgen"


def guests() -> list:
    return [
        Guest("python-service", "service", componentize, componentize_version, is_quick=True),
        Guest("python-proxy", "proxy", componentize, componentize_version),
        Guest("rust-wasip2", "service", cargo, cargo_version, is_quick=True),
        Guest(
            "wstd",
            "service 0.2",
            cargo,
            lambda: f"{cargo_version()}, wstd 0.6",
            is_quick=True,
            limits=tuple(
                ("HTTP/1.0", host, "wasmtime: a request to WASI 0.2 needs an authority") for host in ["wasmtime", "wash"]
            ),
        ),
    ]
