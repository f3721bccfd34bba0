//! New projects in languages other than Rust: what their author edits, and the WIT that the language's own tool reads.

use askama::Template;

use super::scaffold::{Scaffold, no_template};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::fileset::FileSet;
use crate::source::{embedded_files, embedded_version};
use crate::template::text;

/// A language other than Rust that has templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Python, with componentize-py.
    Python,
    /// JavaScript, with jco and componentize-qjs.
    JavaScript,
}

impl Language {
    /// Every language.
    pub const ALL: [Language; 2] = [Language::Python, Language::JavaScript];

    /// Returns its name: `python`.
    pub fn name(self) -> &'static str {
        match self {
            Language::Python => "python",
            Language::JavaScript => "javascript",
        }
    }
}

/// The versions of the tools that the templates were tried with.
const COMPONENTIZE_PY: &str = "0.25.0";
const JCO: &str = "1.35.0";
const COMPONENTIZE_QJS: &str = "0.4.5";

/// A project of this name for a component of this world: `proxy` or `service`.
///
/// # Errors
///
/// Another world, and a name that isn't one of a package.
pub fn render(world: &str, name: &str, language: Language) -> Result<Scaffold> {
    let is_proxy = match world {
        "proxy" => true,
        "service" => false,
        "middleware" => return Err(no_middleware(language).into()),
        other => return Err(no_template(other).into()),
    };
    super::scaffold::check(world, name)?;
    let version = embedded_version();
    let constant = version.replace(['.', '-'], "_");
    let (tool_version, engine_version) = match language {
        Language::Python => (COMPONENTIZE_PY, ""),
        Language::JavaScript => (JCO, COMPONENTIZE_QJS),
    };
    let new = New {
        name,
        world,
        is_proxy,
        version,
        constant: &constant,
        tool_version,
        engine_version,
    };
    let mut files = FileSet::new();
    match language {
        Language::Python => {
            files.insert("app.py", text(&PythonCode { new: &new }));
            files.insert("README.md", text(&PythonReadme { new: &new }));
            files.insert(".gitignore", text(&PythonIgnored { new: &new }));
        }
        Language::JavaScript => {
            files.insert("app.js", text(&JavaScriptCode { new: &new }));
            files.insert("README.md", text(&JavaScriptReadme { new: &new }));
            files.insert("package.json", text(&JavaScriptPackage { new: &new }));
            files.insert(".gitignore", text(&JavaScriptIgnored { new: &new }));
        }
    }
    for (path, wit) in embedded_files() {
        let is_plain = language == Language::JavaScript && !path.ends_with("/handler.wit");
        let wit = if is_plain {
            wit.replace("async func", "func")
        } else {
            wit.to_owned()
        };
        files.insert(path, wit);
    }
    Ok(Scaffold::without_glue(files))
}

fn no_middleware(language: Language) -> Diagnostic {
    let name = language.name();
    let message = format!("`witgen new` has no template for a middleware in {name}");
    Diagnostic::error(codes::NO_TEMPLATE, message)
        .at(Place::argument("middleware"))
        .help("make a proxy: `witgen compose --as middleware` names its next hop as a middleware does")
}

/// What the templates show.
struct New<'a> {
    name: &'a str,
    world: &'a str,
    is_proxy: bool,
    /// The version of `wasi:http`, and its form in the names of constants.
    version: &'a str,
    constant: &'a str,
    tool_version: &'a str,
    engine_version: &'a str,
}

#[derive(Template)]
#[template(path = "new/python/app.py", escape = "none")]
struct PythonCode<'a> {
    new: &'a New<'a>,
}

#[derive(Template)]
#[template(path = "new/python/README.md", escape = "none")]
struct PythonReadme<'a> {
    new: &'a New<'a>,
}

#[derive(Template)]
#[template(path = "new/python/gitignore", escape = "none", ext = "txt")]
struct PythonIgnored<'a> {
    new: &'a New<'a>,
}

#[derive(Template)]
#[template(path = "new/javascript/app.js", escape = "none")]
struct JavaScriptCode<'a> {
    new: &'a New<'a>,
}

#[derive(Template)]
#[template(path = "new/javascript/README.md", escape = "none")]
struct JavaScriptReadme<'a> {
    new: &'a New<'a>,
}

#[derive(Template)]
#[template(path = "new/javascript/package.json", escape = "none")]
struct JavaScriptPackage<'a> {
    new: &'a New<'a>,
}

#[derive(Template)]
#[template(path = "new/javascript/gitignore", escape = "none", ext = "txt")]
struct JavaScriptIgnored<'a> {
    new: &'a New<'a>,
}
