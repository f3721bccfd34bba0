//! Glue in terms of the crate `http`, for a world that exports `handler` of `wasi:http@0.3`.

use askama::Template;
use witgen_runtime::sources::{HOST, MESSAGE};

use super::analysis::http::HttpWorld;
use crate::emit::runtime;
use crate::template::text;

/// Renders the glue's files. `shared_runtime` is the path of the runtime; without it, the glue contains one.
pub(super) fn render(glue: &HttpWorld, shared_runtime: Option<&str>) -> Vec<(String, String)> {
    let front = Front {
        glue,
        shared_runtime,
    };
    let world = [
        ("mod.rs", text(&front)),
        ("component.rs", text(&Component { glue })),
        ("world.rs", text(&World { glue })),
    ];
    let mut files: Vec<_> = world.map(|(path, text)| (path.to_owned(), text)).into();
    if shared_runtime.is_none() {
        let witgen_version = glue.witgen_version;
        let front = text(&RuntimeFront { witgen_version });
        files.push(("runtime/mod.rs".to_owned(), front));
        files.extend(runtime::files([MESSAGE, HOST]));
    }
    files
}

#[derive(Template)]
#[template(path = "host/http/mod.rs", escape = "none")]
struct Front<'a> {
    glue: &'a HttpWorld,
    shared_runtime: Option<&'a str>,
}

impl Front<'_> {
    /// The types of the glue itself, in the order of rustfmt.
    fn own_types(&self) -> String {
        let mut types = ["Builder", &self.glue.type_name];
        types.sort_unstable();
        types.join(", ")
    }

    /// Whether the path of the shared runtime ends in the name that the glue has for it.
    fn is_called_runtime(&self) -> bool {
        let mut path = self.shared_runtime.iter();
        path.any(|path| path.ends_with("::runtime"))
    }
}

#[derive(Template)]
#[template(path = "host/http/component.rs", escape = "none")]
struct Component<'a> {
    glue: &'a HttpWorld,
}

#[derive(Template)]
#[template(path = "host/http/world.rs", escape = "none")]
struct World<'a> {
    glue: &'a HttpWorld,
}

#[derive(Template)]
#[template(path = "host/http/runtime.rs", escape = "none")]
struct RuntimeFront {
    witgen_version: &'static str,
}
