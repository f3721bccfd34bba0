//! The kinds of tokens and nodes.

/// The kind of a token or a node.
///
/// Tokens are those of the [WIT specification]; keywords are all [`SyntaxKind::Word`], because most of them are names in
/// other places.
///
/// [WIT specification]: https://github.com/WebAssembly/component-model/blob/main/design/mvp/WIT.md
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
#[allow(missing_docs, reason = "each is named after what it is")]
pub enum SyntaxKind {
    // Tokens without meaning for the parser.
    Whitespace,
    /// `//` to the end of the line, without it, or `/*` to `*/`.
    Comment,

    // Tokens.
    /// A keyword, or a name without `%`.
    Word,
    /// `%name`
    EscapedWord,
    Integer,
    String,
    Arrow,
    At,
    Colon,
    Comma,
    Equals,
    Greater,
    LeftBrace,
    LeftParen,
    Less,
    Minus,
    Period,
    Plus,
    RightBrace,
    RightParen,
    Semicolon,
    Slash,
    Star,
    /// A character, or the beginning of a comment or a string, that is no token.
    Unknown,

    // Nodes.
    /// A file.
    File,
    /// `package a:b@1.0.0;`
    PackageLine,
    /// `package a:b { … }`
    NestedPackage,
    Interface,
    World,
    /// `use a:b/c as d;` outside of interfaces and worlds.
    TopLevelUse,
    /// `{ … }` with items.
    Body,
    /// `use a.{b, c as d};`
    Use,
    /// `{b, c as d}` of a `use` or an `include`.
    UseList,
    /// `b as c` in such a list.
    UseName,
    Include,
    Import,
    Export,
    TypeAlias,
    Record,
    Variant,
    Enum,
    Flags,
    Resource,
    /// `{ … }` of a record, variant, enum or flags.
    MemberList,
    Field,
    /// A case of a variant or an enum, or a flag.
    Case,
    /// A named function, in an interface or a resource.
    NamedFunction,
    Constructor,
    /// `async func(a: b) -> c`, `get() -> c`
    Function,
    ParamList,
    Param,
    /// `-> type`
    Returns,
    /// `list<u8>`, `u8`, `name`
    Type,
    /// `<…>` of a type.
    TypeArguments,
    /// `@since(version = 1.0.0)`
    Gate,
    /// `a:b`, with a version.
    PackageName,
    /// `a:b/c@1.0.0`, `c`
    Path,
    Version,
    /// A name that is defined or referred to.
    Name,
    /// Tokens where they can't be.
    Error,
}

/// All kinds, by their numbers.
const KINDS: [SyntaxKind; 60] = {
    use SyntaxKind::*;
    [
        Whitespace,
        Comment,
        Word,
        EscapedWord,
        Integer,
        String,
        Arrow,
        At,
        Colon,
        Comma,
        Equals,
        Greater,
        LeftBrace,
        LeftParen,
        Less,
        Minus,
        Period,
        Plus,
        RightBrace,
        RightParen,
        Semicolon,
        Slash,
        Star,
        Unknown,
        File,
        PackageLine,
        NestedPackage,
        Interface,
        World,
        TopLevelUse,
        Body,
        Use,
        UseList,
        UseName,
        Include,
        Import,
        Export,
        TypeAlias,
        Record,
        Variant,
        Enum,
        Flags,
        Resource,
        MemberList,
        Field,
        Case,
        NamedFunction,
        Constructor,
        Function,
        ParamList,
        Param,
        Returns,
        Type,
        TypeArguments,
        Gate,
        PackageName,
        Path,
        Version,
        Name,
        Error,
    ]
};

impl SyntaxKind {
    /// Whether the parser skips tokens of this kind.
    pub fn is_trivia(self) -> bool {
        matches!(self, SyntaxKind::Whitespace | SyntaxKind::Comment)
    }

    /// Returns what messages call a token of this kind; a [`SyntaxKind::Word`] is named by its text.
    pub(crate) fn description(self) -> &'static str {
        match self {
            SyntaxKind::Word | SyntaxKind::EscapedWord => "a name",
            SyntaxKind::Integer => "an integer",
            SyntaxKind::String => "a string",
            SyntaxKind::Arrow => "`->`",
            SyntaxKind::At => "`@`",
            SyntaxKind::Colon => "`:`",
            SyntaxKind::Comma => "`,`",
            SyntaxKind::Equals => "`=`",
            SyntaxKind::Greater => "`>`",
            SyntaxKind::LeftBrace => "`{`",
            SyntaxKind::LeftParen => "`(`",
            SyntaxKind::Less => "`<`",
            SyntaxKind::Minus => "`-`",
            SyntaxKind::Period => "`.`",
            SyntaxKind::Plus => "`+`",
            SyntaxKind::RightBrace => "`}`",
            SyntaxKind::RightParen => "`)`",
            SyntaxKind::Semicolon => "`;`",
            SyntaxKind::Slash => "`/`",
            SyntaxKind::Star => "`*`",
            _ => "something else",
        }
    }
}

/// WIT as a language of `rowan`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wit {}

impl rowan::Language for Wit {
    type Kind = SyntaxKind;

    fn kind_from_raw(raw: rowan::SyntaxKind) -> SyntaxKind {
        KINDS[usize::from(raw.0)]
    }

    fn kind_to_raw(kind: SyntaxKind) -> rowan::SyntaxKind {
        rowan::SyntaxKind(kind as u16)
    }
}

/// A node of a syntax tree.
pub type SyntaxNode = rowan::SyntaxNode<Wit>;
/// A token of a syntax tree.
pub type SyntaxToken = rowan::SyntaxToken<Wit>;
/// A node or a token.
pub type SyntaxElement = rowan::SyntaxElement<Wit>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_listed_by_their_numbers() {
        for (number, kind) in KINDS.into_iter().enumerate() {
            assert_eq!(kind as usize, number);
        }
        assert_eq!(KINDS.last(), Some(&SyntaxKind::Error));
    }
}
