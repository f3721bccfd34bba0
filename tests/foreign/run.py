#!/usr/bin/env python3
"""Runs components of other toolchains on this project's host and on others.

    tests/foreign/run.py              everything; installs tools from PyPI and npm, and the targets wasm32-*
    tests/foreign/run.py --quick      services in Python, C and Rust, and one of WASI 0.2, on `witgen serve`
    tests/foreign/run.py --only wstd  guests whose names contain this; `projects` are those of `witgen new --lang`
    tests/foreign/run.py --write      also writes docs/compatibility.md; not with --quick or --only

Expects debug builds of this repository, and the guests of its tests. `scripts/test-hosts.sh` installs the other hosts. A
toolchain or host that is missing is named and counted; with --quick, it is an error, and with --write, no page is written.
"""

import argparse
import sys
import time

import projects
import report
from hosts import Host, hosts
from requests import Case, cases, send
from toolchains import BUILD, Failed, Guest, Missing, guests


def outcome(address: tuple, case: Case) -> str:
    """Returns what is wrong with the response, or nothing."""
    try:
        wrong = case.check(send(address, case))
        if not wrong and case.is_fatal:
            after = next(other for other in cases() if other.name == "GET")
            wrong = after.check(send(address, after))
            wrong = wrong and f"the request after it: {wrong}"
        return wrong or ""
    except Exception as error:  # Whatever a client can meet is a result.
        return f"{type(error).__name__}: {error}"


def test(guest: Guest, host: Host, component) -> dict:
    """Returns what is wrong, by the case's name."""
    servers = host.start(guest, component)
    try:
        return {case.name: outcome(servers[0].address, case) for case in cases()}
    finally:
        for server in servers:
            server.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if arguments.write and (arguments.quick or arguments.only):
        parser.error("--write needs all guests and hosts: leave out --quick and --only")
    BUILD.mkdir(parents=True, exist_ok=True)
    results, rejected, missing, unexpected = [], [], [], []
    built = {}
    for guest in guests():
        # Proxies have `rust-wasip2` behind them.
        is_left_out = arguments.only not in guest.name and guest.name != "rust-wasip2"
        if is_left_out or arguments.quick and not guest.is_quick:
            continue
        begin = time.monotonic()
        try:
            built[guest.name] = guest.build(guest)
            print(f"{guest.name}: built in {time.monotonic() - begin:.0f} s", flush=True)
        except Missing as error:
            missing.append(f"{guest.name}: {error}")
        except Failed as error:
            unexpected.append(f"{guest.name}: {error}")
    for guest in guests():
        if guest.name not in built or arguments.only not in guest.name:
            continue
        for host in hosts():
            if arguments.quick and not host.is_quick:
                continue
            if reason := host.rejects(guest):
                rejected.append((guest, host, reason))
                print(f"{guest.name} on {host.name}: can't be served ({reason})", flush=True)
                continue
            try:
                found = test(guest, host, built[guest.name])
            except Missing as error:
                missing.append(f"{guest.name} on {host.name}: {error}")
                continue
            except (Failed, RuntimeError) as error:
                unexpected.append(f"{guest.name} on {host.name}: {error}")
                continue
            results.append((guest, host, found))
            failed = {name: wrong for name, wrong in found.items() if wrong}
            print(f"{guest.name} on {host.name}: {len(found) - len(failed)} of {len(found)}", flush=True)
            for name, wrong in failed.items():
                reason = guest.limit(name, host.name) or host.limit(name)
                print(f"  {name}: {wrong}{f' ({reason})' if reason else ''}", flush=True)
                if not reason:
                    unexpected.append(f"{guest.name} on {host.name}: {name}: {wrong}")
    if not arguments.quick and arguments.only in "projects":
        try:
            unexpected += projects.test()
        except Missing as error:
            missing.append(f"projects of `witgen new`: {error}")
        except (Failed, RuntimeError, OSError) as error:
            unexpected.append(f"projects of `witgen new`: {error}")
    for line in missing:
        print(f"not run: {line}", file=sys.stderr)
    counts = f"{len(unexpected)} unexpected failures, {len(rejected)} that the host can't serve, {len(missing)} not run"
    print(f"{len(results)} combinations, {counts}")
    for line in unexpected:
        print(f"unexpected: {line}", file=sys.stderr)
    if arguments.write and not missing:
        report.write(results, rejected)
    return 1 if unexpected or arguments.quick and missing else 0


if __name__ == "__main__":
    sys.exit(main())
