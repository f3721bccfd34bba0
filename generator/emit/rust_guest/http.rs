//! Glue in terms of the crate `http`, for a world with interfaces of `wasi:http@0.3` in it.

use std::mem;

use askama::Template;
use heck::{ToSnakeCase, ToUpperCamelCase};
use witgen_runtime::sources::MESSAGE;

use super::front::{Header, Reexport};
use crate::emit::http_world::{HOPS, HopKind, interface};

/// Names that mean something else in this front door.
const RESERVED: [&str; 22] = [
    "Body",
    "ErrorCode",
    "Forwarder",
    "Handler",
    "Request",
    "RequestOptions",
    "Response",
    "UnreadRequest",
    "UnreadResponse",
    "body",
    "client",
    "convert",
    "fields",
    "handler",
    "handler_export",
    "incoming",
    "message",
    "options",
    "origin",
    "outgoing",
    "testing",
    "unread",
];

/// What the world's glue consists of. Paths are those inside the bindings.
pub(super) struct HttpGlue {
    /// `wasi::http::types`.
    pub types: String,
    /// `exports::wasi::http::handler`, if the world exports it.
    pub handler: Option<String>,
    /// What the world imports in the shape of `handler`.
    pub hops: Vec<Hop>,
    /// Whether the world exports functions of its own, which the bindings' trait `Guest` is for.
    pub has_own_exports: bool,
    /// Whatever else it exports.
    pub traits: Vec<Reexport>,
    /// Whatever else it imports.
    pub interfaces: Vec<Reexport>,
}

impl HttpGlue {
    /// Sorts what a world exports and imports, if `wasi:http@0.3` is in it, once.
    ///
    /// Without it the result is none, and the lists are as they were, for plain glue.
    pub fn of(
        has_own_exports: bool,
        traits: &mut Vec<Reexport>,
        interfaces: &mut Vec<Reexport>,
    ) -> Option<Self> {
        let is_types = |reexport: &Reexport| interface(&reexport.id) == Some("types");
        let mut types = interfaces.iter().filter(|reexport| is_types(reexport));
        let (Some(found), None) = (types.next(), types.next()) else {
            return None;
        };
        let types = found.path.clone();
        let handler = take(traits, "handler").map(|reexport| reexport.path);
        take(interfaces, "types");
        let hops = HOPS.into_iter().filter_map(|kind| {
            let Reexport { id, path, .. } = take(interfaces, kind.name)?;
            Some(Hop { id, kind, path })
        });
        let hops = hops.collect();
        rename_reserved(traits, |name| name.to_upper_camel_case());
        rename_reserved(interfaces, |name| name.to_snake_case());
        Some(HttpGlue {
            types,
            handler,
            hops,
            has_own_exports,
            traits: mem::take(traits),
            interfaces: mem::take(interfaces),
        })
    }
}

fn take(reexports: &mut Vec<Reexport>, name: &str) -> Option<Reexport> {
    let mut positions = reexports.iter();
    let position = positions.position(|reexport| interface(&reexport.id) == Some(name))?;
    Some(reexports.remove(position))
}

/// Gives what has a name of the glue's own a longer one: `options` of `acme:kv` is `kv_options`.
fn rename_reserved(reexports: &mut [Reexport], case: impl Fn(&str) -> String) {
    for reexport in reexports {
        if RESERVED.contains(&reexport.name.as_str()) {
            let (rest, name) = reexport.path.rsplit_once("::").unwrap_or_default();
            let package = rest.rsplit("::").next().unwrap_or_default();
            let longer = case(&format!("{package}_{name}"));
            reexport.is_renamed = mem::replace(&mut reexport.name, longer) != reexport.name;
        }
    }
}

impl HttpGlue {
    fn next_hop(&self) -> Option<&Hop> {
        self.hops.iter().find(|hop| !hop.kind.is_side_call)
    }

    /// The next hop, to which a component hands on what it receives, if it receives anything.
    fn forwarding(&self) -> Option<&Hop> {
        self.handler.as_ref().and(self.next_hop())
    }
}

/// An imported interface with one function, from a request to a response.
pub(super) struct Hop {
    /// Its full name in WIT.
    pub id: String,
    pub kind: HopKind,
    /// `wasi::http::origin`.
    pub path: String,
}

