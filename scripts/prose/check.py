#!/usr/bin/env python3
"""Checks the prose of manuals, help texts, messages and comments against rules.toml.

    scripts/prose/check.py                  # compares the number of findings per file with baseline.json; part of CI
    scripts/prose/check.py --list PATH...   # lists all findings in these files or directories
    scripts/prose/check.py --update         # writes baseline.json; no count may rise
    scripts/prose/check.py --update --allow-more FILE...   # except in these files

Needs Python 3.11. It reads only files that git tracks.
"""

import argparse
import json
import re
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import texts

FOLDER = Path(__file__).resolve().parent
BASELINE = FOLDER / "baseline.json"
PARTICIPLES = (
    r"\w+ed|known|made|given|taken|kept|held|sent|read|written|set|built|found|left|lost|put|shown|drawn|told|cut|met|"
    r"begun|run|done|seen|chosen|hidden|bound|spoken|said|meant|thrown|brought|sought|torn|split|stood"
)
PASSIVE = re.compile(rf"\b(is|are|was|were|be|been|being)\b( not| never| also| only| \w+ly)? ({PARTICIPLES})\b", re.I)


@dataclass(frozen=True)
class Finding:
    sentence: texts.Sentence
    rule: str
    instead: str


def read_rules():
    rules = tomllib.loads((FOLDER / "rules.toml").read_text(encoding="utf-8"))
    compiled = [
        (rule["id"], re.compile(rule["pattern"], re.I), rule["instead"], rule.get("kinds")) for rule in rules["rule"]
    ]
    return compiled, rules["length"], rules["passives"]["run"]


def findings(sentences):
    rules, lengths, longest_run = read_rules()
    run, previous = 0, None
    for sentence in sentences:
        for rule, pattern, instead, kinds in rules:
            if (kinds is None or sentence.kind in kinds) and pattern.search(sentence.text):
                yield Finding(sentence, rule, instead)
        count = len(texts.words(sentence.text))
        if count > lengths[sentence.kind]:
            yield Finding(sentence, "long-sentence", f"{count} words: split it; {lengths[sentence.kind]} are the most")
        same = previous and (previous.file, previous.kind, previous.line) == (sentence.file, sentence.kind, sentence.line)
        run = (run if same else 0) + 1 if PASSIVE.search(sentence.text) else 0
        if run > longest_run:
            yield Finding(sentence, "passives", "name the actor in one of these sentences")
        previous = sentence


def count(found):
    """Returns the number of findings per file and rule."""
    counts = {}
    for (file, rule), number in sorted(Counter((it.sentence.file, it.rule) for it in found).items()):
        counts.setdefault(file, {})[rule] = number
    return counts


def risen(counts, baseline):
    """Returns the rules per file that have more findings than in the baseline."""
    rose = {
        file: [rule for rule, number in rules.items() if number > baseline.get(file, {}).get(rule, 0)]
        for file, rules in counts.items()
    }
    return {file: rules for file, rules in rose.items() if rules}


def show(finding):
    sentence = finding.sentence
    print(f"{sentence.file}:{sentence.line}: {finding.rule}: {sentence.text}\n    write: {finding.instead}")


def compare(found, counts, baseline):
    """Prints what differs from the baseline; returns the files and rules with more findings, and those with fewer."""
    pairs = {(file, rule) for side in (counts, baseline) for file, rules in side.items() for rule in rules}
    more, fewer = [], []
    for file, rule in sorted(pairs):
        now, before = counts.get(file, {}).get(rule, 0), baseline.get(file, {}).get(rule, 0)
        if now > before:
            more.append((file, rule))
            print(f"{file}: {rule}: {now} findings, {before} in the baseline. All of them:")
            for finding in found:
                if (finding.sentence.file, finding.rule) == (file, rule):
                    show(finding)
        elif now < before:
            fewer.append((file, rule))
    if fewer and not more:
        files = sorted({file for file, _ in fewer})
        print("The prose has improved in " + ", ".join(files) + ". Run `scripts/prose/check.py --update`.")
    return more, fewer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", nargs="+", metavar="PATH")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--allow-more", nargs="+", default=[], metavar="FILE")
    arguments = parser.parse_args()
    found = list(findings(texts.sentences()))
    if arguments.list is not None:
        chosen = [it for it in found if it.sentence.file.startswith(tuple(arguments.list))]
        for finding in chosen:
            show(finding)
        print(f"{len(chosen)} findings")
        return 0
    counts = count(found)
    baseline = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else None
    if arguments.update:
        for file, rules in risen(counts, baseline).items() if baseline is not None else ():
            if file not in arguments.allow_more:
                sys.exit(f"{file} has more findings of {', '.join(rules)}: `scripts/prose/check.py --list {file}` lists them")
        BASELINE.write_text(json.dumps(counts, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"{len(found)} findings in {len(counts)} files")
        return 0
    more, fewer = compare(found, counts, baseline or {})
    print(f"{len(found)} findings in {len(counts)} files")
    return 1 if more or fewer else 0


if __name__ == "__main__":
    sys.exit(main())
