//! Functions whose parameters and fields have the names of variables in wit-bindgen's functions, in every position
//! that values are passed in: each returns what it is given.

use std::fmt::Write as _;

use crate::identifiers::rust_ident;

/// The variables of wit-bindgen's functions that have a number behind.
pub const NUMBERED: [&str; 20] = [
    "arg",
    "array",
    "base",
    "bytes",
    "cleanup",
    "e",
    "flags",
    "handle",
    "idx",
    "l",
    "layout",
    "len",
    "lower",
    "map",
    "ptr",
    "result",
    "t",
    "v",
    "vec",
    "wit-import",
];

/// The variables that have none, and the names of other items in a function's body.
const UNNUMBERED: [&str; 23] = [
    "base",
    "call",
    "cleanup",
    "cleanup-list",
    "e",
    "i",
    "import",
    "map-key",
    "map-value",
    "n",
    "params",
    "params-lower",
    "ptr",
    "ret",
    "ret-area",
    "results",
    "subtask",
    "t",
    "task-cancel",
    "unused",
    "val",
    "value",
    "wit-import",
];

/// The interface of all functions, which the world imports and exports.
pub const INTERFACE: &str = "values";

/// A type that a value has.
#[derive(Clone, Copy)]
enum Kind {
    Number,
    Text,
    Bytes,
    Texts,
    Pairs,
}

const KINDS: [Kind; 5] = [
    Kind::Number,
    Kind::Text,
    Kind::Bytes,
    Kind::Texts,
    Kind::Pairs,
];

impl Kind {
    fn wit(self) -> &'static str {
        match self {
            Kind::Number => "u32",
            Kind::Text => "string",
            Kind::Bytes => "list<u8>",
            Kind::Texts => "list<string>",
            Kind::Pairs => "list<tuple<string, u32>>",
        }
    }

    fn rust(self) -> &'static str {
        match self {
            Kind::Number => "u32",
            Kind::Text => "String",
            Kind::Bytes => "Vec<u8>",
            Kind::Texts => "Vec<String>",
            Kind::Pairs => "Vec<(String, u32)>",
        }
    }

    /// Returns an expression of a value that no other number gives.
    fn value(self, number: usize) -> String {
        match self {
            Kind::Number => format!("{number}u32"),
            Kind::Text => format!("String::from(\"{number}\")"),
            Kind::Bytes => format!("vec![{}u8; {}]", number % 256, number % 7 + 1),
            Kind::Texts => format!("vec![String::from(\"{number}\"), String::from(\"a{number}\")]"),
            Kind::Pairs => format!("vec![(String::from(\"{number}\"), {number}u32)]"),
        }
    }
}

/// Where a function is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Free,
    Method,
    Static,
}

/// A parameter or a field.
struct Member {
    name: String,
    /// The type in WIT and in Rust, and a value.
    wit: String,
    rust: String,
    value: String,
    is_copy: bool,
}

struct Function {
    name: String,
    place: Place,
    is_async: bool,
    params: Vec<Member>,
}

struct Record {
    name: String,
    fields: Vec<Member>,
}

/// All functions and records, as WIT and as Rust.
pub struct Values {
    functions: Vec<Function>,
    records: Vec<Record>,
}

impl Values {
    pub fn all() -> Self {
        let numbered = NUMBERED.iter().flat_map(|name| (0..6).map(move |at| format!("{name}{at}")));
        let names: Vec<String> = numbered
            .chain(UNNUMBERED.map(str::to_owned))
            .chain(["t1-0".to_owned()])
            .collect();
        let mut values = Values {
            functions: Vec::new(),
            records: Vec::new(),
        };
        let places = [
            (Place::Free, false, 2),
            (Place::Free, true, 1),
            (Place::Method, false, 1),
            (Place::Method, true, 1),
            (Place::Static, false, 1),
        ];
        for (place, is_async, rotations) in places {
            for rotation in 0..rotations {
                for names in names.chunks(4) {
                    let params = names.iter().enumerate().map(|(at, name)| {
                        values.member(name, KINDS[(at + rotation) % KINDS.len()], at)
                    });
                    let params = params.collect();
                    values.push(place, is_async, params);
                }
            }
        }
        for stem in NUMBERED {
            values.push_record(stem);
        }
        values.push_record("x");
        values
    }

    fn member(&self, name: &str, kind: Kind, at: usize) -> Member {
        let number = (self.functions.len() + self.records.len()) * 13 + at;
        Member {
            name: name.to_owned(),
            wit: kind.wit().to_owned(),
            rust: kind.rust().to_owned(),
            value: kind.value(number),
            is_copy: matches!(kind, Kind::Number),
        }
    }

    fn push(&mut self, place: Place, is_async: bool, params: Vec<Member>) {
        self.functions.push(Function {
            name: format!("pass-{}", self.functions.len()),
            place,
            is_async,
            params,
        });
    }

    /// Adds a record whose fields have a name with numbers behind it, and functions with many such records, so that
    /// variables get numbers of two digits.
    fn push_record(&mut self, stem: &str) {
        let suffixes = ["", "1", "2", "12", "1-1"];
        let fields = suffixes.iter().enumerate().map(|(at, suffix)| {
            self.member(&format!("{stem}{suffix}"), KINDS[at % KINDS.len()], at)
        });
        let fields: Vec<_> = fields.collect();
        let name = format!("record-of-{stem}");
        let rust = format!("RecordOf{}", camel(stem));
        self.records.push(Record { name, fields });
        for is_async in [false, true] {
            let params = (0..3).map(|at| Member {
                name: format!("at-{}", ["first", "second", "third"][at]),
                wit: format!("record-of-{stem}"),
                rust: rust.clone(),
                value: self.record_value(&rust, at),
                is_copy: false,
            });
            let params = params.collect();
            self.push(Place::Free, is_async, params);
        }
    }

