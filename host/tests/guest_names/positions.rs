//! Worlds that have names in every position: of functions, types, members, modules.

use std::fmt::Write as _;

use crate::identifiers::Names;

/// What a component's module has under these names already, so that the world itself can't export them.
const OF_MODULE: [&str; 7] = [
    "bcmp", "memcmp", "memcpy", "memmove", "memory", "memset", "strlen",
];

/// Items that make wit-bindgen write as much as it can into an interface.
const NEIGHBOURS: &str = "
    resource neighbour-a {
        constructor(a: list<u8>);
        look: func(at: borrow<neighbour-a>) -> result<list<u8>, string>;
        wait: async func(how-long: list<string>) -> option<list<u8>>;
        all: static func() -> list<neighbour-a>;
    }
    resource neighbour-b { constructor(a: string) -> result<neighbour-b, string>; }
    variant neighbour-c { one(list<u8>), two(f64), three(string), four }
    neighbour-come: async func(a: list<u8>, b: list<string>, c: neighbour-c) -> list<u8>;
    neighbour-go: func(a: list<u8>, b: list<string>, c: neighbour-c) -> tuple<string, list<u8>, neighbour-c>;
    neighbour-send: func(a: stream<neighbour-c>, b: future<result<list<u8>, string>>) -> stream<list<u8>>;
";

/// A world, and the WIT that it is in.
pub struct World {
    pub name: &'static str,
    pub wit: String,
}

/// Returns a world for each kind of position, with every name in it.
pub fn worlds(names: &Names) -> Vec<World> {
    vec![
        functions(&names.values),
        types(&names.types),
        members(&names.values),
        modules(&names.values),
        functions_of_world(&names.values),
        types_of_world(&names.types),
        beside_http(),
        neighbours(),
    ]
}

fn functions(names: &[String]) -> World {
    let mut functions = String::new();
    let mut methods = String::new();
    let mut statics = String::new();
    for name in names {
        let _ = writeln!(functions, "    %{name}: func(%{name}: string) -> string;");
        // A method has a parameter `self` already.
        let param = if name == "self" { "other" } else { name };
        let _ = writeln!(
            methods,
            "        %{name}: func(%{param}: string) -> string;"
        );
        let _ = writeln!(
            statics,
            "        %{name}: static func(%{name}: list<u8>) -> u32;"
        );
    }
    World {
        name: "functions",
        wit: format!(
            "
            package names:functions;
            interface free {{ {functions} }}
            interface of-resource {{ resource r {{ {methods} }} }}
            interface with-constructor {{ resource r {{ constructor(new: string); {statics} }} }}
            world functions {{
                import free; import of-resource; import with-constructor;
                export free; export of-resource; export with-constructor;
            }}
            "
        ),
    }
}

/// Definitions of a type, by their kind.
const TYPES: [(&str, &str); 9] = [
    ("of-records", "record %NAME { a: list<u8>, b: u32 }"),
    ("of-variants", "variant %NAME { a(string), b }"),
    ("of-enums", "enum %NAME { a, b }"),
    ("of-flags", "flags %NAME { a, b }"),
    ("of-aliases", "type %NAME = list<string>;"),
    ("of-tuples", "type %NAME = tuple<string, u32>;"),
    ("of-options", "type %NAME = option<list<u8>>;"),
    ("of-futures", "type %NAME = future<string>;"),
    (
        "of-resources",
        "resource %NAME { constructor(a: string); neighbour-get: func(a: borrow<%NAME>) -> string; }",
    ),
];

fn types(names: &[String]) -> World {
    let mut wit = "package names:types;\n".to_owned();
    let mut world = "world types {\n".to_owned();
    for (kind, definition) in TYPES {
        let _ = writeln!(wit, "interface {kind} {{ {NEIGHBOURS}");
        for (at, name) in names.iter().enumerate() {
            let _ = writeln!(wit, "    {}", definition.replace("NAME", name));
            let _ = writeln!(wit, "    pass-{at}: func(a: %{name}) -> %{name};");
        }
        let _ = writeln!(wit, "}}");
        let _ = writeln!(world, "    import {kind}; export {kind};");
    }
    // Types of another interface.
    for (kind, _) in [TYPES[0], TYPES[1], TYPES[8]] {
        let names: Vec<_> = names.iter().map(|name| format!("%{name}")).collect();
        let _ = writeln!(
            wit,
            "interface used-{kind} {{ use {kind}.{{{}}}; {NEIGHBOURS}",
            names.join(", ")
        );
        for (at, name) in names.iter().enumerate() {
            let _ = writeln!(wit, "    pass-{at}: func(a: {name}) -> option<{name}>;");
        }
        let _ = writeln!(wit, "}}");
        let _ = writeln!(world, "    import used-{kind}; export used-{kind};");
    }
    World {
        name: "types",
        wit: format!("{wit}{world}}}\n"),
    }
}

