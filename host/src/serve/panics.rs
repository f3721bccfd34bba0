//! The panic messages of members, as they write them to stderr.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How the messages of Rust programs begin, after the name of the thread. The first line ends with a colon.
const START: &str = "panicked at ";
/// The line after a message.
const END: &str = "note: ";
/// How much of a message is kept.
const MAX_BYTES: usize = 2 << 10;

/// The last panic message of each member of an instance. Clones share them.
#[derive(Clone, Default)]
pub struct Panics(Arc<Mutex<BTreeMap<Arc<str>, Message>>>);

struct Message {
    text: String,
    /// Whether further lines belong to it.
    is_open: bool,
}

impl Panics {
    fn messages(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Message>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a line that a member wrote, if it is part of a panic message.
    pub fn add_line(&self, member: &Arc<str>, line: &str) {
        let mut messages = self.messages();
        let start = line.find(START).filter(|_| line.ends_with(':'));
        match (start, messages.get_mut(member)) {
            (Some(at), _) => {
                messages.insert(member.clone(), Message::begin(&line[at..]));
            }
            (None, Some(message)) if message.is_open => message.add_line(line),
            _ => {}
        }
    }

    /// Returns the last message of a member: `panicked at src/lib.rs:3:5: reason`.
    pub fn of(&self, member: &str) -> Option<String> {
        self.messages().get(member).map(|message| message.text.clone())
    }
}

impl Message {
    fn begin(line: &str) -> Self {
        let mut message = Message {
            text: String::new(),
            is_open: true,
        };
        message.add_line(line);
        message
    }

    fn add_line(&mut self, line: &str) {
        if line.starts_with(END) {
            self.is_open = false;
            return;
        }
        let separator = if self.text.is_empty() { "" } else { " " };
        for character in separator.chars().chain(line.trim().chars()) {
            if self.text.len() + character.len_utf8() > MAX_BYTES {
                break;
            }
            self.text.push(character);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Option<String> {
        let panics = Panics::default();
        let member: Arc<str> = "member".into();
        text.lines().for_each(|line| panics.add_line(&member, line));
        panics.of("member")
    }

    #[test]
    fn the_last_panic_message_is_kept() {
        let text = "\nthread '<unnamed>' (1) panicked at src/lib.rs:15:24:\nasked for\n  in two lines\nnote: run with\n";
        let expected = "panicked at src/lib.rs:15:24: asked for in two lines";
        assert_eq!(message(text).as_deref(), Some(expected));
        let later =
            format!("{text}more\nthread 'main' panicked at src/b.rs:1:2:\nit panicked at noon\n");
        assert_eq!(
            message(&later).as_deref(),
            Some("panicked at src/b.rs:1:2: it panicked at noon")
        );
        assert_eq!(message("it is fine\n"), None);
        let noise = "it panicked at noon\nthread 'main' panicked at src/c.rs:3:4:\nreason\n";
        let expected = "panicked at src/c.rs:3:4: reason";
        assert_eq!(message(noise).as_deref(), Some(expected));
    }

    #[test]
    fn a_long_message_keeps_its_start() {
        let text = format!(
            "panicked at src/lib.rs:1:2:\n{}",
            "öde Zeile\n".repeat(10_000)
        );
        let message = message(&text).unwrap();
        assert!(message.len() <= MAX_BYTES && message.len() > MAX_BYTES - 10);
        assert!(message.starts_with("panicked at src/lib.rs:1:2: öde Zeile öde"));
    }
}