/// The glue's files besides `bindings.rs`.
pub(super) fn render(header: &Header, glue: &HttpGlue) -> Vec<(String, String)> {
    let types = &glue.types;
    let hops = &glue.hops;
    let mut files = vec![
        file("mod.rs", &Front::of(header, glue)),
        file("body.rs", &BodyRoom {}),
        file(
            "convert.rs",
            &Convert {
                types,
                hands_on: glue.next_hop().is_some(),
            },
        ),
        file("fields.rs", &Fields {}),
        file("incoming.rs", &Incoming { types }),
        file("options.rs", &Options {}),
        file("outgoing.rs", &Outgoing { types }),
        file("testing.rs", &Testing { hops }),
    ];
    let message = MESSAGE.iter().map(|file| (file.path, file.contents));
    files.extend(message.map(|(path, contents)| (path.to_owned(), contents.to_owned())));
    let forwarding = glue.forwarding();
    if let Some(path) = &glue.handler {
        let forwards = forwarding.is_some();
        files.push(file("handler_export.rs", &HandlerExport { path, forwards }));
    }
    if let Some(hop) = forwarding {
        files.push(file("unread.rs", &Unread { types, hop }));
    }
    for hop in hops {
        let forwards = forwarding.is_some() && !hop.kind.is_side_call;
        let name = format!("{}.rs", hop.kind.name);
        files.push(file(&name, &NextHop { hop, forwards }));
    }
    files
}

fn file(name: &str, template: &impl Template) -> (String, String) {
    (name.to_owned(), crate::template::text(template))
}

#[derive(Template)]
#[template(path = "guest/http/mod.rs", escape = "none")]
struct Front<'a> {
    header: &'a Header,
    /// The module's path as a macro writes it: `$crate::proxy`.
    in_macro: String,
    types: &'a str,
    has_handler: bool,
    hops: &'a [Hop],
    next_hop: Option<&'a Hop>,
    /// Whether messages can be handed on unread.
    forwards: bool,
    /// The traits that an exported type implements.
    bounds: Vec<&'a str>,
    traits: &'a [Reexport],
    interfaces: &'a [Reexport],
}

impl<'a> Front<'a> {
    fn of(header: &'a Header, glue: &'a HttpGlue) -> Self {
        let mut bounds = Vec::new();
        bounds.extend(glue.handler.is_some().then_some(match glue.forwarding() {
            Some(_) => "Forwarder",
            None => "Handler",
        }));
        bounds.extend(glue.has_own_exports.then_some("Guest"));
        bounds.extend(glue.traits.iter().map(|reexport| reexport.name.as_str()));
        Front {
            header,
            in_macro: header.module.replacen("crate::", "$crate::", 1),
            types: &glue.types,
            has_handler: glue.handler.is_some(),
            hops: &glue.hops,
            next_hop: glue.next_hop(),
            forwards: glue.forwarding().is_some(),
            bounds,
            traits: &glue.traits,
            interfaces: &glue.interfaces,
        }
    }
}

#[derive(Template)]
#[template(path = "guest/http/body.rs", escape = "none")]
struct BodyRoom {}

#[derive(Template)]
#[template(path = "guest/http/convert.rs", escape = "none")]
struct Convert<'a> {
    types: &'a str,
    /// Whether there is a next hop.
    hands_on: bool,
}

#[derive(Template)]
#[template(path = "guest/http/fields.rs", escape = "none")]
struct Fields {}

#[derive(Template)]
#[template(path = "guest/http/handler_export.rs", escape = "none")]
struct HandlerExport<'a> {
    path: &'a str,
    forwards: bool,
}

#[derive(Template)]
#[template(path = "guest/http/incoming.rs", escape = "none")]
struct Incoming<'a> {
    types: &'a str,
}

#[derive(Template)]
#[template(path = "guest/http/next_hop.rs", escape = "none")]
struct NextHop<'a> {
    hop: &'a Hop,
    forwards: bool,
}

#[derive(Template)]
#[template(path = "guest/http/unread.rs", escape = "none")]
struct Unread<'a> {
    types: &'a str,
    hop: &'a Hop,
}

#[derive(Template)]
#[template(path = "guest/http/options.rs", escape = "none")]
struct Options {}

#[derive(Template)]
#[template(path = "guest/http/outgoing.rs", escape = "none")]
struct Outgoing<'a> {
    types: &'a str,
}

#[derive(Template)]
#[template(path = "guest/http/testing.rs", escape = "none")]
struct Testing<'a> {
    hops: &'a [Hop],
}
