#!/usr/bin/env python3
"""Checks that the links of Markdown lead to files and headings that exist, and that the manual's citations of RFCs are links.

Addresses with a scheme aren't checked."""

import re
import sys
from pathlib import Path

import texts

LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")

# `RFC 9110, section 7.6`, in brackets if it is a link.
CITATION = re.compile(r"(\[?)(RFC\s+(\d+)(?:,\s+sections?\s+(\d[\d.]*\d|\d))?)(\]?)")
DEFINITION = re.compile(r"^\[([^\]]+)\]: (\S+)$", re.M)


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


def citation_faults(page, text):
    """Yields the citations of RFCs in a page that are no links to their sections."""
    text = without_code(text)
    addresses = {" ".join(label.split()): address for label, address in DEFINITION.findall(text)}
    text = DEFINITION.sub("", text)
    for found in CITATION.finditer(text):
        start, cited, rfc, section, end = found.groups()
        place = f"{page}:{text.count(chr(10), 0, found.start()) + 1}"
        cited = " ".join(cited.split())
        address = f"https://www.rfc-editor.org/rfc/rfc{rfc}" + (f"#section-{section}" if section else "")
        if not (start and end):
            yield f"{place}: {cited} is no link: write [{cited}], and at the end of the page [{cited}]: {address}"
        elif addresses.get(cited) != address:
            yield f"{place}: {cited} leads elsewhere: write [{cited}]: {address} at the end of the page"


def main():
    pages = [name for name, read in texts.files() if read is texts.markdown and not name.startswith("templates/")]
    found = list(faults(texts.ROOT, pages))
    for page in pages:
        if page == "README.md" or re.match(r"docs/(?!conformance/)", page):
            found += citation_faults(page, (texts.ROOT / page).read_text(encoding="utf-8"))
    print("\n".join(found) if found else f"{len(pages)} pages: all links lead somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
