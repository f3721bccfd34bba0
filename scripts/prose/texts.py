"""Finds the texts of the repository that people read, sentence by sentence.

Each text has a kind: `manual`, `item`, `cell` or `heading` (paragraphs, lists, tables and headings of Markdown), `message` (strings and
templates of the programs), or `comment` (of Rust, doc comments too).
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# Generated from sources that are checked, or signatures and texts of others.
SKIPPED = re.compile(
    r"^(spec|wit|baseline|docs/conformance/(host|component)|host/src/proxy|host/worlds|target)/|^CHANGELOG\.md$|"
    r"^runtime/guest/(bindings|wasi)\.rs$|/(expected|golden)/|^tests/|^testkit/|^host/tests/|^benches/|node_modules"
)


@dataclass(frozen=True)
class Sentence:
    file: str
    line: int
    kind: str
    text: str


def files():
    """Returns the tracked files that contain checked texts, and their kinds."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in sorted(listed.splitlines()):
        if SKIPPED.search(name) or not (ROOT / name).is_file():
            continue
        if name.startswith("templates/") and name.endswith(".md"):
            yield name, markdown_template
        elif name.endswith(".md"):
            yield name, markdown
        elif name.startswith("templates/") and name.endswith((".txt", ".rs", ".toml", ".html")):
            yield name, template
        elif name.endswith(".rs"):
            yield name, rust


def sentences():
    """Returns all sentences of the repository, except quotations: whole sentences of `wit/`."""
    specification = {it for file in sorted((ROOT / "wit").glob("*.wit")) for it in documented(file.read_text(encoding="utf-8"))}
    for name, read in files():
        text = (ROOT / name).read_text(encoding="utf-8")
        for line, kind, paragraph in read(text):
            for sentence in split(paragraph):
                if sentence not in specification:
                    yield Sentence(name, line, kind, sentence)


def documented(wit):
    """Returns the sentences of the documentation in a WIT file."""
    for block in re.findall(r"(?:^ *///.*\n)+", wit, re.M):
        for _, _, paragraph in markdown(re.sub(r"^ */// ?", "", block, flags=re.M)):
            yield from split(paragraph)


def split(paragraph):
    """Splits a paragraph into sentences, with code, links and quotations reduced to words."""
    plain = re.sub(r"<q>.*?</q>", "QUOTATION", paragraph)
    plain = re.sub(r"`[^`]*`", "CODE", plain)
    plain = re.sub(r"!?\[([^\]]*)\](\([^)]*\)|\[[^\]]*\])?", r"\1", plain)
    plain = re.sub(r"(?<![\w*])(\*\*|\*|_)(?=[^\s*_])(.+?)(?<=\S)\1(?!\w)", emphasized, plain)
    plain = re.sub(r"(?<!\S)[\w./-]+\.(md|toml|rs|json)\b", "CODE", plain)
    plain = re.sub(r"<[^ >][^>]*>|https?://\S+", "", plain)
    plain = re.sub(r"\bapplication/[\w.+-]+\w", "CODE", plain)
    plain = re.sub(r"\s+", " ", plain).strip()
    # Abbreviations end no sentence, and neither do the numbers of sections.
    plain = re.sub(r"\b(e\.g|i\.e|etc|vs)\.", lambda it: it.group().replace(".", "․"), plain)
    for sentence in re.split(r"(?<=[.!?:])\s+(?=\(?[A-Z0-9`]|[\"“]\w|witgen |wasmtime |wkg |cargo |wit-bindgen )", plain):
        sentence = sentence.strip()
        if len(words(sentence)) >= 3:
            yield sentence


def emphasized(text):
    """Returns an emphasized text; one lower-case word is a name, as code is."""
    return "CODE" if re.fullmatch(r"[a-z-]+", text[2]) and text[1] == "**" else text[2]


def words(sentence):
    return re.findall(r"[A-Za-z][A-Za-z'’-]*", sentence)


