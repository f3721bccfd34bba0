#!/usr/bin/env python3
"""Replays releases of WASI with `witgen release`, and compares the results with what was released.

    cargo build && scripts/replay-releases.py

Each package of a release is a member of a workspace. It is released with the next version, and with the features that became
stable in it; then its version, the versions of its dependencies and the gates of all items are compared with those of the next
release. Items that were added or removed by hand have nothing to be compared with, and are counted.

The crates that carry the WIT are fetched into a temporary folder; nothing in the repository changes. Exits with 1 if a
difference has no explanation. docs/releasing.md explains the known ones.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
WITGEN = ROOT / "target/debug/witgen"

# Releases of WASI in their order, and the crate that carries each.
LINES = [
    [
        ("0.2.0", "wasi", "0.12.1"),
        ("0.2.1", "wasi", "0.13.2"),
        ("0.2.2", "wasi", "0.13.3"),
        ("0.2.3", "wasi", "0.14.0"),
        ("0.2.4", "wasi", "0.14.2"),
        ("0.2.9", "wasip2", "1.0.2"),
        ("0.2.12", "wasip2", "2.0.1"),
    ],
    [
        ("0.3.0-rc-2025-09-16", "wasip3", "0.2.0"),
        ("0.3.0-rc-2026-01-06", "wasip3", "0.4.0"),
        ("0.3.0-rc-2026-03-15", "wasip3", "0.6.0"),
        ("0.3.0", "wasip3", "0.9.0"),
        ("0.3.2", "wasip3", "0.10.0"),
    ],
]

# The documentation of wasi:http names a function of an earlier draft.
MANIFEST = """\
wit = "wit"
[lint]
rules = {{ unknown-name-in-docs = "warning" }}
[baseline]
package = "{baseline}"
[workspace]
members = [{members}]
"""


def explanation(ours, theirs):
    """Says why a gate differs from the released one; None if nothing is known."""
    if ours == "no gate":
        return "the item had none; one was written by hand, as the rule `since-missing` of lint asks"
    if theirs.startswith(f"{ours}, deprecated "):
        return "deprecated by hand"
    return None


def run(args, cwd, check=True):
    done = subprocess.run(args, cwd=cwd, capture_output=True, text=True)
    if check and done.returncode != 0:
        sys.exit(f"{' '.join(map(str, args))} in {cwd}: {done.stderr}")
    return done


def fetch(scratch, crate, version):
    """Returns the folder of a crate."""
    folder = scratch / "crates" / f"{crate}-{version}"
    folder.mkdir(parents=True)
    (folder / "Cargo.toml").write_text(
        '[package]\nname = "replay"\nversion = "0.0.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n'
        f'[workspace]\n[dependencies]\n{crate} = {{ version = "={version}", default-features = false }}\n'
    )
    (folder / "lib.rs").write_text("")
    run(["cargo", "vendor", "--quiet", "vendor"], folder)
    return folder / "vendor" / crate


def unpack(crate, folder):
    """Lays the packages of a crate out as members of a workspace; each has the others in `deps/`."""
    for entry in sorted((crate / "wit/deps").iterdir()):
        wit = folder / entry.stem / "wit"
        if entry.is_dir():
            shutil.copytree(entry, wit)
        else:
            wit.mkdir(parents=True)
            shutil.copy(entry, wit)
    names = sorted(path.name for path in folder.iterdir())
    for name in names:
        for other in uses(folder, name, names):
            deps = folder / name / "wit/deps"
            deps.mkdir(exist_ok=True)
            (deps / other).symlink_to(f"../../../{other}/wit")
    return names


def uses(folder, name, names):
    """Returns the packages that a package needs, and those that these need."""
    found, pending = set(), [name]
    while pending:
        texts = (path.read_text() for path in (folder / pending.pop() / "wit").glob("*.wit"))
        # Comments mention packages too.
        code = "\n".join(line.split("//")[0] for text in texts for line in text.splitlines())
        for other in names:
            if other != name and other not in found and f"wasi:{other}/" in code:
                found.add(other)
                pending.append(other)
    return sorted(found)


def gates(folder, name):
    """Returns the gates of all items of a package, and the full names of the package and its dependencies."""
    shown = run(
        [WITGEN, "inspect", "--wit", "wit", "--all-features", "--format", "json"], folder / name
    )
    packages = json.loads(shown.stdout)["packages"]
    found = {}
    for interface in packages[0]["interfaces"]:
        found[interface["name"]] = gate(interface)
        for item in interface["types"] + interface["functions"]:
            found[f"{interface['name']}.{item.get('component_name', item['name'])}"] = gate(item)
    for world in packages[0]["worlds"]:
        found[world["name"]] = gate(world)
        for direction in ("imports", "exports"):
            for item in world[direction]:
                found[f"{world['name']} {direction} {item['name'].split('@')[0]}"] = gate(item)
    return found, sorted(package["id"] for package in packages)


def gate(item):
    stability = item["stability"]
    if stability == "unknown":
        return "no gate"
    (kind, what), = stability.items()
    main = f"since {what['since']}" if kind == "stable" else f"unstable {what['feature']}"
    return main + (f", deprecated {what['deprecated']}" if what["deprecated"] else "")


def stabilized(before, after):
    """Returns the features of items that are behind a gate before, and stable after."""
    pairs = ((gate, after.get(item, "")) for item, gate in before.items())
    features = {old.split()[1].rstrip(",") for old, new in pairs if old.startswith("unstable") and new.startswith("since")}
    return sorted(features)


def replay(scratch, old, new, crates):
    """Releases every package of one release with the number of the next; returns the differences without explanation."""
    work = scratch / f"work-{new}"
    names = unpack(crates[old], work)
    unpack(crates[old], scratch / f"old-{new}")
    upstream = scratch / f"new-{new}"
    unpack(crates[new], upstream)
    for name in names:
        others = ", ".join(f'"../{other}"' for other in names if other != name)
        baseline = f"../../old-{new}/{name}/wit"
        (work / name / "witgen.toml").write_text(MANIFEST.format(baseline=baseline, members=others))
    features = {}
    for name in names:
        features[name] = stabilized(gates(work, name)[0], gates(upstream, name)[0])
    unexplained = 0
    for name in names:
        args = [WITGEN, "release", new, "--date", "2026-01-01"]
        args += [arg for feature in features[name] for arg in ("--stabilize", feature)]
        done = run(args, work / name, check=False)
        if done.returncode != 0:
            print(f"  {name}: not released")
            print("    " + done.stderr.strip().replace("\n", "\n    "))
            unexplained += 1
    equal = added = removed = 0
    explained = {}
    for name in names:
        (ours, packages), (theirs, released) = gates(work, name), gates(upstream, name)
        only = {package for package in packages if package.split("@")[0] in {it.split("@")[0] for it in released}}
        for package in sorted(only - set(released)):
            print(f"  {name}: has {package}, released is {released}")
            unexplained += 1
        added += len(theirs.keys() - ours.keys())
        removed += len(ours.keys() - theirs.keys())
        for item in sorted(ours.keys() & theirs.keys()):
            if ours[item] == theirs[item]:
                equal += 1
                continue
            why = explanation(ours[item], theirs[item])
            if why is None:
                print(f"  {name}/{item}: {ours[item]}, released is {theirs[item]}")
                unexplained += 1
            else:
                explained[why] = explained.get(why, 0) + 1
    stable = ", ".join(f"{name}: {' '.join(found)}" for name, found in features.items() if found)
    print(f"{old} → {new}: {equal} gates equal, {added} items added and {removed} removed by hand; stable: {stable or 'none'}")
    for why, count in explained.items():
        print(f"  {count} gates differ: {why}")
    return unexplained


def main():
    if not WITGEN.exists():
        sys.exit("run `cargo build` first")
    unexplained = 0
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(os.path.realpath(folder))
        for line in LINES:
            crates = {wasi: fetch(scratch, crate, version) for wasi, crate, version in line}
            for (old, *_), (new, *_) in zip(line, line[1:]):
                unexplained += replay(scratch, old, new, crates)
    sys.exit(1 if unexplained else 0)


if __name__ == "__main__":
    main()
