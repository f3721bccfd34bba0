//! JavaScript, with jco and componentize-qjs.

use askama::Template;

use super::language::{Language, New};
use crate::template::text;

pub(super) const JAVASCRIPT: Language = Language {
    name: "javascript",
    files,
    has_plain_imports: true,
};

/// The versions that the templates were tried with.
const JCO: &str = "1.35.0";
const COMPONENTIZE_QJS: &str = "0.4.5";

fn files(new: &New<'_>) -> Vec<(&'static str, String)> {
    let constant = new.version.replace(['.', '-'], "_");
    let code = Code {
        new,
        constant: &constant,
    };
    let package = Package {
        new,
        jco: JCO,
        componentize_qjs: COMPONENTIZE_QJS,
    };
    vec![
        ("app.js", text(&code)),
        ("README.md", text(&Readme { new })),
        ("package.json", text(&package)),
        (".gitignore", text(&Ignored { new })),
    ]
}

#[derive(Template)]
#[template(path = "new/javascript/app.js", escape = "none")]
struct Code<'a> {
    new: &'a New<'a>,
    /// The version of `wasi:http` in the names of constants.
    constant: &'a str,
}

#[derive(Template)]
#[template(path = "new/javascript/README.md", escape = "none")]
struct Readme<'a> {
    new: &'a New<'a>,
}

#[derive(Template)]
#[template(path = "new/javascript/package.json", escape = "none")]
struct Package<'a> {
    new: &'a New<'a>,
    jco: &'a str,
    componentize_qjs: &'a str,
}

#[derive(Template)]
#[template(path = "new/javascript/gitignore", escape = "none", ext = "txt")]
struct Ignored<'a> {
    new: &'a New<'a>,
}
