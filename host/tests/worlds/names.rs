//! A world whose items have names that `bindgen!` and the code that it derives use themselves.

use std::fmt::Write as _;

/// Names that generated code uses, most of them without a path.
const NAMES: &str = "abi access accessor arg0 as-context-mut box caller clone component component-type copy cx d data \
    debug default drop dst err error from func future gen guest guest-indices h has-data host \
    host-with-store indices inst instance into lift linker lower new none ok option ord output own \
    payload pre r result resource-any ret0 s self send sized some src string sync t t0 tag ty type u vec \
    x";

/// Definitions of a type, by their kind. A variant's name is spelled in two ways if words in it have one letter.
const TYPES: [(&str, &str); 7] = [
    ("records", "record %NAME { a: list<u8>, b: u32 }"),
    ("variants", "variant %NAME { a(string), b }"),
    ("enums", "enum %NAME { a, b }"),
    ("flags", "flags %NAME { a, b }"),
    ("aliases", "type %NAME = list<string>;"),
    ("tuples", "type %NAME = tuple<string, u32>;"),
    ("options", "type %NAME = option<list<u8>>;"),
];

/// Kinds of types, and names that mean something else for these kinds alone.
const PAIRS: [(&str, &str); 7] = [
    ("records", "copy"),
    ("variants", "copy"),
    ("flags", "copy"),
    ("enums", "host"),
    ("variants", "host"),
    ("flags", "host"),
    ("variants", "v-u32"),
];

/// Names that only resources, cases or functions can't have, since components are linked by them.
const REFUSED_AS_CASES: [&str; 1] = ["self"];

/// Items that make `bindgen!` write as much as it can into an interface.
const NEIGHBOURS: &str = "
    resource neighbour-a {
        constructor(a: list<u8>);
        look: func(at: borrow<neighbour-a>) -> result<list<u8>, string>;
        wait: async func(how-long: list<string>) -> option<list<u8>>;
        all: static func() -> list<neighbour-a>;
    }
    record neighbour-b { a: list<u8>, b: option<string> }
    variant neighbour-c { one(list<u8>), two(f64), three(string), four }
    neighbour-come: async func(a: list<u8>, b: neighbour-b, c: neighbour-c) -> list<u8>;
    neighbour-go: func(a: list<u8>, b: neighbour-b, c: neighbour-c) -> result<string, neighbour-c>;
    neighbour-send: func(a: stream<neighbour-c>, b: future<result<list<u8>, string>>) -> stream<list<u8>>;
";

/// Returns the WIT of a world called `result`, with every name in it. Each name is that of one kind of type; of every kind if
/// the environment has `WITGEN_NAMES=all`, which takes rustc more than ten minutes.
pub fn wit() -> String {
    let has_all = std::env::var("WITGEN_NAMES").is_ok_and(|names| names == "all");
    let mut wit = "package names:types;\n".to_owned();
    let mut world = "world %result {\n".to_owned();
    let names = NAMES.split_whitespace().chain(["v-u32", "x1"]);
    for (turn, (kind, definition)) in TYPES.into_iter().enumerate() {
        let is_used = |at: usize, name: &str| {
            has_all || at % TYPES.len() == turn || PAIRS.contains(&(kind, name))
        };
        for role in ["import", "export"] {
            let _ = writeln!(wit, "interface {kind}-{role} {{ {NEIGHBOURS}");
            for (at, name) in names.clone().enumerate().filter(|(at, name)| is_used(*at, name)) {
                let _ = writeln!(wit, "    {}", definition.replace("NAME", name));
                let _ = writeln!(
                    wit,
                    "    record holds-{at} {{ %{name}: %{name}, more: list<%{name}> }}"
                );
                let _ = writeln!(
                    wit,
                    "    variant may-hold-{at} {{ one(%{name}), two(holds-{at}) }}"
                );
                let _ = writeln!(
                    wit,
                    "    pass-{at}: func(%{name}: %{name}) -> may-hold-{at};"
                );
            }
            for (at, name) in names
                .clone()
                .enumerate()
                .filter(|(at, name)| kind == "records" && is_used(*at, name))
            {
                let _ = writeln!(
                    wit,
                    "    wait-{at}: async func(%{name}: %{name}) -> may-hold-{at};"
                );
                let _ = writeln!(
                    wit,
                    "    send-{at}: func(%{name}: stream<%{name}>) -> future<%{name}>;"
                );
            }
            let _ = writeln!(wit, "}}");
            let _ = writeln!(world, "    {role} {kind}-{role};");
        }
    }
    let cases = names.clone().filter(|name| !REFUSED_AS_CASES.contains(name));
    let list = |suffix: &str| -> String {
        cases.clone().map(|name| format!("%{name}{suffix}, ")).collect()
    };
    let _ = writeln!(
        wit,
        "interface cases {{
            enum one {{ {} }}
            variant two {{ {} }}
            pass: func(a: one) -> result<two, one>;
        }}",
        list(""),
        list("(string)"),
    );
    let _ = writeln!(world, "    import cases; export cases;");
    for (at, name) in names.enumerate() {
        let (_, definition) = TYPES[at % TYPES.len()];
        let _ = writeln!(world, "    {}", definition.replace("NAME", name));
        let _ = writeln!(
            world,
            "    import pass-in-{at}: func(%{name}: %{name}) -> list<%{name}>;"
        );
        let _ = writeln!(
            world,
            "    import wait-for-{at}: async func(%{name}: %{name}) -> list<%{name}>;"
        );
        let _ = writeln!(
            world,
            "    export pass-out-{at}: func(%{name}: %{name}) -> list<%{name}>;"
        );
    }
    format!("{wit}{world}}}\n")
}
