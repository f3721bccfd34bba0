#!/usr/bin/env python3
"""Times publishing and fetching wasi:http on loopback against wkg, whole commands, in turns.

    scripts/compare-with-wkg.py [--runs N] [--max-ratio R]

Installs wkg into target/peers/release if it isn't there, builds witgen in release mode, and runs
docker-registry: the one on PATH, or the one that the tests have unpacked. Prints, for each task, the
median time of both and their ratio; machines are noisy, so look at the ratio. Each run has a registry and
a cache of its own. The last line compares generating from a published package, offline, with generating
from its directory.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEER = "wkg@0.16.1"
ROOT = Path(__file__).resolve().parent.parent
DEPENDENCIES = ["clocks", "random", "cli"]


class Registry:
    """A docker-registry on a free port of loopback, with nothing in it."""

    def __init__(self, program: str, folder: Path) -> None:
        folder.mkdir()
        (folder / "registry.yml").write_text(
            f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder}/storage}}}}\nhttp: {{addr: '127.0.0.1:0'}}\n"
        )
        self.server = subprocess.Popen(
            [program, "serve", folder / "registry.yml"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        for line in self.server.stderr:
            if found := re.search(r"listening on ([0-9.]+:[0-9]+)", line):
                self.host = found[1]
                break
        self.config = folder / "registries.toml"
        self.config.write_text(
            f'[namespace_registries]\nwasi = "{self.host}"\n[registry."{self.host}"]\ntype = "oci"\n'
            f'[registry."{self.host}".oci]\nprotocol = "http"\n'
        )

    def stop(self) -> None:
        self.server.kill()
        self.server.wait()


def run(command: list, folder: Path, config: Path) -> float:
    """Seconds of one run, in a folder, with a cache beside it."""
    environment = dict(os.environ)
    cache = folder.parent / "cache"
    environment.update(WKG_CONFIG_FILE=str(config), XDG_CACHE_HOME=str(cache), WITGEN_CACHE_DIR=str(cache / "witgen"))
    start = time.perf_counter()
    ran = subprocess.run([str(word) for word in command], cwd=folder, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if ran.returncode != 0:
        sys.exit(f"{' '.join(str(word) for word in command)} failed:\n{ran.stderr}")
    return seconds


def package(folder: Path, with_dependencies: bool) -> Path:
    """The folder, with a copy of wasi:http in it, with its dependencies or without."""
    ignored = None if with_dependencies else shutil.ignore_patterns("deps")
    shutil.copytree(ROOT / "wit", folder / "wit", ignore=ignored)
    return folder


def offline(witgen: Path, server: str, out: Path, runs: int) -> None:
    """Prints what generating from a reference costs over generating from a directory."""
    folder = package(out / "offline/http", with_dependencies=True)
    registry = Registry(server, out / "offline/registry")
    config = registry.config
    run([witgen, "publish"], folder, config)
    run([witgen, "inspect", "--wit", "wasi:http@0.3.1002"], folder, config)
    registry.stop()
    samples: dict[str, list[float]] = {"wit": [], "wasi:http@0.3.1002": []}
    for at in range(runs * 2):
        for wit, seconds in samples.items():
            place = out / f"offline/glue-{at}-{len(wit)}"
            command = [witgen, "rust", "--world", "proxy", "--offline", "--quiet", "--wit", wit, "--out", place]
            seconds.append(run(command, folder, config))
    directory, reference = (statistics.median(found) * 1000 for found in samples.values())
    print(
        f"rust --world proxy: {directory:.1f} ms from a directory, {reference:.1f} ms from a reference, offline:"
        f" {reference - directory:+.1f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--max-ratio", type=float, help="fail if witgen takes longer than this")
    args = parser.parse_args()

    wkg = ROOT / "target/peers/release/bin/wkg"
    if not wkg.exists():
        print(f"installing {PEER} into target/peers/release, which takes minutes")
        install = ["cargo", "install", "--quiet", "--locked", PEER, "--root", ROOT / "target/peers/release"]
        subprocess.run(install, check=True, cwd=ROOT)
    unpacked = ROOT / "target/peers/docker-registry/root/usr/bin/docker-registry"
    server = shutil.which("docker-registry") or (str(unpacked) if unpacked.exists() else None)
    if server is None:
        sys.exit("no docker-registry: run `cargo test --test registry oci::`, which unpacks it, or put it on PATH")
    subprocess.run(["cargo", "build", "--quiet", "--release"], check=True, cwd=ROOT)
    witgen = ROOT / "target/release/witgen"
    (ROOT / "target/compare").mkdir(exist_ok=True)
    out = Path(tempfile.mkdtemp(prefix="wkg-", dir=ROOT / "target/compare"))

    built = out / "http.wasm"
    samples: dict[str, dict[str, list[float]]] = {}

    def took(task: str, who: str, seconds: float) -> None:
        samples.setdefault(task, {"ours": [], "theirs": []})[who].append(seconds)

    for at in range(args.runs):
        for who in ("ours", "theirs") if at % 2 else ("theirs", "ours"):
            place = out / f"{who}-{at}"
            place.mkdir()
            registry = Registry(server, place / "registry")
            try:
                # What wasi:http needs, published by the same program for both.
                for name in DEPENDENCIES:
                    folder = place / name
                    (folder / "wit").mkdir(parents=True)
                    shutil.copy(ROOT / f"wit/deps/{name}.wit", folder / "wit")
                    run([witgen, "fetch"], folder, registry.config)
                    run([witgen, "publish"], folder, registry.config)
                shutil.rmtree(place / "cache", ignore_errors=True)
                folder = package(place / "http", with_dependencies=False)
                fetch = [witgen, "fetch"] if who == "ours" else [wkg, "fetch"]
                took("fetch, nothing in the cache", who, run(fetch, folder, registry.config))
                shutil.rmtree(folder / "wit/deps")
                took("fetch, all in cache and lock", who, run(fetch, folder, registry.config))
                if not built.exists():
                    run([wkg, "build", "-o", built], folder, registry.config)
                publish = [witgen, "publish"] if who == "ours" else [wkg, "publish", "wit"]
                took("publish from WIT", who, run(publish, folder, registry.config))
            finally:
                registry.stop()
            registry = Registry(server, place / "another")
            try:
                publish = [witgen, "publish", built] if who == "ours" else [wkg, "publish", built]
                took("publish a package that is built", who, run(publish, folder, registry.config))
            finally:
                registry.stop()

    worst = 0.0
    print(f"{'task':34} {'witgen':>10} {'wkg':>10} {'ratio':>6}")
    for task, found in samples.items():
        ours, theirs = statistics.median(found["ours"]), statistics.median(found["theirs"])
        worst = max(worst, ours / theirs)
        print(f"{task:34} {ours * 1000:8.1f}ms {theirs * 1000:8.1f}ms {ours / theirs:6.2f}")
    offline(witgen, server, out, args.runs)
    shutil.rmtree(out)
    if args.max_ratio and worst > args.max_ratio:
        sys.exit(f"witgen takes {worst:.2f} times as long as wkg")


if __name__ == "__main__":
    main()
