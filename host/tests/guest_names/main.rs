//! Names that generated Rust uses itself, in every position of a guest's world: the glue compiles, and every value
//! arrives where it was sent.

use std::fs;
use std::path::Path;
use std::process::Command;

use pretty_assertions::assert_eq;
use testkit::components::loaded;
use testkit::guests;
use testkit::toolchain::{TARGET, lock, target_dir, toolchain};
use testkit_serve::ENGINE;
use wasmtime::component::types::Type;
use wasmtime::component::{
    Component, Func, Instance, Linker, Resource, ResourceAny, ResourceType, Val,
};
use wasmtime::{AsContextMut, Store};
use witgen::emit::rust_guest::{Options, render};
use witgen::fileset::FileSet;
use witgen::source::{Features, Package, Source, load};

mod identifiers;
mod implemented;
mod positions;
mod values;

use identifiers::Names;
use values::{INTERFACE, NUMBERED, Values};

/// A crate that tests write and build.
struct Crate {
    name: &'static str,
    lib: String,
}

fn package(wit: &str) -> Package {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("names.wit");
    fs::write(&file, wit).unwrap();
    if wit.contains("wasi:http") {
        return loaded(&file);
    }
    load(&Source::File(file), &Features::All).unwrap_or_else(|error| panic!("{error}"))
}

/// Makes the glue of a world, in the module `module` of its crate.
fn glue(package: &Package, world: &str, module: &str) -> FileSet {
    let id = package.select_world(Some(world)).unwrap();
    let options = Options {
        module: Some(format!("crate::{module}")),
        ..Options::default()
    };
    render(package.clone(), id, &options).unwrap_or_else(|error| panic!("{error}"))
}

impl Crate {
    /// Returns the folder of the sources.
    fn sources(&self) -> std::path::PathBuf {
        target_dir().join("guest-names").join(self.name).join("src")
    }

