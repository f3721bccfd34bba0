#!/usr/bin/env python3
"""Shows the time and the memory that each command takes for packages that no person writes.

    scripts/measure-large-types.py [--debug] [--seconds N] [SHAPE…]

Builds witgen, in release mode unless `--debug` is given, and makes the packages under target/large-types: types that
double, chains of 100,000, and 70,000 items beside each other; only these SHAPEs if any are named. Each cell is a run:
milliseconds of computing, MB of memory, and `!` if the package was rejected. A run that takes longer than N seconds is
ended, and has `?`.
"""

import argparse
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = {
    "inspect": "inspect --wit old.wit",
    "json": "inspect --wit old.wit --format json",
    "docs": "docs --wit old.wit --out out",
    "lint": "lint --wit old.wit",
    "diff": "diff old.wit new.wit",
    "golden": "golden --wit old.wit --out out --no-test",
    "guest": "rust --guest --wit old.wit --world w --out out",
    "host": "rust --host --wit old.wit --world w --out out",
    "publish": "publish --no-check --wit old.wit --dry-run --registry registry",
}


def run(witgen: Path, folder: Path, args: str, seconds: float) -> str:
    """Runs a command in a folder, and returns its cell."""
    command = [str(witgen), *args.split()]
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    timer = threading.Timer(seconds, child.kill)
    timer.start()
    _, status, usage = os.wait4(child.pid, 0)
    timer.cancel()
    computing = usage.ru_utime + usage.ru_stime
    child.returncode = os.waitstatus_to_exitcode(status)
    shutil.rmtree(folder / "out", ignore_errors=True)
    mark = {0: " ", 1: " ", 2: "!"}.get(child.returncode, "?")
    return f"{computing * 1000:6.0f} {usage.ru_maxrss / 1024:5.0f}{mark}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--debug", action="store_true", help="measure a debug build")
    parser.add_argument("--seconds", type=float, default=60, help="the longest that a run may take")
    parser.add_argument("shapes", nargs="*", metavar="SHAPE")
    args = parser.parse_args()

    profile = [] if args.debug else ["--release"]
    build = ["cargo", "build", "--quiet", "--bin", "witgen", *profile]
    subprocess.run(build, check=True, cwd=ROOT)
    inputs = ROOT / "target/large-types"
    make = ["cargo", "run", "--quiet", "--example", "large_types", "--", str(inputs)]
    subprocess.run(make, check=True, cwd=ROOT)
    witgen = ROOT / "target" / ("debug" if args.debug else "release") / "witgen"

    known = sorted(path.name for path in inputs.iterdir())
    unknown = set(args.shapes) - set(known)
    if unknown:
        sys.exit(f"no shape {', '.join(sorted(unknown))}; shapes: {', '.join(known)}")
    print(f"{'ms and MB; ! is rejected, ? failed':36}" + "".join(f"{name:>13} " for name in COMMANDS))
    for shape in args.shapes or known:
        cells = [run(witgen, inputs / shape, line, args.seconds) for line in COMMANDS.values()]
        print(f"{shape:36}" + " ".join(cells), flush=True)


if __name__ == "__main__":
    main()
