//! Packages that no person writes: types that double, chains, and items by the ten thousand.

use std::fmt::Write;

/// A package in two versions, whose last types or items differ.
pub struct Shape {
    /// What is large about it, in kebab case.
    pub name: &'static str,
    /// Its text; in the second version, each of the first words is the second word.
    text: String,
    change: (&'static str, &'static str),
}

impl Shape {
    fn new(name: &'static str, text: String, change: (&'static str, &'static str)) -> Self {
        Shape { name, text, change }
    }

    /// Returns the text of the first version.
    pub fn old(&self) -> &str {
        &self.text
    }

    /// Returns the text of the second version.
    pub fn new_version(&self) -> String {
        let (before, after) = self.change;
        assert!(self.text.contains(before), "{}", self.name);
        self.text.replacen(before, after, 1)
    }
}

/// How many of each there are in the shapes that have many.
#[derive(Clone, Copy)]
pub struct Counts {
    /// Types or items in a chain.
    pub chain: usize,
    /// Items beside each other.
    pub wide: usize,
}

impl Counts {
    /// As many as an attacker would take.
    pub const FULL: Counts = Counts {
        chain: 100_000,
        wide: 70_000,
    };
}

/// Returns every shape.
pub fn shapes(counts: Counts) -> Vec<Shape> {
    let Counts { chain, wide } = counts;
    let mut shapes = doubling();
    shapes.extend(chains_of_types(chain));
    shapes.extend(chains_of_items(chain));
    shapes.extend(many(wide));
    shapes
}

/// An interface with these items, and a world that imports and exports it.
fn package(items: &str) -> String {
    format!(
        "package a:b@1.0.0;\n\ninterface i {{\n{items}}}\n\nworld w {{\n  import i;\n  export i;\n}}\n"
    )
}

/// Types that hold the one before them several times. The first one differs.
pub fn doubling() -> Vec<Shape> {
    let levels = |count: usize, level: &dyn Fn(usize) -> String, last: &str| -> String {
        let types: String = (1..=count).map(|at| level(at) + "\n").collect();
        package(&format!(
            "  record t0 {{ a: u8 }}\n{types}  f: func(x: t{count}) -> {last};\n"
        ))
    };
    let repeated = |at: usize, part: &dyn Fn(usize) -> String| -> String {
        let parts: Vec<_> = (0..at).map(part).collect();
        parts.join(", ")
    };
    let record = |at: usize| format!("  record t{at} {{ a: t{0}, b: t{0} }}", at - 1);
    let tuple = |at: usize| {
        let before = format!("t{}", at - 1);
        format!(
            "  type t{at} = tuple<{}>;",
            repeated(16, &|_| before.clone())
        )
    };
    let variant = |at: usize| {
        let case = |case| format!("c{case}(t{})", at - 1);
        format!("  variant t{at} {{ {} }}", repeated(16, &case))
    };
    let result = |at: usize| format!("  type t{at} = result<option<t{0}>, list<t{0}>>;", at - 1);
    let stream = |at: usize| {
        format!(
            "  record t{at} {{ a: stream<t{0}>, b: future<t{0}> }}",
            at - 1
        )
    };
    let alias = |at: usize| format!("  type t{at} = stream<tuple<t{0}, t{0}>>;", at - 1);
    let array = |at: usize| format!("  type t{at} = list<t{}, 1000>;", at - 1);
    let change = ("a: u8", "a: u16");
    vec![
        Shape::new("doubling-records", levels(30, &record, "t30"), change),
        Shape::new("doubling-tuples", levels(8, &tuple, "t8"), change),
        Shape::new(
            "doubling-variants",
            levels(8, &variant, "result<t8, t8>"),
            change,
        ),
        Shape::new("doubling-results", levels(30, &result, "t30"), change),
        Shape::new("doubling-streams", levels(30, &stream, "t30"), change),
        Shape::new("doubling-stream-aliases", levels(30, &alias, "t30"), change),
        Shape::new("fixed-length-lists", levels(6, &array, "t6"), change),
        // Too small to be rejected, and used often.
        Shape::new(
            "doubling-often",
            {
                let records: String = (1..=12).map(|at| record(at) + "\n").collect();
                let functions: String =
                    (0..300).map(|at| format!("  g{at}: func(x: t12) -> t12;\n")).collect();
                package(&format!("  record t0 {{ a: u8 }}\n{records}{functions}"))
            },
            change,
        ),
    ]
}