    /// Runs cargo on the crate, which has to succeed.
    fn cargo(&self, subcommand: &str) {
        let _lock = lock("guests");
        let folder = self.sources().parent().unwrap().to_owned();
        let manifest = format!(
            "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             [workspace]\n\
             [lib]\ncrate-type = [\"cdylib\"]\n\
             [dependencies]\nbytes = \"1\"\nhttp = \"1\"\nhttp-body = \"1\"\n\
             [dependencies.wit-bindgen]\nversion = \"0.63\"\ndefault-features = false\n\
             features = [\"async\", \"async-spawn\", \"bitflags\", \"realloc\", \"std\"]\n\
             [profile.dev]\ndebug = false\nincremental = false\n",
            self.name
        );
        write_changed(&folder.join("Cargo.toml"), &manifest);
        let lock_file = testkit::root().join("tests/guests/Cargo.lock");
        if !folder.join("Cargo.lock").exists() {
            fs::copy(lock_file, folder.join("Cargo.lock")).unwrap();
        }
        write_changed(&self.sources().join("lib.rs"), &self.lib);
        let mut cargo: Command = toolchain().cargo(subcommand);
        cargo.current_dir(&folder);
        cargo.env("CARGO_TARGET_DIR", target_dir().join("guests/target"));
        let output = cargo.output().unwrap();
        assert!(
            output.status.success(),
            "{cargo:?} failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Builds the crate, and returns its component.
    fn component(&self) -> Vec<u8> {
        self.cargo("build");
        let file = format!("{}.wasm", self.name.replace('-', "_"));
        let folder = target_dir().join("guests/target").join(TARGET).join("debug");
        let module = fs::read(folder.join(file)).unwrap();
        witgen::component::encode(&module, &[]).unwrap()
    }
}

fn write_changed(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[test]
fn glue_compiles_whatever_the_names_of_its_items_are() {
    let everything = glue(&guests::package("everything"), "all", "all");
    let names = Names::of(everything.iter().map(|(_, text)| text));
    let mut lib = "pub struct Component;
impl beside_http::Handler for Component {
    async fn handle(_: beside_http::Request) -> Result<beside_http::Response, beside_http::ErrorCode> {
        unreachable!()
    }
}
".to_owned();
    let mut positions = Crate {
        name: "name-positions",
        lib: String::new(),
    };
    for world in positions::worlds(&names) {
        let module = world.name.replace('-', "_");
        let glue = glue(&package(&world.wit), world.name, &module);
        let folder = positions.sources().join(&module);
        for (path, text) in glue.iter() {
            write_changed(&folder.join(path), &implemented::implement(text));
        }
        lib.push_str(&format!("mod {module};\n{module}::export!(Component);\n"));
    }
    // Futures of types with equal structure, each in an interface of its own.
    lib.push_str(
        "pub fn futures() {
            use neighbours::{exports::names::neighbours as exports, names_, wit_future, wit_stream};
            use neighbours::bindings::names::neighbours as imports;
            wit_future::new::<Result<(), imports::payloads_x::E>>(|| Ok(()));
            wit_future::new::<Result<(), imports::payloads_y::E>>(|| Ok(()));
            wit_future::new::<Result<(), exports::payloads_x::E>>(|| Ok(()));
            wit_future::new::<Result<(), exports::payloads_y::E>>(|| Ok(()));
            wit_stream::new::<(exports::payloads_y::R, Option<exports::payloads_y::E>)>();
            names_::f();
        }
        ",
    );
    positions.lib = lib;
    positions.cargo("check");
}

#[tokio::test]
async fn values_arrive_whatever_the_names_of_parameters_and_fields_are() {
    let values = Values::all();
    let wit = format!(
        "package names:test;\n{}\nworld names {{ import {INTERFACE}; export {INTERFACE}; export run: async func() -> list<string>; }}\n",
        values.wit()
    );
    let guest = Crate {
        name: "name-values",
        lib: format!(
            "#![allow(unused)]
            mod names;
            mod values {{ {} }}
            pub struct Component;
            impl names::Guest for Component {{
                async fn run() -> Vec<String> {{ values::call_all().await }}
            }}
            names::export!(Component);
            ",
            values.guest()
        ),
    };
    let glue = glue(&package(&wit), "names", "names");
    assert_no_other_variables(glue.get("bindings.rs").unwrap());
    for (path, text) in glue.iter() {
        write_changed(&guest.sources().join("names").join(path), text);
    }
    let component = Component::new(&ENGINE, guest.component()).unwrap();
    let linker = linker(&values);
    let mut store = Store::new(&ENGINE, ());
    store.set_epoch_deadline(u64::MAX / 2);
    let instance = linker.instantiate_async(&mut store, &component).await.unwrap();

    let run = instance.get_func(&mut store, "run").unwrap();
    let mut wrong = [Val::Bool(false)];
    run.call_async(&mut store, &[], &mut wrong).await.unwrap();
    assert_eq!(wrong, [Val::List(Vec::new())]);

    let exports = Exports::of(&mut store, instance).await;
    for (name, _, is_method) in values.functions() {
        exports.assert_passes(&mut store, &name, is_method).await;
    }
}

/// Variables with a number that no parameter is called after would not be tested.
fn assert_no_other_variables(bindings: &str) {
    let is_inside = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let declared = bindings
        .split("let ")
        .skip(1)
        .map(|rest| rest.trim_start_matches("mut ").trim_start_matches('('));
    let names = declared.map(|rest| rest.split(|c| !is_inside(c)).next().unwrap_or_default());
    let numbered = names.filter(|name| name.ends_with(|c: char| c.is_ascii_digit()));
    for name in numbered {
        let stem = name
            .trim_end_matches(|c: char| c == '_' || c.is_ascii_digit())
            .trim_start_matches('_');
        let is_field = stem.starts_with("witgen_n") || stem == "x";
        assert!(
            is_field || NUMBERED.contains(&stem.replace('_', "-").as_str()),
            "functions have variables called `{name}`, and no parameter is called so"
        );
    }
}

/// The resource that the functions' methods are of.
struct Holder;

/// Returns a linker whose functions return what they are given.
fn linker(values: &Values) -> Linker<()> {
    let mut linker = Linker::new(&ENGINE);
    let mut instance = linker.instance(&format!("names:test/{INTERFACE}")).unwrap();
    instance
        .resource("holder", ResourceType::host::<Holder>(), |_, _| Ok(()))
        .unwrap();
    instance
        .func_new("[constructor]holder", |mut store, _, given, got| {
            std::assert_eq!(given, [Val::String("held".to_owned())]);
            let holder = Resource::<Holder>::new_own(1);
            got[0] = Val::Resource(ResourceAny::try_from_resource(holder, &mut store)?);
            Ok(())
        })
        .unwrap();
    for (name, is_async, is_method) in values.functions() {
        if is_async {
            instance
                .func_new_concurrent(&name, move |accessor, _, given, got| {
                    Box::pin(async move {
                        let values = &given[usize::from(is_method)..];
                        got[0] = Val::Tuple(values.to_vec());
                        accessor.with(|mut access| give_back(given, &mut access))
                    })
                })
                .unwrap();
        } else {
            instance
                .func_new(&name, move |mut store, _, given, got| {
                    let values = &given[usize::from(is_method)..];
                    got[0] = Val::Tuple(values.to_vec());
                    give_back(given, &mut store)
                })
                .unwrap();
        }
    }
    linker
}

/// Gives a borrowed holder back, if it is among the values.
fn give_back(given: &[Val], store: &mut impl AsContextMut) -> wasmtime::Result<()> {
    if let Some(Val::Resource(holder)) = given.first() {
        holder.try_into_resource::<Holder>(store)?;
    }
    Ok(())
}

/// What the component exports.
struct Exports {
    instance: Instance,
    holder: Val,
}

impl Exports {
    async fn of(store: &mut Store<()>, instance: Instance) -> Self {
        let mut exports = Exports {
            instance,
            holder: Val::Bool(false),
        };
        let new = exports.function(store, "[constructor]holder");
        let mut holder = [Val::Bool(false)];
        new.call_async(store, &[Val::String("held".to_owned())], &mut holder)
            .await
            .unwrap();
        exports.holder = holder[0].clone();
        exports
    }

    fn function(&self, store: &mut Store<()>, name: &str) -> Func {
        let interface = format!("names:test/{INTERFACE}");
        let interface = self.instance.get_export_index(&mut *store, None, &interface).unwrap();
        let function = self.instance.get_export_index(&mut *store, Some(&interface), name).unwrap();
        self.instance.get_func(&mut *store, function).unwrap()
    }

    /// Calls a function, which has to return what it is given.
    async fn assert_passes(&self, store: &mut Store<()>, name: &str, is_method: bool) {
        let function = self.function(store, name);
        let ty = function.ty(&*store);
        let types = ty.params().skip(usize::from(is_method));
        let mut number = 0;
        let given: Vec<_> = types.map(|(_, ty)| value(&ty, &mut number)).collect();
        let mut args = given.clone();
        if is_method {
            args.insert(0, self.holder.clone());
        }
        let mut got = [Val::Bool(false)];
        function.call_async(&mut *store, &args, &mut got).await.unwrap();
        assert_eq!(got, [Val::Tuple(given)], "{name}");
    }
}

/// Returns a value of a type that differs from those before.
fn value(ty: &Type, number: &mut u32) -> Val {
    *number += 1;
    match ty {
        Type::U32 => Val::U32(*number),
        Type::U8 => Val::U8(u8::try_from(*number % 256).unwrap()),
        Type::String => Val::String(number.to_string()),
        Type::List(list) => Val::List((0..2).map(|_| value(&list.ty(), number)).collect()),
        Type::Tuple(tuple) => Val::Tuple(tuple.types().map(|ty| value(&ty, number)).collect()),
        Type::Record(record) => Val::Record(
            record
                .fields()
                .map(|field| (field.name.to_owned(), value(&field.ty, number)))
                .collect(),
        ),
        other => panic!("no function has a {other:?}"),
    }
}