fn members(names: &[String]) -> World {
    let mut items = String::new();
    let list = |names: &[String], suffix: &str| -> String {
        names.iter().map(|name| format!("%{name}{suffix}, ")).collect()
    };
    for (at, names) in names.chunks(30).enumerate() {
        let _ = writeln!(
            items,
            "    record fields-{at} {{ {} }}",
            list(names, ": string")
        );
        let _ = writeln!(items, "    flags flags-{at} {{ {} }}", list(names, ""));
        let _ = writeln!(
            items,
            "    pass-fields-{at}: func(a: fields-{at}) -> fields-{at};"
        );
        let _ = writeln!(
            items,
            "    wait-fields-{at}: async func(a: fields-{at}) -> fields-{at};"
        );
        let _ = writeln!(
            items,
            "    pass-flags-{at}: func(a: flags-{at}) -> flags-{at};"
        );
    }
    for (at, names) in names.chunks(200).enumerate() {
        let _ = writeln!(items, "    enum cases-{at} {{ {} }}", list(names, ""));
        let _ = writeln!(
            items,
            "    variant payloads-{at} {{ {} }}",
            list(names, "(string)")
        );
        let _ = writeln!(items, "    variant nothings-{at} {{ {} }}", list(names, ""));
        let _ = writeln!(
            items,
            "    pass-cases-{at}: func(a: cases-{at}) -> result<u8, cases-{at}>;"
        );
        let _ = writeln!(
            items,
            "    pass-payloads-{at}: func(a: payloads-{at}) -> payloads-{at};"
        );
        let _ = writeln!(
            items,
            "    pass-nothings-{at}: func(a: nothings-{at}) -> nothings-{at};"
        );
    }
    World {
        name: "members",
        wit: format!(
            "
            package names:members;
            interface every-member {{ {items} }}
            world members {{ import every-member; export every-member; }}
            "
        ),
    }
}

fn modules(names: &[String]) -> World {
    let mut interfaces = String::new();
    let mut packages = String::new();
    let mut world = String::new();
    for name in names {
        let _ = writeln!(interfaces, "interface %{name} {{ f: func() -> string; }}");
        let _ = writeln!(
            packages,
            "package %{name}:of-namespace {{ interface i {{ f: func() -> string; }} }}"
        );
        let _ = writeln!(
            packages,
            "package names-of:%{name} {{ interface i {{ f: func() -> string; }} }}"
        );
        for direction in ["import", "export"] {
            let _ = writeln!(world, "    {direction} %{name};");
            let _ = writeln!(world, "    {direction} %{name}:of-namespace/i;");
            let _ = writeln!(world, "    {direction} names-of:%{name}/i;");
            let _ = writeln!(
                world,
                "    {direction} %{name}: interface {{ f: func() -> string; }}"
            );
        }
    }
    World {
        name: "modules",
        wit: format!(
            "
            package names:modules;
            {interfaces}
            world modules {{
                record of-world {{ a: list<u8> }}
                import of-imports: func(a: of-world) -> of-world;
                export of-exports: async func(a: of-world) -> of-world;
                {world}
            }}
            {packages}
            "
        ),
    }
}

fn functions_of_world(names: &[String]) -> World {
    let mut items = String::new();
    for name in names {
        let _ = writeln!(
            items,
            "    import %{name}: func(%{name}: string) -> list<u8>;"
        );
        if !OF_MODULE.contains(&name.as_str()) {
            let _ = writeln!(
                items,
                "    export %{name}: func(%{name}: string) -> list<u8>;"
            );
        }
    }
    World {
        name: "functions-of-world",
        wit: format!("package names:of-world; world functions-of-world {{ {items} }}"),
    }
}

fn types_of_world(names: &[String]) -> World {
    let mut items = String::new();
    for (at, name) in names.iter().enumerate() {
        let (_, definition) = TYPES[at % TYPES.len()];
        let _ = writeln!(items, "    {}", definition.replace("NAME", name));
        let _ = writeln!(
            items,
            "    import pass-in-{at}: func(a: %{name}) -> %{name};"
        );
        let _ = writeln!(
            items,
            "    export pass-out-{at}: func(a: %{name}) -> %{name};"
        );
        let _ = writeln!(
            items,
            "    import wait-for-{at}: async func(a: %{name}) -> %{name};"
        );
    }
    World {
        name: "types-of-world",
        wit: format!("package names:world-types; world types-of-world {{ {items} }}"),
    }
}

/// Names that glue in terms of the crate `http` uses.
const OF_HTTP_GLUE: [&str; 16] = [
    "alloc",
    "body",
    "bytes",
    "client",
    "core",
    "export",
    "forwarder",
    "handler",
    "http",
    "http-body",
    "origin",
    "request",
    "runtime",
    "std",
    "testing",
    "wit-bindgen",
];

fn beside_http() -> World {
    let mut interfaces = String::new();
    let mut packages = String::new();
    let mut world = String::new();
    for name in OF_HTTP_GLUE {
        let _ = writeln!(interfaces, "interface %{name} {{ f: func() -> string; }}");
        let _ = writeln!(
            packages,
            "package %{name}:of-namespace {{ interface i {{ f: func() -> string; }} }}"
        );
        for direction in ["import", "export"] {
            let _ = writeln!(world, "    {direction} %{name};");
            let _ = writeln!(world, "    {direction} %{name}:of-namespace/i;");
            let _ = writeln!(
                world,
                "    {direction} %{name}: interface {{ f: func() -> string; }}"
            );
        }
    }
    World {
        name: "beside-http",
        wit: format!(
            "
            package names:http;
            {interfaces}
            world beside-http {{
                include wasi:http/proxy@0.3.1002;
                {world}
            }}
            {packages}
            "
        ),
    }
}

/// A world whose items meet others, though no name of theirs is used by generated code.
fn neighbours() -> World {
    World {
        name: "neighbours",
        wit: include_str!("neighbours.wit").to_owned(),
    }
}
