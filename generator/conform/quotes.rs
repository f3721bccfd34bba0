//! The sentences of `wit/*.wit`: what a case quotes has to be there, and what no case quotes is listed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::names::nearest;
use crate::source::embedded_files;

/// Why a quotation isn't found.
pub enum Missing {
    /// No such item is documented.
    Item {
        /// An item with a similar name.
        similar: Option<String>,
    },
    /// The item's documentation doesn't contain the sentence.
    Sentence,
}

/// A sentence that demands something.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Duty {
    /// The item whose documentation has it: `types.fields.append`.
    pub item: String,
    /// The sentence, on one line.
    pub sentence: String,
}

/// The documentation of each item, on one line per paragraph.
static ITEMS: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    let files = embedded_files().filter(|(path, _)| !path.contains("/deps/"));
    files.flat_map(|(path, text)| documented_items(path, text)).collect()
});

/// Checks that an item's documentation contains a sentence.
pub fn find(item: &str, quote: &str) -> Result<(), Missing> {
    let Some(paragraphs) = ITEMS.get(item) else {
        let similar = nearest(item, ITEMS.keys().map(String::as_str)).map(str::to_owned);
        return Err(Missing::Item { similar });
    };
    let quote = on_one_line(quote);
    let is_there = paragraphs.iter().any(|paragraph| paragraph.contains(&quote));
    if quote.is_empty() || !is_there {
        return Err(Missing::Sentence);
    }
    Ok(())
}

/// Returns a text with single spaces for all whitespace.
pub fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns all sentences that demand something of hosts or components.
pub fn duties() -> impl Iterator<Item = Duty> {
    ITEMS.iter().flat_map(|(item, paragraphs)| {
        let sentences = paragraphs.iter().flat_map(|paragraph| sentences(paragraph));
        sentences.map(|sentence| Duty {
            item: item.clone(),
            sentence: sentence.to_owned(),
        })
    })
}

/// Splits a paragraph at the ends of sentences: a full stop, a space and a capital letter or a quoted name.
fn sentences(paragraph: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for (at, _) in paragraph.match_indices(['.', ':', ';']) {
        let (rest, end) = (&paragraph[at + 1..], at + 1);
        let next = rest.strip_prefix(' ').and_then(|rest| rest.chars().next());
        let is_end = paragraph[at..].starts_with('.')
            && next.is_some_and(|char| char.is_uppercase() || char == '`' || char == '*');
        if is_end {
            sentences.push(paragraph[start..end].trim());
            start = end;
        }
    }
    sentences.push(paragraph[start..].trim());
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

/// Returns the documented items of a file, with their paragraphs.
fn documented_items(path: &str, text: &str) -> Vec<(String, Vec<String>)> {
    let file = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".wit");
    let mut items = Vec::new();
    // The names of what is open, with the number of braces before each.
    let mut open: Vec<String> = Vec::new();
    let mut docs: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(doc) = line.strip_prefix("///") {
            docs.push(doc.trim());
            continue;
        }
        if line.starts_with('@') || line.is_empty() {
            continue;
        }
        let name = name_of(line);
        if !docs.is_empty() {
            let name = match &name {
                // The package's documentation.
                None => file.to_owned(),
                Some(name) => open.iter().chain([name]).cloned().collect::<Vec<_>>().join("."),
            };
            items.push((name, paragraphs(&std::mem::take(&mut docs))));
        }
        if line.ends_with('{') {
            open.push(name.unwrap_or_default());
        } else if line.starts_with('}') {
            open.pop();
        }
    }
    items
}

/// Returns the name that a line declares: `append: func(`, `resource fields {`, `get,`.
fn name_of(line: &str) -> Option<String> {
    let words = ["interface ", "world ", "resource ", "record ", "variant "];
    let words = words.into_iter().chain(["type ", "import ", "export ", "enum ", "flags "]);
    let after = words.fold(line, |line, word| line.strip_prefix(word).unwrap_or(line));
    let is_part = |char: char| char.is_ascii_alphanumeric() || char == '-';
    let end = after.find(|char| !is_part(char)).unwrap_or(after.len());
    let name = &after[..end];
    (!name.is_empty() && name != "package").then(|| name.to_owned())
}

/// Joins the lines of each paragraph and of each item of a list.
fn paragraphs(lines: &[&str]) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in lines {
        let text = line.strip_prefix("- ").unwrap_or(line);
        if text.is_empty() || text.len() < line.len() {
            paragraphs.push(String::new());
        }
        if let Some(last) = paragraphs.last_mut() {
            *last = on_one_line(&format!("{last} {text}"));
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_found_at_their_items_whatever_the_line_breaks() {
        let sentence = "Adds a field line with `value`\n  after those that `name` already has";
        assert!(find("types.fields.append", sentence).is_ok());
        assert!(matches!(
            find("types.fields.append", "Adds a field line in front"),
            Err(Missing::Sentence)
        ));
        assert!(matches!(
            find("types.fields.apend", "Adds"),
            Err(Missing::Item { similar: Some(name) }) if name == "types.fields.append"
        ));
    }

    #[test]
    fn interfaces_worlds_cases_and_the_package_have_documentation() {
        for item in [
            "handler",
            "worlds",
            "proxy",
            "types.header-error.immutable",
            "proxy.origin",
        ] {
            assert!(ITEMS.contains_key(item), "{item}: {:?}", ITEMS.keys());
        }
    }

    #[test]
    fn a_paragraph_is_split_at_the_ends_of_sentences() {
        assert_eq!(
            sentences("One (RFC 9110, 5.1). `Two` is 0.3.1 or so. and on: Three"),
            [
                "One (RFC 9110, 5.1).",
                "`Two` is 0.3.1 or so. and on: Three"
            ]
        );
    }
}
