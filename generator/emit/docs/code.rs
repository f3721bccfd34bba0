//! WIT in which every type name is a link.
//!
//! Markdown has no links in code, so code is shown in HTML's elements, with `<`, `>` and `&` escaped.

use std::fmt;

use askama::Template;

use super::site::Site;
use crate::model::display::{WriteWit, write_item, write_type, write_type_def};
use crate::model::function::by_resource;
use crate::model::keyword::escaped;
use crate::model::{Function, Interface, Type, TypeDef, TypeKind, TypeName};

/// The longest signature that stands on one line, in characters: what a page is wide.
const MAX_LINE: usize = 84;

/// WIT as HTML.
#[derive(Default)]
pub(super) struct Code {
    html: String,
    /// How many characters a reader sees.
    width: usize,
}

/// A name with its link.
#[derive(Template)]
#[template(path = "docs/code_link.md", escape = "none")]
struct Named<'a> {
    href: &'a str,
    name: &'a str,
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
        write_type(ty, &mut self).expect("a string takes everything");
        self.code
    }

    pub fn type_def(mut self, def: &TypeDef) -> Code {
        write_type_def(def, &mut self).expect("a string takes everything");
        self.code
    }

    /// Adds a field, a case or a flag, in the form of its type.
    pub fn member(mut self, name: &str, before: &str, ty: Option<&Type>, behind: &str) -> Code {
        self.code.push(&escaped(name));
        if let Some(ty) = ty {
            self.code.push(before);
            write_type(ty, &mut self).expect("a string takes everything");
            self.code.push(behind);
        }
        self.code
    }

    /// A function, each parameter on a line of its own if one line would be too long.
    pub fn function(mut self, function: &Function) -> Code {
        write_item(function, false, &mut self).expect("a string takes everything");
        if self.code.width > MAX_LINE && function.params.len() > 1 {
            self.code = Code::default();
            write_item(function, true, &mut self).expect("a string takes everything");
        }
        self.code
    }
}

/// The items of a world.
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
            Some(href) => self.code.push_name(&escaped(shown), &href),
            None => self.code.push(&escaped(shown)),
        }
        self.code.push(";");
        self.code
    }

    /// `import log: func(line: string);`
    pub fn world_function(mut self, word: &str, function: &Function) -> Code {
        self.code.push(word);
        self.code.push(" ");
        write_item(function, false, &mut self).expect("a string takes everything");
        self.code.push(";");
        self.code
    }

    /// A type with the functions that belong to it; `owner` is the interface that it is taken from, as it
    /// is written.
    pub fn whole_type(mut self, def: &TypeDef, owner: &str, functions: &[&Function]) -> Code {
        if let TypeKind::Use(used) = &def.kind {
            self.code.push(&format!("use {owner}.{{"));
            self.write_name(used).expect("a string takes everything");
            if used.name != def.name {
                self.code.push(&format!(" as {}", escaped(&def.name)));
            }
            self.code.push("};");
            return self.code;
        }
        write_type_def(def, &mut self).expect("a string takes everything");
        match def.kind {
            TypeKind::Resource => {
                self.code.push(" {");
                for function in functions {
                    self.code.push("\n  ");
                    write_item(function, false, &mut self).expect("a string takes everything");
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
        self.code.push(&format!("{word} {}: interface {{", escaped(name)));
        let (site, page) = (self.site, self.page);
        let of_resources = by_resource(&interface.functions);
        for def in &interface.types {
            let owner = match &def.kind {
                TypeKind::Use(used) => site.written(&interface.id, &used.owner),
                _ => String::new(),
            };
            let own = of_resources.get(def.name.as_str()).map_or(&[][..], Vec::as_slice);
            let code = Writer::new(site, page).whole_type(def, &owner, own);
            self.code.line(code);
        }
        for function in interface.functions.iter().filter(|f| f.resource().is_none()) {
            let mut writer = Writer::new(site, page);
            write_item(function, false, &mut writer).expect("a string takes everything");
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
        self.html.push_str(&code.indented(2).html);
    }

    /// Puts spaces before every line but the first.
    pub fn indented(mut self, spaces: usize) -> Self {
        if self.html.contains('\n') {
            self.html = self.html.replace('\n', &format!("\n{:spaces$}", ""));
        }
        self
    }

    /// Adds text as it is.
    fn push(&mut self, text: &str) {
        self.width += text.chars().count();
        let mut rest = text;
        while let Some(at) = rest.find(['<', '>', '&']) {
            self.html.push_str(&rest[..at]);
            self.html.push_str(match rest.as_bytes()[at] {
                b'<' => "&lt;",
                b'>' => "&gt;",
                _ => "&amp;",
            });
            rest = &rest[at + 1..];
        }
        self.html.push_str(rest);
    }

    /// Adds a name that is a link.
    fn push_name(&mut self, name: &str, href: &str) {
        self.width += name.len();
        let named = Named { href, name };
        named.render_into(&mut self.html).expect("a string takes everything");
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.html)
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
            Some(href) => self.code.push_name(&escaped(&name.name), &href),
            None => self.code.push(&escaped(&name.name)),
        }
        Ok(())
    }
}
