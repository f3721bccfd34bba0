//! Names, paths, versions and gates.

use semver::Version;

use super::Parser;
use super::text::mistake_in_name;
use crate::syntax::kind::SyntaxKind;

impl<'a> Parser<'a> {
    /// Parses a name.
    pub(super) fn name(&mut self) -> bool {
        if !self.nth_is_name(0) {
            self.error("an identifier or string");
            return false;
        }
        let name = self.nth_text(0).trim_start_matches('%');
        if let Some(mistake) = mistake_in_name(name) {
            self.report(mistake);
        }
        self.start(SyntaxKind::Name);
        self.trivia();
        self.bump();
        self.finish();
        true
    }

    /// Parses `a:b@1.0.0`.
    pub(super) fn package_name(&mut self) {
        self.start(SyntaxKind::PackageName);
        if self.name() && self.expect(SyntaxKind::Colon) && self.name() {
            self.optional_version();
        }
        self.finish();
    }

    /// Parses `a:b/c@1.0.0` or `c`.
    pub(super) fn path(&mut self) {
        self.start(SyntaxKind::Path);
        if self.name()
            && self.eat(SyntaxKind::Colon)
            && self.name()
            && self.expect(SyntaxKind::Slash)
            && self.name()
        {
            self.optional_version();
        }
        self.finish();
    }

    fn optional_version(&mut self) {
        if self.eat(SyntaxKind::At) {
            self.version();
        }
    }

    /// Parses a version of SemVer.
    fn version(&mut self) {
        self.start(SyntaxKind::Version);
        self.trivia();
        let start = self.offset;
        let is_whole = self.expect(SyntaxKind::Integer)
            && self.expect(SyntaxKind::Period)
            && self.expect(SyntaxKind::Integer)
            && self.expect(SyntaxKind::Period)
            && self.expect(SyntaxKind::Integer);
        if is_whole {
            let mut end = self.offset;
            for mark in [SyntaxKind::Minus, SyntaxKind::Plus] {
                if self.eat(mark) && self.version_identifiers() {
                    end = self.offset;
                }
            }
            let range = start..end;
            if let Err(error) = Version::parse(&self.text[range.clone()]) {
                self.report_at(error.to_string(), range);
            }
        }
        self.finish();
    }

    /// Parses identifiers of a pre-release or a build, and returns whether there are any. A `.` that none follows belongs to
    /// a `use`.
    fn version_identifiers(&mut self) -> bool {
        let start = self.next;
        loop {
            if self.is_version_part(0) {
                self.bump();
            } else if self.is_at(SyntaxKind::Period) && self.is_version_part(1) {
                self.bump();
                self.bump();
            } else {
                return self.next > start;
            }
        }
    }

    /// Whether a token ahead can be in a pre-release or a build. Keywords can't.
    fn is_version_part(&self, ahead: usize) -> bool {
        match self.nth(ahead) {
            Some(SyntaxKind::Word) => self.nth_is_name(ahead),
            Some(SyntaxKind::Integer | SyntaxKind::Minus) => true,
            _ => false,
        }
    }

    /// Returns the number of gates before the next item.
    pub(super) fn gates_ahead(&self) -> usize {
        let mut at = 0;
        let mut count = 0;
        while self.nth(at) == Some(SyntaxKind::At) {
            at = self.gate_end(at);
            count += 1;
        }
        count
    }

    /// Returns the number of tokens of this many gates.
    pub(super) fn gate_tokens(&self, gates: usize) -> usize {
        (0..gates).fold(0, |at, _| self.gate_end(at))
    }

    /// Returns the word after this many gates.
    pub(super) fn word_after(&self, gates: usize) -> &'a str {
        let at = self.gate_tokens(gates);
        match self.nth(at) {
            Some(SyntaxKind::Word) => self.nth_text(at),
            _ => "",
        }
    }

    /// Returns where the gate that begins at a token ends.
    fn gate_end(&self, at: usize) -> usize {
        let mut end = at + 1;
        if matches!(
            self.nth(end),
            Some(SyntaxKind::Word | SyntaxKind::EscapedWord)
        ) {
            end += 1;
        }
        if self.nth(end) != Some(SyntaxKind::LeftParen) {
            return end;
        }
        while let Some(kind) = self.nth(end) {
            match kind {
                SyntaxKind::RightParen => return end + 1,
                SyntaxKind::LeftBrace | SyntaxKind::RightBrace | SyntaxKind::Semicolon => {
                    return end;
                }
                _ => end += 1,
            }
        }
        end
    }

    /// Parses `@since(version = 1.0.0)` and the other gates.
    pub(super) fn gate(&mut self) {
        let end = self.next + self.gate_end(0);
        self.start(SyntaxKind::Gate);
        self.trivia();
        self.bump();
        let kind = self.nth_text(0).trim_start_matches('%');
        let is_known = match kind {
            "since" | "deprecated" => self.versioned_gate(),
            "unstable" => self.name() && self.argument("feature") && self.name(),
            "external-id" => {
                self.name() && self.expect(SyntaxKind::LeftParen) && self.expect(SyntaxKind::String)
            }
            _ => {
                if self.nth_is_name(0) {
                    self.report(format!("unknown attribute `{kind}`"));
                } else {
                    self.error("an identifier or string");
                }
                false
            }
        };
        if is_known {
            self.expect(SyntaxKind::RightParen);
        }
        while self.next < end {
            self.bump();
        }
        self.finish();
    }

    fn versioned_gate(&mut self) -> bool {
        let is_whole = self.name() && self.argument("version");
        if is_whole {
            self.version();
        }
        is_whole
    }

    /// Parses `(name =`.
    fn argument(&mut self, name: &str) -> bool {
        if !self.expect(SyntaxKind::LeftParen) {
            return false;
        }
        if self.nth_text(0).trim_start_matches('%') != name {
            let found = self.nth_text(0).to_owned();
            self.report(format!("expected `{name}`, found `{found}`"));
            return false;
        }
        self.name() && self.expect(SyntaxKind::Equals)
    }
}
