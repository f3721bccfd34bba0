//! Commands that users paste into a shell.

use std::borrow::Cow;

/// Returns a command of these words, for a shell of POSIX.
pub(crate) fn line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(word).collect::<Vec<_>>().join(" ")
}

fn word(text: &str) -> Cow<'_, str> {
    // An equals sign has a meaning in words that begin with a name alone.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-./:@_=".contains(&byte);
    if text.starts_with('-') && text.bytes().all(is_plain) {
        return Cow::from(text);
    }
    let quoter = shlex::Quoter::new().allow_nul(true);
    quoter.quote(text).expect("all texts can be quoted")
}

/// Returns what creates a Secret of files, by their keys.
pub(super) fn create_secret<'a>(
    secret: &str,
    files: impl IntoIterator<Item = (&'a str, String)>,
) -> Vec<String> {
    let files: Vec<_> = files.into_iter().collect();
    let arguments: Vec<String> = files.iter().map(|(key, path)| from_file(key, path)).collect();
    let command = ["kubectl", "create", "secret", "generic", secret];
    let command = line(command.into_iter().chain(arguments.iter().map(String::as_str)));
    let mut notes = vec![format!("create the secret: {command}")];
    for (_, path) in files.iter().filter(|(_, path)| path.contains('=')) {
        notes.push(format!(
            "kubectl accepts no `=` in paths: copy `{path}` to another one before"
        ));
    }
    notes
}

/// Returns the argument by which kubectl reads a key of a Secret from a file.
fn from_file(key: &str, path: &str) -> String {
    let source = format!("{key}={path}");
    // kubectl reads a line of comma-separated values (RFC 4180).
    let field = match source.contains([',', '"', '\r', '\n']) {
        true => Cow::from(format!("\"{}\"", source.replace('"', "\"\""))),
        false => Cow::from(source),
    };
    format!("--from-file={field}")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::{from_file, line};

    #[test]
    fn words_are_one_word_each_to_a_shell() {
        let words = [
            "kubectl",
            "--cert=my certs/a'b.pem",
            "$(reboot)",
            "a\nb",
            "",
        ];
        assert_eq!(shlex::split(&line(words)).unwrap(), words);
        assert_eq!(
            line(["deploy/web.wasm", "acme:web@1.0.0"]),
            "deploy/web.wasm acme:web@1.0.0"
        );
    }

    #[test]
    fn a_comma_in_a_path_separates_no_files() {
        assert_eq!(
            from_file("gate.TOKEN", "token"),
            "--from-file=gate.TOKEN=token"
        );
        assert_eq!(
            from_file("gate.TOKEN", "a,\"b"),
            "--from-file=\"gate.TOKEN=a,\"\"b\""
        );
    }
}