/// Chains of types, each of which contains or stands for the one before it.
pub fn chains_of_types(count: usize) -> Vec<Shape> {
    let chain = |link: &dyn Fn(usize) -> String| -> String {
        let links: String = (1..=count)
            .map(|at| link(at - 1).replace("NEW", &format!("t{at}")) + "\n")
            .collect();
        package(&format!(
            "  type t0 = u8;\n{links}  f: func(x: t{count});\n"
        ))
    };
    let change = ("type t0 = u8", "type t0 = u16");
    vec![
        Shape::new(
            "alias-chain",
            chain(&|at| format!("  type NEW = t{at};")),
            change,
        ),
        Shape::new(
            "list-chain",
            chain(&|at| format!("  type NEW = list<t{at}>;")),
            change,
        ),
        Shape::new(
            "option-chain",
            chain(&|at| format!("  type NEW = option<t{at}>;")),
            change,
        ),
        Shape::new(
            "tuple-chain",
            chain(&|at| format!("  type NEW = tuple<t{at}, u8>;")),
            change,
        ),
        Shape::new(
            "stream-chain",
            chain(&|at| format!("  type NEW = stream<t{at}>;")),
            change,
        ),
        Shape::new(
            "result-chain",
            chain(&|at| format!("  type NEW = result<t{at}, t{at}>;")),
            change,
        ),
        Shape::new(
            "record-chain",
            chain(&|at| format!("  record NEW {{ a: t{at} }}")),
            change,
        ),
        Shape::new(
            "variant-chain",
            chain(&|at| format!("  variant NEW {{ a(t{at}), b }}")),
            change,
        ),
        Shape::new(
            "nested-lists",
            package(&format!(
                "  f: func(x: {}u8{});\n",
                "list<".repeat(count),
                ">".repeat(count)
            )),
            ("u8", "u16"),
        ),
        Shape::new(
            "nested-tuples",
            package(&format!(
                "  f: func(x: {}u8{});\n",
                "tuple<u8, ".repeat(count),
                ">".repeat(count)
            )),
            ("x: ", "y: "),
        ),
    ]
}

/// Chains of interfaces, worlds and packages.
pub fn chains_of_items(count: usize) -> Vec<Shape> {
    let mut uses = "package a:b@1.0.0;\n\ninterface i0 {\n  type t = u8;\n}\n".to_owned();
    let mut used_in_turn = uses.clone();
    let mut includes = "package a:b@1.0.0;\n\nworld w0 {\n  import f: func();\n}\n".to_owned();
    let mut packages = String::new();
    for at in 1..=count {
        let before = at - 1;
        writeln!(uses, "interface i{at} {{\n  use i{before}.{{t}};\n}}").unwrap();
        let own = "type t = u8;";
        let turn = format!("interface i{at} {{\n  use i{before}.{{t as before}};\n  {own}\n}}");
        writeln!(used_in_turn, "{turn}").unwrap();
        writeln!(includes, "world w{at} {{\n  include w{before};\n}}").unwrap();
    }
    for at in 1..=count.min(5_000) {
        let before = at - 1;
        let body = format!("interface i {{\n    use a:p{before}/i.{{t}};\n  }}");
        writeln!(packages, "package a:p{at} {{\n  {body}\n}}").unwrap();
    }
    let last = format!("world w {{\n  import i{count};\n  export i{count};\n}}\n");
    uses.push_str(&last);
    used_in_turn.push_str(&last);
    let first = "package a:p0 {\n  interface i {\n    type t = u8;\n  }\n}\n";
    let packages = format!(
        "package a:b@1.0.0;\n\n{first}{packages}interface i {{\n  use a:p{}/i.{{t}};\n}}\nworld w {{\n  import i;\n}}\n",
        count.min(5_000)
    );
    vec![
        Shape::new("use-chain", uses, ("type t = u8", "type t = u16")),
        Shape::new(
            "interface-chain",
            used_in_turn,
            ("type t = u8", "type t = u16"),
        ),
        Shape::new("include-chain", includes, ("f: func()", "f: func(a: u8)")),
        Shape::new("package-chain", packages, ("type t = u8", "type t = u16")),
    ]
}

