#!/usr/bin/env python3
"""Checks that the links of Markdown lead to files and headings that exist. Addresses with a scheme aren't checked."""

import re
import sys
from pathlib import Path

import texts

LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")


def without_code(text):
    """Returns Markdown without its code, with the same lines."""
    text = re.sub(r"^( *)(```+|~~~+).*?^\1\2`*$", lambda it: "\n" * it.group().count("\n"), text, flags=re.M | re.S)
    text = re.sub(r"(?<=\n\n)(    .*\n)+", lambda it: "\n" * it.group().count("\n"), text)
    return re.sub(r"(`+)[^`\n]+\1", "CODE", text)


def anchors(text):
    """Returns the anchors of a page, as code hosts make them of headings."""
    found, counts = set(), {}
    text = re.sub(r"^(```+|~~~+).*?^\1$", "", text, flags=re.M | re.S)
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", text, re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        number = counts.get(anchor, 0)
        counts[anchor] = number + 1
        found.add(f"{anchor}-{number}" if number else anchor)
    return found | set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text))


def faults(root, pages):
    """Yields the links of these pages that lead nowhere."""
    for page in pages:
        for number, line in enumerate(without_code((root / page).read_text(encoding="utf-8")).splitlines(), 1):
            for target in LINK.findall(line):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                file = (root / page).parent / path if path else root / page
                if not file.exists():
                    yield f"{page}:{number}: {target}: no such file"
                elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text(encoding="utf-8")):
                    yield f"{page}:{number}: {target}: no such heading"


def main():
    pages = [name for name, read in texts.files() if read is texts.markdown and not name.startswith("templates/")]
    found = list(faults(texts.ROOT, pages))
    print("\n".join(found) if found else f"{len(pages)} pages: all links lead somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
