#!/usr/bin/env python3
"""Times witgen against wit-bindgen, whole commands, in turns: `rust`, and `docs` against `markdown`.

    scripts/compare-with-wit-bindgen.py [--runs N] [--max-ratio R]

Installs wit-bindgen-cli into target/peers if it isn't there, builds witgen in release mode, and makes
its input under target/compare. Prints, for each input, the median time and the peak memory of both,
and their ratio; machines are noisy, so look at the ratio. Neither formats its output. wit-bindgen makes
the guest's side; witgen makes it alone, and then both sides. `markdown` makes one page of one world, and
is run once for each world; `docs` makes the pages of all of them.
"""

import argparse
import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEER = "wit-bindgen-cli@0.63.0"
WORLDS = ["proxy", "service", "middleware", "imports"]
ROOT = Path(__file__).resolve().parent.parent


def synthetic(interfaces: int) -> Path:
    """A package of so many interfaces with 25 records and 25 functions each."""
    folder = ROOT / "target/compare" / f"synthetic-{interfaces}"
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["package witgen:synthetic@1.0.0;"]
    for i in range(interfaces):
        lines.append(f"interface i{i} {{")
        for n in range(25):
            lines.append(f"  record r{n} {{ a: u32, b: string, c: list<u8>, d: option<u64> }}")
            lines.append(f"  f{n}: func(x: r{n}, y: string) -> result<r{n}, string>;")
        lines.append("}")
    lines.append("world all {")
    lines.extend(f"  import i{i};" for i in range(interfaces))
    lines.append("}")
    (folder / "all.wit").write_text("\n".join(lines) + "\n")
    return folder


def run(command: list[str]) -> tuple[float, float]:
    """Seconds and MB of one run."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{errors.decode()}")
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--max-ratio", type=float, help="fail if witgen takes longer than this")
    args = parser.parse_args()

    peer = ROOT / "target/peers/bin/wit-bindgen"
    if not peer.exists():
        print(f"installing {PEER} into target/peers")
        install = ["cargo", "install", "--quiet", "--locked", PEER, "--root", ROOT / "target/peers"]
        subprocess.run(install, check=True, cwd=ROOT)
    subprocess.run(["cargo", "build", "--quiet", "--release"], check=True, cwd=ROOT)
    witgen = ROOT / "target/release/witgen"
    out = Path(tempfile.mkdtemp(prefix="out-", dir=ROOT / "target/compare"))

    inputs = [("wasi:http", ROOT / "wit", WORLDS, args.runs)]
    for interfaces in (250, 500, 1000):
        label = f"{interfaces} interfaces"
        inputs.append((label, synthetic(interfaces), ["all"], max(3, args.runs // 3)))

    worst = 0.0
    print(f"{'input':28} {'witgen':>10} {'wit-bindgen':>12} {'ratio':>6}   {'MB':>6} {'MB':>6} {'ratio':>6}")
    kinds = [("guest", ["--guest"]), ("both", []), ("docs", None)]
    for (label, wit, worlds, runs), (kind, flags) in itertools.product(inputs, kinds):
        if flags is None:
            ours = [[str(witgen), "docs", "--quiet", "--wit", str(wit), "--out"]]
            theirs = [[str(peer), "markdown", "--world", world, str(wit), "--out-dir"] for world in worlds]
        else:
            world = worlds[0]
            ours = [[str(witgen), "rust", *flags, "--quiet", "--wit", str(wit), "--world", world, "--out"]]
            theirs = [[str(peer), "rust", "--generate-all", "--world", world, str(wit), "--out-dir"]]
        samples = {"ours": [], "theirs": []}
        for at in range(runs):
            # Each run has a place of its own, and all stay to the end: where many files were removed, ext4
            # makes new ones slowly for half a minute.
            for who, commands in (("ours", ours), ("theirs", theirs)):
                places = [out / label / kind / f"{who}-{at}-{n}" for n in range(len(commands))]
                ran = [run([*command, str(place)]) for command, place in zip(commands, places)]
                samples[who].append((sum(s for s, _ in ran), max(m for _, m in ran)))
        seconds = {who: statistics.median(s for s, _ in found) for who, found in samples.items()}
        memory = {who: max(m for _, m in found) for who, found in samples.items()}
        ratio = seconds["ours"] / seconds["theirs"]
        worst = max(worst, ratio)
        print(
            f"{label + ', ' + kind:28} {seconds['ours'] * 1000:8.1f}ms {seconds['theirs'] * 1000:10.1f}ms {ratio:6.2f}"
            f"   {memory['ours']:6.0f} {memory['theirs']:6.0f} {memory['ours'] / memory['theirs']:6.2f}"
        )
    shutil.rmtree(out)
    if args.max_ratio and worst > args.max_ratio:
        sys.exit(f"witgen takes {worst:.2f} times as long as wit-bindgen")


if __name__ == "__main__":
    main()
