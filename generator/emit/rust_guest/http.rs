//! Glue in terms of the crate `http`, for a world with interfaces of `wasi:http@0.3` in it.

use askama::Template;

use super::front::{Header, Reexport};
use super::prepare::Prepared;
use super::provided::{self, Provided};
use crate::emit::http_world::{self, interface, package_id};
use crate::emit::world::Direction;

/// Names that mean something else in this front door.
pub(super) const RESERVED: [&str; 21] = [
    "Body",
    "BodyWriter",
    "Error",
    "ErrorCode",
    "Forwarder",
    "Handler",
    "Request",
    "RequestOptions",
    "Response",
    "ResponseExt",
    "UnreadRequest",
    "UnreadResponse",
    "client",
    "env",
    "handler",
    "native",
    "origin",
    "output",
    "runtime",
    "testing",
    "time",
];

/// Names that a hop can't have: those of other modules, and of functions beside its own in `testing`.
const RESERVED_FOR_HOPS: [&str; 24] = [
    "and",
    "around",
    "bindings",
    "borrow",
    "clock",
    "clone",
    "core",
    "default",
    "env",
    "exports",
    "fmt",
    "from",
    "into",
    "native",
    "output",
    "random_seed",
    "run",
    "runtime",
    "std",
    "testing",
    "time",
    "var",
    "wit_future",
    "wit_stream",
];

/// Returns what a world imports to send requests through.
pub(super) fn hops(prepared: &Prepared) -> Vec<http_world::Hop> {
    http_world::hops(&prepared.original, prepared.world, &RESERVED_FOR_HOPS)
}

/// Whether `wasi:http@0.3` is in a world, once.
pub(super) fn is_http(prepared: &Prepared) -> bool {
    let ids = prepared
        .interfaces(Direction::Import)
        .map(|both| prepared.original.name_world_key(both.original));
    ids.filter(|id| interface(id) == Some("types")).count() == 1
}

/// The parts of the world's glue. Paths are those inside the bindings.
pub(super) struct HttpGlue {
    /// `wasi:http/types@0.3.2`, which the runtime has bindings of.
    pub types: Reexport,
    /// `wasi:http/handler@0.3.2`, if the world exports it.
    pub handler: Option<Reexport>,
    /// The world's imports for sending requests.
    pub hops: Vec<Hop>,
    /// Whether the world exports functions of its own, which the bindings' trait `Guest` is for.
    pub has_own_exports: bool,
    /// Its other exports.
    pub traits: Vec<Reexport>,
    /// Its other imports.
    pub interfaces: Vec<Reexport>,
}

impl HttpGlue {
    /// Sorts what a world with `wasi:http@0.3` in it exports and imports.
    pub fn of(
        has_own_exports: bool,
        hops: Vec<http_world::Hop>,
        mut traits: Vec<Reexport>,
        mut interfaces: Vec<Reexport>,
    ) -> Self {
        let is_types = |id: &str| interface(id) == Some("types");
        let is_handler = |id: &str| interface(id) == Some("handler");
        HttpGlue {
            types: take(&mut interfaces, is_types).expect("the world imports `types`"),
            handler: take(&mut traits, is_handler),
            hops: hops
                .into_iter()
                .filter_map(|import| {
                    let path = take(&mut interfaces, |id| id == import.import)?.path;
                    Some(Hop { import, path })
                })
                .collect(),
            has_own_exports,
            traits,
            interfaces,
        }
    }
}

fn take(reexports: &mut Vec<Reexport>, is_wanted: impl Fn(&str) -> bool) -> Option<Reexport> {
    let position = reexports.iter().position(|reexport| is_wanted(&reexport.id))?;
    Some(reexports.remove(position))
}

impl HttpGlue {
    fn next_hop(&self) -> Option<&Hop> {
        self.hops.iter().find(|hop| !hop.import.is_side_call)
    }

    /// The next hop, to which a component hands on what it receives, if it receives anything.
    fn forwarding(&self) -> Option<&Hop> {
        self.handler.as_ref().and(self.next_hop())
    }
}

/// An import through which the component sends requests.
pub(super) struct Hop {
    pub import: http_world::Hop,
    /// `wasi::http::origin`.
    pub path: String,
}