    fn record_value(&self, rust: &str, number: usize) -> String {
        let record = self.records.last().unwrap();
        let mut value = format!("{rust} {{ ");
        for (at, field) in record.fields.iter().enumerate() {
            let number = self.records.len() * 100 + number * 10 + at;
            let _ = write!(
                value,
                "{}: {}, ",
                rust_ident(&field.name),
                KINDS[at % KINDS.len()].value(number)
            );
        }
        value.push('}');
        value
    }

    pub fn wit(&self) -> String {
        let mut wit = format!("interface {INTERFACE} {{\n");
        for record in &self.records {
            let _ = writeln!(
                wit,
                "  record {} {{ {} }}",
                record.name,
                members(&record.fields)
            );
        }
        let at =
            |place: Place| self.functions.iter().filter(move |function| function.place == place);
        for function in at(Place::Free) {
            let _ = writeln!(wit, "  {}", function.wit(""));
        }
        wit.push_str("  resource holder {\n    constructor(result0: string);\n");
        for function in at(Place::Method) {
            let _ = writeln!(wit, "    {}", function.wit(""));
        }
        for function in at(Place::Static) {
            let _ = writeln!(wit, "    {}", function.wit("static "));
        }
        wit.push_str("  }\n}\n");
        wit
    }

    /// Returns functions that call all imports, and implementations of all exports. A call that returns something
    /// else than it was given is in the result.
    pub fn guest(&self) -> String {
        let mut calls = String::new();
        let mut free = String::new();
        let mut of_resource = String::new();
        for function in &self.functions {
            calls.push_str(&function.call());
            match function.place {
                Place::Free => free.push_str(&function.implementation()),
                Place::Method | Place::Static => of_resource.push_str(&function.implementation()),
            }
        }
        format!(
            "
            use super::names::names::test::values::*;
            use super::names::exports::names::test::values as exports;

            pub async fn call_all() -> Vec<String> {{
                let mut wrong: Vec<String> = Vec::new();
                let holder = Holder::new(\"held\");
                {calls}
                wrong
            }}

            pub struct Held;

            mod implementation {{
                use super::Held;
                use crate::names::exports::names::test::values::*;

                impl Guest for crate::Component {{
                    type Holder = Held;
                    {free}
                }}

                impl GuestHolder for Held {{
                    fn new(text: String) -> Self {{
                        assert_eq!(text, \"held\");
                        Held
                    }}
                    {of_resource}
                }}
            }}
            "
        )
    }

    /// Returns the names of functions as they are linked, and whether they are `async`; methods have a value in front.
    pub fn functions(&self) -> impl Iterator<Item = (String, bool, bool)> {
        self.functions.iter().map(|function| {
            let name = match function.place {
                Place::Free => function.name.clone(),
                Place::Method => format!("[method]holder.{}", function.name),
                Place::Static => format!("[static]holder.{}", function.name),
            };
            (name, function.is_async, function.place == Place::Method)
        })
    }
}

impl Function {
    fn wit(&self, modifier: &str) -> String {
        let is_async = if self.is_async { "async " } else { "" };
        let types: Vec<_> = self.params.iter().map(|param| param.wit.as_str()).collect();
        format!(
            "{}: {modifier}{is_async}func({}) -> tuple<{}>;",
            self.name,
            members(&self.params),
            types.join(", ")
        )
    }

    fn call(&self) -> String {
        let values: Vec<_> = self.params.iter().map(|param| param.value.as_str()).collect();
        let args = self.params.iter().enumerate().map(|(at, param)| match param {
            Member { is_copy: true, .. } => format!("given.{at}"),
            _ if self.is_async => format!("given.{at}.clone()"),
            _ => format!("&given.{at}"),
        });
        let args: Vec<_> = args.collect();
        let name = rust_ident(&self.name);
        let callee = match self.place {
            Place::Free => name,
            Place::Method => format!("holder.{name}"),
            Place::Static => format!("Holder::{name}"),
        };
        let wait = if self.is_async { ".await" } else { "" };
        format!(
            "{{
                let given = ({},);
                let got = {callee}({}){wait};
                if format!(\"{{got:?}}\") != format!(\"{{given:?}}\") {{
                    wrong.push(format!(\"{} was given {{given:?}} and got {{got:?}}\"));
                }}
            }}
            ",
            values.join(", "),
            args.join(", "),
            self.name,
        )
    }

    fn implementation(&self) -> String {
        let types: Vec<_> = self.params.iter().map(|param| param.rust.as_str()).collect();
        let names: Vec<_> = (0..types.len()).map(|at| format!("p{at}")).collect();
        let params = names.iter().zip(&types).map(|(name, ty)| format!("{name}: {ty}"));
        let params: Vec<_> = params.collect();
        let receiver = if self.place == Place::Method {
            "&self, "
        } else {
            ""
        };
        let is_async = if self.is_async { "async " } else { "" };
        format!(
            "{is_async}fn {}({receiver}{}) -> ({},) {{ ({},) }}\n",
            rust_ident(&self.name),
            params.join(", "),
            types.join(", "),
            names.join(", "),
        )
    }
}

fn members(members: &[Member]) -> String {
    let members = members.iter().map(|member| format!("%{}: {}", member.name, member.wit));
    members.collect::<Vec<_>>().join(", ")
}

fn camel(kebab: &str) -> String {
    let words = kebab
        .split('-')
        .map(|word| format!("{}{}", word[..1].to_uppercase(), &word[1..]));
    words.collect()
}
