"""Hosts that serve components: ours and those of others."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from toolchains import BUILD, ROOT, Guest, Missing, npm, npm_version, run, witgen

PEERS = ROOT / "target/peers"
WASMTIME, WASH = "48.0.8", "2.10.4"
START = 600


class Server:
    """A program that serves, until it is stopped."""

    def __init__(self, command: list, ready: str, address: Optional[tuple] = None, cwd: Optional[Path] = None) -> None:
        descriptor, log = tempfile.mkstemp(suffix=".log")
        os.close(descriptor)
        self.log = Path(log)
        environment = {name: value for name, value in os.environ.items() if name != "RUST_BACKTRACE"}
        if cwd:
            environment["HOME"] = str(cwd)
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdout=self.log.open("wb"),
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=cwd,
            # Some programs serve in a process of their own, which has to end with them.
            start_new_session=True,
        )
        begin, has_reported = time.monotonic(), False
        while not re.search(ready, text := self.log.read_text(errors="replace")):
            waited = time.monotonic() - begin
            if self.process.poll() is not None or waited > START:
                self.stop()
                raise RuntimeError(f"{command[0]} doesn't serve:\n{text[-2000:]}")
            if waited > 10 and not has_reported:
                print("    compiling …", file=sys.stderr)
                has_reported = True
            time.sleep(0.05)
        host, port = address or re.search(r"http://([\d.]+):(\d+)", text).groups()
        self.address = (host, int(port))

    def stop(self) -> None:
        self.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        self.send_signal(signal.SIGKILL)
        self.process.wait()
        self.log.unlink(missing_ok=True)

    def send_signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def serve(*arguments: object) -> Server:
    program = witgen().with_name("witgen-serve")
    return Server([program, *arguments, "--listen", "127.0.0.1:0", "--no-access-log"], r"listening on http")


@dataclass
class Host:
    name: str
    # Nothing for this repository's own.
    version: str
    is_quick: bool = False
    # What it can't do, by the case's name, and why.
    limits: tuple = ()

    def limit(self, case: str) -> Optional[str]:
        return next((reason for name, reason in self.limits if name == case), None)

    def rejects(self, guest: Guest) -> Optional[str]:
        """Returns why it can't serve a guest of this kind, if it can't."""
        return None

    def start(self, guest: Guest, component: Path) -> list:
        """Returns the servers; the first one receives the requests."""
        raise NotImplementedError


def closed(guest: Guest, component: Path, service: Path) -> list:
    """The members of a closed chain with the guest in it."""
    return [component, service] if guest.kind == "proxy" else [component]


class WitgenServe(Host):
    def start(self, guest: Guest, component: Path) -> list:
        return [serve(*closed(guest, component, backend()))]


class WitgenChain(Host):
    """Behind or before a proxy of ours: requests go through an in-process hop."""

    def start(self, guest: Guest, component: Path) -> list:
        return [serve(proxy(), *closed(guest, component, backend()))]


class WitgenOpen(Host):
    """The guest and a server as its origin, or the guest as the origin of a proxy."""

    def start(self, guest: Guest, component: Path) -> list:
        first, last = (component, backend()) if guest.kind == "proxy" else (proxy(), component)
        origin = serve(last)
        host, port = origin.address
        try:
            return [serve(first, "--origin", f"http://{host}:{port}"), origin]
        except RuntimeError:
            origin.stop()
            raise


class Wasmtime(Host):
    def start(self, guest: Guest, component: Path) -> list:
        program = PEERS / "bin/wasmtime"
        if not program.exists():
            raise Missing("wasmtime isn't in target/peers; scripts/test-hosts.sh installs it")
        options = ["serve", "-Sp3,cli", "-Wcomponent-model-async", "--addr", "127.0.0.1:0"]
        return [Server([program, *options, composed(guest, component)], r"Serving HTTP on http")]


class Wash(Host):
    PORT = 8972

    def start(self, guest: Guest, component: Path) -> list:
        program = PEERS / "python/bin/wash"
        if not program.exists():
            raise Missing("wash isn't in target/peers; scripts/test-hosts.sh installs it")
        folder = BUILD / "wash"
        (folder / ".wash").mkdir(parents=True, exist_ok=True)
        shutil.copy(composed(guest, component), folder / "served.wasm")
        (folder / ".wash/config.yaml").write_text(
            'version: "2"\nbuild:\n  command: "true"\n  component_path: ./served.wasm\n'
            f"dev:\n  address: 127.0.0.1:{self.PORT}\n"
            # Empty means that every side call is denied.
            "workload:\n  allowedHosts: []\n"
        )
        command = [program, "--non-interactive", "dev"]
        return [Server(command, "listening for HTTP requests", ("127.0.0.1", self.PORT), folder)]


class Jco(Host):
    """Node.js: the component becomes JavaScript and core modules. A failure ends the process, so each request has its own."""

    def rejects(self, guest: Guest) -> Optional[str]:
        return None if guest.kind == "service 0.2" else "jco serves only WASI 0.2"

    def start(self, guest: Guest, component: Path) -> list:
        address = ("127.0.0.1", free_port())
        options = ["--host", address[0], "--port", address[1], "--isolate-requests", "worker", "--isolate-worker-pool-size", 2]
        return [Server([npm() / ".bin/jco", "serve", component, *options], "Server listening", address)]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def composed(guest: Guest, component: Path) -> Path:
    """One component, as hosts of others serve it."""
    if guest.kind != "proxy":
        return component
    out = BUILD / f"{guest.name}-closed.wasm"
    run(witgen(), "compose", "--quiet", component, backend(), "-o", out, "--force")
    return out


def guest_of_tests(name: str) -> Path:
    module = ROOT / f"target/guests/target/wasm32-unknown-unknown/release/{name}.wasm"
    out = BUILD / f"{name}.wasm"
    run(witgen(), "component", "--quiet", module, "-o", out, "--force")
    return out


def backend() -> Path:
    """The service behind a proxy: the guest that is made with our glue."""
    return BUILD / "target/wasm32-wasip2/release/rust_wasip2.wasm"


def proxy() -> Path:
    return guest_of_tests("stamp")


def hosts() -> list:
    return [
        WitgenServe("witgen serve", ""),
        WitgenChain("witgen serve, chain", "", is_quick=True),
        WitgenOpen("witgen serve, origin", ""),
        Wasmtime(
            "wasmtime serve",
            WASMTIME,
            limits=(("denied side call", "wasmtime permits side calls to every host"),),
        ),
        Wash("wash dev", WASH),
        Jco(
            "jco serve",
            npm_version("@bytecodealliance/jco").split()[1],
            limits=(
                ("unknown method", "Node.js rejects unknown methods"),
                ("absolute target", "jco passes the whole request target as the path"),
                ("repeated headers", "jco joins the values of repeated headers"),
                ("bytes beyond ASCII", "jco encodes the bytes of headers as UTF-8"),
                ("denied side call", "jco permits side calls to every host"),
            ),
        ),
    ]
