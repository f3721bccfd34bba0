#!/usr/bin/env python3
"""Tests of check.py, its rules, texts.py and links.py."""

import contextlib
import io
import tempfile
import tomllib
import unittest
from pathlib import Path

import check
import links
import texts

RULES = tomllib.loads((check.FOLDER / "rules.toml").read_text(encoding="utf-8"))["rule"]


def rules_of(text, kinds=("message",)):
    """Returns the rules that find something in a text, read as each of these kinds."""
    sentences = [texts.Sentence("x.md", 1, kind, it) for kind in kinds for it in texts.split(text)]
    return {it.rule for it in check.findings(sentences)}


def read(reader, text):
    """Returns the kinds and sentences of a text."""
    return [(kind, it) for _, kind, paragraph in reader(text) for it in texts.split(paragraph)]


class Rules(unittest.TestCase):
    def test_each_rule_finds_its_examples(self):
        for rule in RULES:
            self.assertTrue(rule["before"] and rule["after"], rule["id"])
            for text in rule["before"]:
                with self.subTest(rule=rule["id"], text=text):
                    self.assertIn(rule["id"], rules_of(text, rule.get("kinds", ["message"])))

    def test_no_rule_finds_the_better_wording(self):
        for rule in RULES:
            for text in rule["after"]:
                with self.subTest(rule=rule["id"], text=text):
                    self.assertEqual(rules_of(text, rule.get("kinds", ["message"])), set())

    def test_a_rule_has_one_id(self):
        ids = [rule["id"] for rule in RULES]
        self.assertEqual(sorted(set(ids)), sorted(ids))

    def test_a_rule_applies_to_its_kinds_only(self):
        self.assertIn("relative-subject", rules_of("What the table contains", ["cell", "manual"]))
        self.assertEqual(rules_of("What the table contains", ["heading"]), set())

    def test_sentences_have_a_length(self):
        self.assertEqual(rules_of("word " * 25), set())
        self.assertEqual(rules_of("word " * 26), {"long-sentence"})
        self.assertEqual(rules_of("word " * 26, ["comment"]), set())

    def test_passives_in_a_row(self):
        passive = "The file is read at once. "
        self.assertEqual(rules_of(passive * 2), set())
        self.assertEqual(rules_of(passive * 3), {"passives"})
        self.assertEqual(rules_of(passive * 2 + "The server reads the file. " + passive), set())


class Sentences(unittest.TestCase):
    def test_code_and_links_are_words(self):
        text = "The file `a. B c` is [the manual](x.md), see https://example.com/x and **all of** application/vnd.oci.x+json."
        self.assertEqual(list(texts.split(text)), ["The file CODE is the manual, see and all of CODE."])

    def test_a_quotation_is_a_word(self):
        text = "The case quotes <q>Whoever `reads` it. Not everyone does.</q> of the specification."
        self.assertEqual(list(texts.split(text)), ["The case quotes QUOTATION of the specification."])

    def test_sentences_end_at_full_stops_but_not_at_abbreviations(self):
        self.assertEqual(list(texts.split("One of them. Two, e.g. These three.")), ["One of them.", "Two, e․g․ These three."])

    def test_markdown_has_kinds_and_no_code(self):
        text = (
            "# Some heading here\n\nA paragraph of\ntwo lines.\n\n    indented code is left out\n\n```sh\nfenced code is left out\n```\n\n"
            "- an item of a list\n  that continues here\n- another item of it\n\n"
            "| the header row here | and its second |\n|---|---|\n| a cell of it | the second cell here |\n\n> a quoted paragraph is read\n"
        )
        self.assertEqual(
            read(texts.markdown, text),
            [
                ("heading", "Some heading here"),
                ("manual", "A paragraph of two lines."),
                ("item", "an item of a list that continues here"),
                ("item", "another item of it"),
                ("heading", "the header row here"),
                ("heading", "and its second"),
                ("cell", "a cell of it"),
                ("cell", "the second cell here"),
                ("manual", "a quoted paragraph is read"),
            ],
        )

    def test_markdown_has_lines(self):
        self.assertEqual(list(texts.markdown("one\n\ntwo\nthree\n")), [(1, "manual", "one"), (3, "manual", "two three")])

    def test_rust_has_comments_and_strings(self):
        text = (
            "//! A module with documentation.\n"
            "/// Returns the name of it.\n"
            "fn name() { let x = 'a'; let y = \"two words\"; // a comment after code\n"
            '    bail!(format!("the file {path:?} has \\"{count}\\" \\\n        parts"));\n'
            '    r#"a raw "string" of text"#;\n}\n'
        )
        self.assertEqual(
            read(texts.rust, text),
            [
                ("comment", "A module with documentation."),
                ("comment", "Returns the name of it."),
                ("comment", "a comment after code"),
                ("message", 'the file CODE has "CODE" parts'),
                ("message", 'a raw "string" of text'),
            ],
        )

    def test_examples_of_help_are_command_lines(self):
        self.assertEqual(read(texts.rust, '#[command(after_help = "Examples:\\n  witgen compose a.wasm b.wasm -o c.wasm")]\n'), [])
        self.assertEqual(read(texts.template, "Examples:\n  witgen compose a.wasm b.wasm -o c.wasm\n"), [])

    def test_rust_has_no_unit_tests(self):
        text = "/// Returns the name.\nfn f() {}\n\n#[cfg(test)]\nmod tests {\n    // A comment of a test.\n}\n"
        self.assertEqual(read(texts.rust, text), [("comment", "Returns the name.")])

    def test_templates_have_prose_and_comments_without_tags(self):
        text = "{# for the author #}\n// The proxy {{ name }} of the chain.\nlet x = {{ value }};\n{% if a %}\nThe page of a world.\n{% endif %}\n"
        self.assertEqual(
            read(texts.template, text), [("message", "The proxy CODE of the chain."), ("message", "The page of a world.")]
        )

    def test_templates_have_no_attributes_and_no_fenced_code(self):
        text = '/// Returns the host.\n///\n/// ```\n/// let a = four words in code;\n/// ```\n#[must_use = "only a future has this host"]\n'
        self.assertEqual(read(texts.template, text), [("message", "Returns the host.")])

    def test_templates_of_markdown_have_messages_without_tags(self):
        text = "# The world {{ name }}\n\n{%- if a\n    || b %}\nIt includes {{ other }}{% if c %}, renamed{% endif %}.\n{%- endif %}\n"
        found = [(line, kind, it) for line, kind, part in texts.markdown_template(text) for it in texts.split(part)]
        self.assertEqual(found, [(1, "heading", "The world CODE"), (5, "message", "It includes CODE, renamed.")])

    def test_documentation_of_wit_has_sentences(self):
        wit = "/// Whoever drops `a.b`\n/// discards it.\n///\n/// - Not everyone does.\ninterface x {\n  /// Asks the host.\n  // No documentation here.\n}\n"
        self.assertEqual(
            list(texts.documented(wit)), ["Whoever drops CODE discards it.", "Not everyone does.", "Asks the host."]
        )


