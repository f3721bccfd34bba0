#!/usr/bin/env python3
"""Lets a `witgen-serve` do what it does at work, so that a program that records a profile records that.

    scripts/serving/train.py WITGEN_SERVE WITGEN

It makes a service and a proxy with WITGEN, as authors of components do, and serves chains of one, two and five of them: compiled
at each start, with and without the access log, traces, member times and an origin, to requests with few and many headers.
"""

import http.client
import http.server
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

THREADS = 8
REQUESTS = 250
# Browsers send about a dozen headers.
MANY_HEADERS = {f"x-header-number-{number:02}": "0123456789" * 5 for number in range(10)}


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes spans, and forgets them."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def component(witgen: Path, folder: Path, kind: str, name: str) -> Path:
    subprocess.run([witgen, "new", kind, name], cwd=folder, check=True)
    build = ["cargo", "build", "--quiet", "--release", "--target", "wasm32-wasip2", "--target-dir", "target"]
    # Flags for the build of the server aren't for components.
    flags = ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"]
    environment = {key: value for key, value in os.environ.items() if key not in flags}
    subprocess.run(build, cwd=folder / name, env=environment, check=True)
    return folder / name / f"target/wasm32-wasip2/release/{name}.wasm"


class Served:
    """A server with these arguments, until it is stopped as an operator does, when it writes its profile."""

    def __init__(self, program: Path, *arguments: object) -> None:
        command = [program, *arguments, "--listen", "127.0.0.1:0", "--no-code-cache"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        # It prints its URL when it listens.
        self.url = self.process.stdout.readline().strip().removeprefix("listening on ")
        if not self.url.startswith("http://"):
            sys.exit(f"{' '.join(map(str, command))} doesn't serve")
        self.address = self.url.removeprefix("http://").rstrip("/")

    def request(self, headers: dict) -> None:
        def send(_: int) -> None:
            connection = http.client.HTTPConnection(self.address)
            for number in range(REQUESTS):
                content = b"content" * 100 if number % 10 == 0 else None
                connection.request("POST" if content else "GET", "/some/path", content, headers)
                response = connection.getresponse()
                response.read()
                if response.status != 200:
                    raise RuntimeError(f"status {response.status}")
            connection.close()

        with ThreadPoolExecutor(THREADS) as threads:
            # Reading the results raises the errors.
            list(threads.map(send, range(THREADS)))

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, failure: object, *_: object) -> None:
        if failure:
            self.process.kill()
            return
        self.process.terminate()
        if self.process.wait(60) != 0:
            sys.exit(f"{self.process.args} ended with {self.process.returncode}")


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    serve, witgen = (Path(argument).resolve() for argument in sys.argv[1:])
    collector = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    ways = [
        ["--no-access-log"],
        ["--log", "json"],
        ["--log", "json", "--otlp-endpoint", f"http://127.0.0.1:{collector.server_port}"],
        ["--no-access-log", "--member-times", "--admin", "127.0.0.1:0"],
    ]
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        service = component(witgen, Path(folder), "service", "hello")
        proxy = component(witgen, Path(folder), "proxy", "stamp")
        chains = [[f"m{at}={proxy}" for at in range(proxies)] + [f"last={service}"] for proxies in [0, 1, 4]]
        with Served(serve, service) as origin:
            for members in [*chains, [proxy, "--origin", origin.url]]:
                for way in ways:
                    with Served(serve, *members, *way) as served:
                        for headers in [{}, MANY_HEADERS]:
                            served.request(headers)
    print(f"served for {time.monotonic() - begin:.0f} s")


main()
