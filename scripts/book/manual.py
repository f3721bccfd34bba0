#!/usr/bin/env python3
"""A preprocessor of mdBook for docs/: ends each page with the version, and leads links out of docs/ to the repository."""

import json
import posixpath
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A fenced block, code in a line, or the address of a link.
PARTS = re.compile(r"^( *)(```+|~~~+).*?^\1\2`*$|(`+)(?!`).*?(?<!`)\3(?!`)|(?<=\]\()[^()\s]+(?=\))", re.M | re.S)


def package():
    """Returns the version and the repository of the program."""
    with open(ROOT / "Cargo.toml", "rb") as file:
        workspace = tomllib.load(file)["workspace"]["package"]
    return workspace["version"], workspace["repository"]


def moved(target, page, version, repository):
    """Returns the address of a link of a page, whose path is relative to docs/."""
    if re.match(r"[a-z]+:|#", target):
        return target
    path, mark, anchor = target.partition("#")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
    if path.startswith("../"):
        kind = "tree" if (ROOT / "docs" / path).is_dir() else "blob"
        return f"{repository}/{kind}/v{version}/{path.removeprefix('../')}{mark}{anchor}"
    # mdBook names a folder's page index.html.
    return re.sub(r"(^|/)README\.md(?=#|$)", r"\1index.html", target)


def processed(text, page, version, repository):
    """Returns the text of a page of the book."""

    def part(found):
        is_link = found.start() > 0 and text[found.start() - 1] == "(" and not found.group().startswith("`")
        return moved(found.group(), page, version, repository) if is_link else found.group()

    return f"{PARTS.sub(part, text)}\n---\n\n<small>witgen {version}</small>\n"


def process(items, version, repository):
    """Processes chapters and those below them."""
    for item in items:
        chapter = item.get("Chapter") if isinstance(item, dict) else None
        if chapter:
            if chapter["path"]:
                chapter["content"] = processed(chapter["content"], chapter["path"], version, repository)
            process(chapter["sub_items"], version, repository)


def main():
    if sys.argv[1:2] == ["supports"]:
        return
    _, book = json.load(sys.stdin)
    process(book["items"], *package())
    json.dump(book, sys.stdout)


if __name__ == "__main__":
    main()
