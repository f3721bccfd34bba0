#!/usr/bin/env python3
"""Measures `witgen bump` in a workspace of ten packages that all use the first one.

    scripts/measure-bump.py [--debug] [--runs N]

Builds witgen, in release mode unless `--debug` is given, and makes the packages in a temporary folder: each has five files with
two interfaces of eight functions, 800 functions in all; WASI 0.3.2 has 319 items in six packages. The first package has a
baseline, which each bump is compared with. Prints the median and the computing time of a run, and exits with 1 if it is above 200 ms.
"""

import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIMIT_MS = 200
PACKAGES, FILES, INTERFACES, FUNCTIONS = 10, 5, 2, 8


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def package(folder, name, uses):
    """Writes a package; each of its interfaces takes a type from the first package, if it uses that."""
    for file in range(FILES):
        interfaces = []
        for interface in range(INTERFACES):
            taken = f"  use many:p0/f{file}-i{interface}@0.3.2.{{t}};\n"
            use = taken if uses else "  type t = u32;\n"
            functions = "".join(f"  /// Does it.\n  f{at}: func(a: t) -> t;\n" for at in range(FUNCTIONS))
            interfaces.append(f"interface f{file}-i{interface} {{\n{use}{functions}}}\n")
        write(folder / f"f{file}.wit", f"package many:{name}@0.3.2;\n\n" + "\n".join(interfaces))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--debug", action="store_true")
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    subprocess.run(["cargo", "build", "--quiet", *([] if options.debug else ["--release"])], cwd=ROOT, check=True)
    witgen = ROOT / "target" / ("debug" if options.debug else "release") / "witgen"
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(os.path.realpath(folder))
        for at in range(PACKAGES):
            package(root / f"p{at}/wit", f"p{at}", uses=at > 0)
        package(root / "released", "p0", uses=False)
        members = ", ".join(f'"../p{at}"' for at in range(1, PACKAGES))
        write(root / "p0/witgen.toml", f'[baseline]\npackage = "../released"\n[workspace]\nmembers = [{members}]\n')
        times = []
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for patch in range(options.runs):
            start = time.monotonic()
            done = subprocess.run([witgen, "bump", f"0.3.{patch + 3}"], cwd=root / "p0", capture_output=True, text=True)
            times.append((time.monotonic() - start) * 1000)
            if done.returncode != 0 or f"in {PACKAGES * FILES} files" not in done.stderr:
                sys.exit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000 / options.runs
    median = statistics.median(times)
    print(f"bump of {PACKAGES} packages, {PACKAGES * FILES} files: {median:.0f} ms (from {min(times):.0f} to {max(times):.0f}), {cpu:.0f} ms of computing")
    sys.exit(1 if median > LIMIT_MS else 0)


if __name__ == "__main__":
    main()