/// The files of a world, without `bindings.rs` and the runtime. `shared_runtime` is the path
/// of a runtime that the glue doesn't contain.
pub(super) fn render(
    header: &Header,
    glue: &HttpGlue,
    shared_runtime: Option<&str>,
) -> Vec<(String, String)> {
    let hops = &glue.hops;
    let forwarding = glue.forwarding();
    let mut files = vec![
        file("mod.rs", &Front::of(header, glue, shared_runtime)),
        file("testing.rs", &Testing::of(hops)),
    ];
    let imports = provided::imports(&glue.interfaces);
    if !imports.is_empty() {
        files.push(file("native.rs", &Native { imports: &imports }));
    }
    if let Some(time) = Time::of(&imports) {
        files.push(file("time.rs", &time));
    }
    for hop in hops {
        let name = format!("{}.rs", hop.import.name);
        let has_next_hop = glue.next_hop().is_some();
        let module = NextHop {
            hop,
            has_next_hop,
            is_long: has_long_arguments(&hop.import, has_next_hop),
            forwards: forwarding.is_some() && !hop.import.is_side_call,
        };
        files.push(file(&name, &module));
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
    shared_runtime: Option<&'a str>,
    /// The interface that the runtime has bindings of.
    types_id: &'a str,
    /// The package that a shared runtime must be of.
    package: String,
    has_handler: bool,
    handler: Option<&'a Reexport>,
    hops: &'a [Hop],
    next_hop: Option<&'a Hop>,
    /// Whether messages can be forwarded unread.
    forwards: bool,
    /// Whether there is a module `native`.
    has_provided: bool,
    /// Whether there is a module `time`.
    has_time: bool,
    /// The traits that an exported type implements.
    bounds: Vec<&'a str>,
    traits: &'a [Reexport],
    interfaces: &'a [Reexport],
}

impl<'a> Front<'a> {
    /// Whether the path of the shared runtime ends in the name that the glue has for it.
    fn is_called_runtime(&self) -> bool {
        let mut path = self.shared_runtime.iter();
        path.any(|path| path.ends_with("::runtime"))
    }

    /// Whether the module `native` provides an interface outside of wasm.
    fn is_provided(&self, reexport: &Reexport) -> bool {
        Provided::of(&reexport.id).is_some()
    }

    fn of(header: &'a Header, glue: &'a HttpGlue, shared_runtime: Option<&'a str>) -> Self {
        let mut bounds = Vec::new();
        bounds.extend(glue.handler.is_some().then_some(match glue.forwarding() {
            Some(_) => "Forwarder<E>",
            None => "Handler<E>",
        }));
        bounds.extend(glue.has_own_exports.then_some("Guest"));
        bounds.extend(glue.traits.iter().map(|reexport| reexport.name.as_str()));
        let imports = provided::imports(&glue.interfaces);
        Front {
            header,
            in_macro: header.module.replacen("crate::", "$crate::", 1),
            shared_runtime,
            types_id: &glue.types.id,
            package: package_id(&glue.types.id),
            has_handler: glue.handler.is_some(),
            handler: glue.handler.as_ref(),
            has_provided: !imports.is_empty(),
            has_time: Time::of(&imports).is_some(),
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
#[template(path = "guest/http/native.rs", escape = "none")]
struct Native<'a> {
    imports: &'a [provided::Import<'a>],
}

#[derive(Template)]
#[template(path = "guest/http/time.rs", escape = "none")]
struct Time<'a> {
    monotonic: &'a Reexport,
    system: Option<&'a Reexport>,
}

impl<'a> Time<'a> {
    fn of(imports: &[provided::Import<'a>]) -> Option<Self> {
        let find = |wanted| {
            let import = imports.iter().find(|import| import.interface == wanted);
            import.map(|import| import.reexport)
        };
        Some(Time {
            monotonic: find(Provided::MonotonicClock)?,
            system: find(Provided::SystemClock),
        })
    }
}

#[derive(Template)]
#[template(path = "guest/http/next_hop.rs", escape = "none")]
struct NextHop<'a> {
    hop: &'a Hop,
    has_next_hop: bool,
    /// Whether the arguments of the peer's constructor have a line each.
    is_long: bool,
    forwards: bool,
}

/// Whether rustfmt gives the arguments of a peer's constructor a line each.
fn has_long_arguments(import: &http_world::Hop, has_next_hop: bool) -> bool {
    /// rustfmt's `fn_call_width`.
    const MAX_WIDTH: usize = 60;
    let names = import.id.len() + import.name.len() + r#""", """#.len();
    let last = if import.is_side_call {
        format!(", {has_next_hop}").len()
    } else {
        0
    };
    names + last > MAX_WIDTH
}

#[derive(Template)]
#[template(path = "guest/http/testing.rs", escape = "none")]
struct Testing<'a> {
    hops: &'a [Hop],
    hops_by_name: Vec<&'a Hop>,
}

impl<'a> Testing<'a> {
    fn of(hops: &'a [Hop]) -> Self {
        let mut hops_by_name: Vec<&Hop> = hops.iter().collect();
        hops_by_name.sort_by_key(|hop| &hop.import.name);
        Testing { hops, hops_by_name }
    }
}