class Baseline(unittest.TestCase):
    def compare(self, count, baseline):
        found = [
            check.Finding(texts.Sentence("a.md", 3, "manual", "Nobody reads it."), "nobody", "name the actor") for _ in range(count)
        ]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            more, fewer = check.compare(found, check.count(found), baseline)
        return more, fewer, printed.getvalue()

    def test_a_count_that_rises_fails_and_lists_the_findings(self):
        more, fewer, printed = self.compare(2, {"a.md": {"nobody": 1}})
        self.assertEqual((more, fewer), ([("a.md", "nobody")], []))
        self.assertIn("a.md: nobody: 2 findings, 1 in the baseline", printed)
        self.assertIn("a.md:3: nobody: Nobody reads it.\n    write: name the actor", printed)

    def test_a_count_that_falls_requires_an_update(self):
        more, fewer, printed = self.compare(1, {"a.md": {"nobody": 2}, "b.md": {"say": 1}})
        self.assertEqual((more, fewer), ([], [("a.md", "nobody"), ("b.md", "say")]))
        self.assertIn("improved in a.md, b.md. Run `scripts/prose/check.py --update`", printed)

    def test_equal_counts_pass(self):
        self.assertEqual(self.compare(1, {"a.md": {"nobody": 1}}), ([], [], ""))

    def test_no_update_raises_a_count(self):
        self.assertEqual(check.risen({"a.md": {"nobody": 2, "say": 1}}, {"a.md": {"nobody": 1, "say": 1}}), {"a.md": ["nobody"]})
        self.assertEqual(check.risen({"a.md": {"nobody": 1}}, {"a.md": {"nobody": 1}}), {})


class Links(unittest.TestCase):
    def test_links_that_lead_nowhere_are_found(self):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "a.md").write_text("# One `x` and two\n\n## One\n\n## One\n\n```sh\n# code\n```\n")
            (root / "b.md").write_text(
                "[a](a.md) [b](a.md#one-x-and-two) [`c[]`](a.md#one-1) [d](#e) [f](none.md)\n[g](a.md#code) `[h](none.md)`\n"
                "[i](https://example.com/none)\n\n```\n[j](none.md)\n```\n"
            )
            self.assertEqual(
                list(links.faults(root, ["b.md"])),
                ["b.md:1: #e: no such heading", "b.md:1: none.md: no such file", "b.md:2: a.md#code: no such heading"],
            )

    def test_cited_rfcs_are_links_to_their_sections(self):
        text = (
            "See [RFC 9110,\nsection 7.6.1], `RFC 1` and RFC 9112.\n\n[RFC 9110], [RFC 9113].\n\n"
            "[RFC 9110, section 7.6.1]: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1\n"
            "[RFC 9110]: https://www.rfc-editor.org/rfc/rfc9112\n"
            "[RFC 9113]: https://www.rfc-editor.org/rfc/rfc9113\n"
        )
        found = [it.split(": ")[:2] for it in links.citation_faults("a.md", text)]
        self.assertEqual(found, [["a.md:2", "RFC 9112 is no link"], ["a.md:4", "RFC 9110 leads elsewhere"]])


if __name__ == "__main__":
    unittest.main()
