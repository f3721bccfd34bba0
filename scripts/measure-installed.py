#!/usr/bin/env python3
"""Measures what users install: the size of a program, the time that it takes to start, and the time of a first check.

    scripts/measure-installed.py target/x86_64-unknown-linux-musl/release/witgen [ANOTHER...]

Starts are compared with those of /bin/true, in turn, so that a busy machine slows both down. Prints the least and the median of
many runs, in milliseconds.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 200
WIT = "package shop:api@0.1.0;\n\ninterface orders {\n  cancel: func(id: u32) -> bool;\n}\n\nworld shop {\n  export orders;\n}\n"


def milliseconds(*command, **options):
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, **options)
    return (time.perf_counter() - start) * 1000


def show(what, times, base=None):
    ratio = f", {statistics.median(times) / statistics.median(base):.1f} times /bin/true" if base else ""
    print(f"  {what}: least {min(times):.2f} ms, median {statistics.median(times):.2f} ms{ratio}")


def main():
    if not sys.argv[1:]:
        sys.exit(__doc__)
    for program in map(Path, sys.argv[1:]):
        program = program.resolve()
        print(f"{program}: {program.stat().st_size / 1e6:.1f} MB")
        starts, base = [], []
        for _ in range(RUNS):
            base.append(milliseconds("/bin/true"))
            starts.append(milliseconds(program, "--version"))
        show("/bin/true", base)
        show("--version", starts, base)
        if program.name.startswith("witgen-serve"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "wit").mkdir()
            Path(folder, "wit/shop.wit").write_text(WIT)
            for command in ("init", "generate"):
                subprocess.run([program, command], cwd=folder, check=True, capture_output=True)
            show("check", [milliseconds(program, "check", cwd=folder) for _ in range(RUNS // 4)])


if __name__ == "__main__":
    main()