/// Many items beside each other.
pub fn many(count: usize) -> Vec<Shape> {
    let listed = |item: &dyn Fn(usize) -> String, between: &str| -> String {
        let items: Vec<_> = (0..count).map(item).collect();
        items.join(between)
    };
    let cases = listed(&|at| format!("c{at}"), ", ");
    let payloads = listed(&|at| format!("c{at}(u8)"), ",\n    ");
    let fields = listed(&|at| format!("c{at}: u8"), ",\n    ");
    let bytes = listed(&|_| "u8".to_owned(), ", ");
    let params = listed(&|at| format!("c{at}: u8"), ", ");
    let functions = listed(
        &|at| format!("  c{at}: func(a: u8, b: string) -> u8;\n"),
        "",
    );
    let types = listed(&|at| format!("  record c{at} {{ a: u8 }}\n"), "");
    let aliases = listed(
        &|at| format!("  record c{at} {{ a: u8 }}\n  type l{at} = list<c{at}>;\n"),
        "",
    );
    let resources: String = (0..count / 4)
        .map(|at| {
            format!("  resource c{at} {{\n    constructor();\n    get: func() -> u8;\n  }}\n")
        })
        .collect();
    let errors = listed(&|at| format!("  g{at}: func() -> result<u8, e>;\n"), "");
    let world = |items: &str| format!("package a:b@1.0.0;\n\n{items}");
    let imports = listed(
        &|at| format!("  import c{at}: func(a: u8);\n  export c{at}: func(a: u8);\n"),
        "",
    );
    let interfaces = listed(
        &|at| format!("interface c{at} {{\n  f: func(a: u8);\n}}\n"),
        "",
    );
    let imported = listed(&|at| format!("  import c{at};\n  export c{at};\n"), "");
    let worlds = listed(&|at| format!("world c{at} {{\n  import i;\n}}\n"), "");
    let change = ("c7", "c7x");
    vec![
        Shape::new(
            "large-enum",
            package(&format!("  enum e {{ {cases} }}\n  f: func() -> e;\n")),
            change,
        ),
        Shape::new(
            "large-error",
            package(&format!("  enum e {{ {cases} }}\n{errors}")),
            change,
        ),
        Shape::new(
            "large-variant",
            package(&format!(
                "  variant v {{\n    {payloads}\n  }}\n  f: func(x: v);\n"
            )),
            change,
        ),
        Shape::new(
            "large-record",
            package(&format!(
                "  record r {{\n    {fields}\n  }}\n  f: func(x: r);\n"
            )),
            change,
        ),
        Shape::new(
            "large-tuple",
            package(&format!("  type t = tuple<{bytes}>;\n  f: func(x: t);\n")),
            ("f: func(x", "f: func(y"),
        ),
        Shape::new(
            "many-parameters",
            package(&format!("  f: func({params});\n")),
            change,
        ),
        Shape::new("many-functions", package(&functions), change),
        Shape::new("many-types", package(&types), change),
        Shape::new("many-aliases", package(&aliases), ("a: u8", "a: u16")),
        Shape::new("many-resources", package(&resources), change),
        Shape::new(
            "many-imports",
            world(&format!("world w {{\n{imports}}}\n")),
            change,
        ),
        Shape::new(
            "many-interfaces",
            world(&format!("{interfaces}world w {{\n{imported}}}\n")),
            (
                "interface c7 {\n  f: func(a: u8)",
                "interface c7 {\n  f: func(a: u16)",
            ),
        ),
        Shape::new(
            "many-worlds",
            world(&format!("interface i {{\n{types}}}\n{worlds}")),
            change,
        ),
    ]
}
