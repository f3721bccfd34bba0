//! WIT in which every type name is a link.
//!
//! Markdown has no links in code, so code is shown in HTML's elements, with `<`, `>` and `&` escaped.

use std::fmt::{self, Write};

use askama::Template;

use super::site::Site;
use crate::model::display::{WriteWit, write_item, write_type, write_type_def};
use crate::model::keyword::escaped;
use crate::model::{Function, Interface, Type, TypeDef, TypeKind, TypeName};

/// The longest signature that stands on one line, in characters: what a page is wide.
const MAX_LINE: usize = 84;

/// WIT, in pieces.
#[derive(Default, Template)]
#[template(path = "docs/code.md", escape = "none")]
pub(super) struct Code {
    tokens: Vec<Token>,
}

/// A piece of WIT: text, or a name with the link that it has.
struct Token {
    /// Escaped for HTML.
    text: String,
    /// Nothing for text.
    href: String,
}

/// Writes WIT for a page.
pub(super) struct Writer<'s, 'a> {
    site: &'s Site<'a>,
    page: usize,
    code: Code,
}

impl<'s, 'a> Writer<'s, 'a> {
    pub fn new(site: &'s Site<'a>, page: usize) -> Self {
        let code = Code::default();
        Writer { site, page, code }
    }

    pub fn ty(mut self, ty: &Type) -> Code {
        write_type(ty, &mut self).expect("tokens take everything");
        self.code
    }

    pub fn type_def(mut self, def: &TypeDef) -> Code {
        write_type_def(def, &mut self).expect("tokens take everything");
        self.code
    }

    /// A field, a case or a flag, as it stands in its type.
    pub fn member(mut self, name: &str, before: &str, ty: Option<&Type>, behind: &str) -> Code {
        self.code.push(&escaped(name));
        if let Some(ty) = ty {
            self.code.push(before);
            write_type(ty, &mut self).expect("tokens take everything");
            self.code.push(behind);
        }
        self.code
    }

    /// A function, each parameter on a line of its own if one line would be too long.
    pub fn function(mut self, function: &Function) -> Code {
        let is_long = function.params.len() > 1 && function.to_string().chars().count() > MAX_LINE;
        write_item(function, is_long, &mut self).expect("tokens take everything");
        self.code
    }
}

/// What a world holds.
impl Writer<'_, '_> {
    /// `import second: types;`, where `shown` is the interface's name as it is written.
    pub fn interface(mut self, word: &str, name: Option<&str>, id: &str, shown: &str) -> Code {
        self.code.push(word);
        self.code.push(" ");
        if let Some(name) = name {
            self.code.push(&escaped(name));
            self.code.push(": ");
        }
        match self.site.href(self.page, id, "") {
            Some(href) => {
                let text = escape(&escaped(shown));
                self.code.tokens.push(Token { text, href });
            }
            None => self.code.push(&escaped(shown)),
        }
        self.code.push(";");
        self.code
    }

    /// `import log: func(line: string);`
    pub fn world_function(mut self, word: &str, function: &Function) -> Code {
        self.code.push(word);
        self.code.push(" ");
        write_item(function, false, &mut self).expect("tokens take everything");
        self.code.push(";");
        self.code
    }

    /// A type with the functions among `functions` that belong to it; `owner` is the interface that
    /// it is taken from, as it is written.
    pub fn whole_type<'f>(
        mut self,
        def: &TypeDef,
        owner: &str,
        functions: impl Iterator<Item = &'f Function>,
    ) -> Code {
        if let TypeKind::Use(used) = &def.kind {
            self.code.push(&format!("use {owner}.{{"));
            self.write_name(used).expect("tokens take everything");
            if used.name != def.name {
                self.code.push(&format!(" as {}", escaped(&def.name)));
            }
            self.code.push("};");
            return self.code;
        }
        write_type_def(def, &mut self).expect("tokens take everything");
        match def.kind {
            TypeKind::Resource => {
                let own = functions.filter(|f| f.resource().is_some_and(|r| r.name == def.name));
                self.code.push(" {");
                for function in own {
                    self.code.push("\n  ");
                    write_item(function, false, &mut self).expect("tokens take everything");
                    self.code.push(";");
                }
                self.code.push("\n}");
            }
            TypeKind::Alias(_) => self.code.push(";"),
            _ => {}
        }
        self.code
    }

    /// `export inner: interface { … }`
    pub fn inline(mut self, word: &str, name: &str, interface: &Interface) -> Code {
        self.code
            .push(&format!("{word} {}: interface {{", escaped(name)));
        let (site, page) = (self.site, self.page);
        for def in &interface.types {
            let owner = match &def.kind {
                TypeKind::Use(used) => site.written(&interface.id, &used.owner),
                _ => String::new(),
            };
            let of = interface.functions.iter();
            let code = Writer::new(site, page).whole_type(def, &owner, of);
            self.code.line(code);
        }
        for function in interface
            .functions
            .iter()
            .filter(|f| f.resource().is_none())
        {
            let mut writer = Writer::new(site, page);
            write_item(function, false, &mut writer).expect("tokens take everything");
            writer.code.push(";");
            self.code.line(writer.code);
        }
        self.code.push("\n}");
        self.code
    }
}

impl Code {
    /// Adds a line, or several, that stand further in.
    fn line(&mut self, code: Code) {
        self.push("\n  ");
        self.tokens.extend(code.indented(2).tokens);
    }

    /// Puts spaces before every line but the first.
    pub fn indented(mut self, spaces: usize) -> Self {
        let line = format!("\n{:spaces$}", "");
        for token in &mut self.tokens {
            token.text = token.text.replace('\n', &line);
        }
        self
    }

    fn push(&mut self, text: &str) {
        match self.tokens.last_mut() {
            Some(last) if last.href.is_empty() => last.text.push_str(&escape(text)),
            _ => self.tokens.push(Token {
                text: escape(text),
                href: String::new(),
            }),
        }
    }
}

impl fmt::Write for Writer<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.code.push(text);
        Ok(())
    }
}

impl WriteWit for Writer<'_, '_> {
    fn write_name(&mut self, name: &TypeName) -> fmt::Result {
        match self.site.href_of_type(self.page, name) {
            Some(href) => {
                let text = escape(&escaped(&name.name));
                self.code.tokens.push(Token { text, href });
                Ok(())
            }
            None => self.write_str(&escaped(&name.name)),
        }
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            other => escaped.push(other),
        }
    }
    escaped
}
