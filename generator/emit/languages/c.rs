//! C, with wit-bindgen's bindings and Zig's compiler.

use askama::Template;

use super::language::{Language, New};
use crate::template::text;

pub(super) const C: Language = Language {
    name: "c",
    files,
    has_plain_imports: false,
};

/// The versions that the templates were tried with.
const WIT_BINDGEN: &str = "0.63.0";
const ZIG: &str = "0.16.0";

fn files(new: &New<'_>) -> Vec<(&'static str, String)> {
    let readme = Readme {
        new,
        wit_bindgen: WIT_BINDGEN,
        zig: ZIG,
    };
    vec![
        ("component.c", text(&Code { new })),
        ("build.sh", text(&Build { new })),
        ("README.md", text(&readme)),
        (".gitignore", text(&Ignored { new })),
    ]
}

#[derive(Template)]
#[template(path = "new/c/component.c", escape = "none")]
struct Code<'a> {
    new: &'a New<'a>,
}

#[derive(Template)]
#[template(path = "new/c/build.sh", escape = "none")]
struct Build<'a> {
    new: &'a New<'a>,
}

#[derive(Template)]
#[template(path = "new/c/README.md", escape = "none")]
struct Readme<'a> {
    new: &'a New<'a>,
    wit_bindgen: &'a str,
    zig: &'a str,
}

#[derive(Template)]
#[template(path = "new/c/gitignore", escape = "none", ext = "txt")]
struct Ignored<'a> {
    new: &'a New<'a>,
}