def markdown(text):
    """Returns the paragraphs, list items, cells and headings of Markdown, without code."""
    paragraph, start, kind, fence = [], 0, "manual", None

    def end():
        if paragraph:
            yield start, kind, " ".join(paragraph)
            paragraph.clear()

    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        stripped = re.sub(r"^(> ?)+", "", line.strip())
        mark = re.match(r"(```+|~~~+)", stripped)
        if fence:
            if mark and mark.group().startswith(fence):
                fence = None
            continue
        if mark:
            yield from end()
            fence = mark.group()
        elif line.startswith("    ") and not paragraph:
            continue
        elif stripped.startswith("|"):
            yield from end()
            is_header = number < len(lines) and re.match(r"[> ]*\|[-:| ]+\|?$", lines[number])
            for cell in re.split(r"(?<!\\)\|", stripped):
                yield number, "heading" if is_header else "cell", cell.strip()
        elif not stripped or stripped.startswith(("#", "<", "---")):
            yield from end()
            if stripped.startswith("#"):
                yield number, "heading", stripped.lstrip("# ")
        else:
            item = re.match(r"([-*+]|\d+\.) +", stripped)
            if item:
                yield from end()
                stripped = stripped[item.end() :]
            if not paragraph:
                start = number
                # The lines of an item after an empty one are indented, and continue its sentence or not.
                kind = "item" if item or line.startswith(" ") else "manual"
            paragraph.append(stripped)
    yield from end()


def without_tags(text):
    """Returns a template without its comments and tags, on the same lines; a value is a word."""
    plain = re.sub(r"\{#.*?#\}|\{%.*?%\}", lambda it: "\n" * it.group().count("\n"), text, flags=re.S)
    return re.sub(r"\{\{.*?\}\}", "CODE", plain)


def markdown_template(text):
    """Returns the paragraphs, list items, cells and headings of a template of Markdown; its paragraphs are messages."""
    for number, kind, paragraph in markdown(without_tags(text)):
        yield number, "message" if kind == "manual" else kind, paragraph


def template(text):
    """Returns the lines of a template that aren't code."""
    plain = without_tags(text)
    paragraph, start, is_fenced = [], 0, False
    for number, line in enumerate(plain.splitlines() + [""], 1):
        comment = re.match(r"\s*(?://[/!]?|#(?!!?\[)|<!--)\s?(.*)", line)
        prose = comment.group(1) if comment else line.strip()
        is_fence = prose.startswith("```")
        is_fenced ^= is_fence
        is_code = not comment and (line.startswith("  witgen ") or re.search(r"[;{}=]\s*$|^\s*(#!?)?[\[<]|->|::|\(\)", line) or len(words(line)) < 4)
        if not prose.strip() or is_code or is_fence or is_fenced:
            if paragraph:
                yield start, "message", " ".join(paragraph)
                paragraph = []
            continue
        if not paragraph:
            start = number
        paragraph.append(prose.strip())


TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*)|(?P<block>/\*.*?\*/)|(?P<raw>b?r(?P<hashes>\#*)"(?P<rawtext>.*?)"(?P=hashes))"""
    r"""|(?P<string>b?"(?P<text>(?:[^"\\]|\\.)*)")|(?P<char>'(?:[^'\\\n]|\\[^\n]{1,8})')""",
    re.S,
)


def rust(text):
    """Returns the comments and strings of Rust, without those of its unit tests."""
    tests = re.search(r"^#\[cfg\(test\)\]\s*mod \w+ \{", text, re.M)
    if tests:
        text = text[: tests.start()]
    paragraph, start, last = [], 0, 0

    def end():
        if paragraph:
            body = "\n".join(paragraph)
            for line, _, part in markdown(body):
                yield start + line - 1, "comment", part
            paragraph.clear()

    for token in TOKEN.finditer(text):
        number = text.count("\n", 0, token.start()) + 1
        if token["comment"]:
            body = re.sub(r"^//[/!]? ?", "", token["comment"])
            if not (paragraph and number == last + 1):
                yield from end()
                start = number
            last = number
            paragraph.append(body)
            continue
        yield from end()
        string = token["text"] if token["string"] else token["rawtext"] if token["raw"] else None
        if string is None:
            continue
        # The examples of help are command lines.
        if re.match(r"Examples?:", string):
            continue
        string = re.sub(r"\\\n\s*", "", string).replace('\\"', '"').replace("\\n", " ")
        string = re.sub(r"\{[^{}]*\}", "CODE", string)
        if " " in string and len(words(string)) >= 4:
            yield number, "message", string
    yield from end()
