//! Python, with componentize-py.

use askama::Template;

use super::language::{Language, New};
use crate::template::text;

pub(super) const PYTHON: Language = Language {
    name: "python",
    files,
    has_plain_imports: false,
};

/// The version that the templates were tried with.
const COMPONENTIZE_PY: &str = "0.25.0";

fn files(new: &New<'_>) -> Vec<(&'static str, String)> {
    vec![
        ("app.py", text(&Code { new })),
        (
            "README.md",
            text(&Readme {
                new,
                componentize_py: COMPONENTIZE_PY,
            }),
        ),
        (".gitignore", text(&Ignored { new })),
    ]
}

#[derive(Template)]
#[template(path = "new/python/app.py", escape = "none")]
struct Code<'a> {
    new: &'a New<'a>,
}

#[derive(Template)]
#[template(path = "new/python/README.md", escape = "none")]
struct Readme<'a> {
    new: &'a New<'a>,
    componentize_py: &'a str,
}

#[derive(Template)]
#[template(path = "new/python/gitignore", escape = "none", ext = "txt")]
struct Ignored<'a> {
    new: &'a New<'a>,
}
