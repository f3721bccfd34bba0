"""Writes what was found as a page."""

from hosts import hosts
from toolchains import ROOT


def write(results: list, rejected: list) -> None:
    names = [host.name for host in hosts()]
    rows = {}
    for guest, host, found in results:
        failed = sum(1 for wrong in found.values() if wrong)
        rows.setdefault((guest.name, guest.kind, guest.version()), {})[host.name] = f"{len(found) - failed} of {len(found)}"
    for guest, host, _ in rejected:
        rows.setdefault((guest.name, guest.kind, guest.version()), {})[host.name] = "not served"
    lines = [f"| guest | kind | toolchain | {' | '.join(names)} |", "|" + "---|" * (3 + len(names))]
    for (name, kind, version), cells in rows.items():
        lines.append(f"| `{name}` | {kind} | {version} | {' | '.join(cells.get(host, '–') for host in names)} |")
    limits = {}
    for guest, host, reason in rejected:
        limits.setdefault((reason, host.name, "all"), []).append(guest.name)
    for guest, host, found in results:
        for case, wrong in found.items():
            if wrong:
                reason = guest.limit(case, host.name) or host.limit(case) or "unknown"
                limits.setdefault((reason, host.name, case), []).append(guest.name)
    limits = [
        f"| {reason} | {host} | {case} | {', '.join(f'`{guest}`' for guest in guests)} |"
        for (reason, host, case), guests in sorted(limits.items())
    ]
    versions = ", ".join(f"{host.name} {host.version}" for host in hosts() if host.version)
    template = (ROOT / "tests/foreign/compatibility.md").read_text()
    page = template.replace("{{ matrix }}", "\n".join(lines)).replace("{{ limits }}", "\n".join(limits))
    (ROOT / "docs/compatibility.md").write_text(page.replace("{{ versions }}", versions))
