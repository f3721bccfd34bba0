//! Components between a hop of a member and the target of the hop.

use askama::Template;
use wac_graph::types::{ItemKind, Package, Type as ItemType};
use wac_graph::{CompositionGraph, EncodeOptions};
use wasm_encoder::{
    Alias, ComponentAliasSection, ComponentExportKind, ComponentExportSection,
    ComponentInstanceSection, ComponentSection,
};
use wasmparser::{Validator, WasmFeatures};
use wit_component::{ComponentEncoder, DecodedWasm, StringEncoding, embed_component_metadata};
use wit_parser::{Handle, Int, Resolve, SizeAlign, Type, TypeDefKind, WorldItem, WorldKey};

use super::hop::Hop;
use super::member::Member;
use crate::decode::decode;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::names::unaliased;
use crate::panics::{call, catch_panic};

/// The case of `error-code` that a denied request ends with.
const DENIED: &str = "HTTP-request-denied";

/// A component without code that shows the `handle` of a service's handler as the `send` of `client`.
///
/// It imports the handler, takes its items out, puts them into an instance under the names that
/// `client` has for them, and exports that.
///
/// # Errors
///
/// A service whose handler has no function `handle`.
pub(super) fn bridge(service: &Member, client: &Hop) -> Result<Vec<u8>> {
    catch_panic(|| renamed(service, client)).map_err(|panic| not_linked(service, &panic))?
}

/// The error for a service that can't be the target of a client.
fn not_linked(service: &Member, error: &dyn std::fmt::Display) -> Diagnostic {
    let message = format!("`{}` can't be linked to a client: {error}", service.name());
    let error = service.error(codes::UNLINKABLE, message);
    error.help("its handler must have the function `handle`")
}

fn renamed(service: &Member, client: &Hop) -> Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let failed = |error: &dyn std::fmt::Display| not_linked(service, error);
    let handler = service.handler.to_string();
    let package = Package::from_bytes(
        "service",
        None,
        service.component.as_slice(),
        graph.types_mut(),
    )
    .map_err(|error| failed(&error))?;
    let kind = graph.types()[package.ty()].exports[&handler];
    let ItemKind::Instance(interface) = kind else {
        return Err(failed(&"its handler is not an interface").into());
    };
    let items: Vec<(String, ComponentExportKind)> = graph.types()[interface]
        .exports
        .iter()
        .filter_map(|(name, kind)| match kind {
            ItemKind::Func(_) => Some((name.clone(), ComponentExportKind::Func)),
            ItemKind::Type(ItemType::Value(_) | ItemType::Resource(_)) => {
                Some((name.clone(), ComponentExportKind::Type))
            }
            _ => None,
        })
        .collect();
    graph.import(handler, kind).map_err(|error| failed(&error))?;
    let options = EncodeOptions {
        validate: false,
        ..EncodeOptions::default()
    };
    let mut component = graph.encode(options).map_err(|error| failed(&error))?;

    // The following code refers to the handler's items by their numbers.
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    let validated = validator.validate_all(&component).map_err(|error| failed(&error))?;
    let types = validated.as_ref();
    let handler = types.component_instance_count() - 1;
    let mut next_type = types.component_type_count();
    let mut next_function = types.component_function_count();

    let mut aliases = ComponentAliasSection::new();
    let mut shown = Vec::new();
    for (name, kind) in &items {
        aliases.alias(Alias::InstanceExport {
            instance: handler,
            kind: *kind,
            name,
        });
        let (name, next) = match kind {
            ComponentExportKind::Func if name == "handle" => ("send", &mut next_function),
            ComponentExportKind::Func => (name.as_str(), &mut next_function),
            _ => (name.as_str(), &mut next_type),
        };
        shown.push((name, *kind, *next));
        *next += 1;
    }
    let mut instances = ComponentInstanceSection::new();
    instances.export_items(shown);
    let mut exports = ComponentExportSection::new();
    let own = types.component_instance_count();
    exports.export(client.import(), ComponentExportKind::Instance, own, None);
    aliases.append_to_component(&mut component);
    instances.append_to_component(&mut component);
    exports.append_to_component(&mut component);
    Ok(component)
}

/// A core module that rejects every request.
#[derive(Template)]
#[template(path = "compose/deny.wat", escape = "none")]
struct Denial<'a> {
    /// The interface of requests.
    types: String,
    request: String,
    /// The import that is denied, and its function.
    hop: &'a str,
    function: &'a str,
    /// The address of the result in memory, in bytes.
    at: usize,
    /// The result's bytes, as text has them: `\01\00`.
    result: String,
}

/// A component that exports a hop of a member, and rejects every request.
///
/// # Errors
///
/// A member whose hop is not of the types of `wasi:http`.
pub(super) fn denial(member: &Member, hop: &Hop) -> Result<Vec<u8>> {
    let denial = call(|| {
        let DecodedWasm::Component(mut resolve, world) =
            decode(&member.component).map_err(anyhow::Error::msg)?
        else {
            anyhow::bail!("it is a WIT package");
        };
        let imports = &resolve.worlds[world].imports;
        let is_hop = |key: &&WorldKey| resolve.name_world_key(key) == hop.import();
        let key = imports.keys().find(is_hop).cloned();
        let item = key.as_ref().and_then(|key| imports.get(key)).cloned();
        let (Some(key), Some(item @ WorldItem::Interface { .. })) = (key, item) else {
            anyhow::bail!("`{hop}` is not an interface");
        };
        let module = Denial::of(&resolve, &item, hop)?.render()?;
        let mut module = wat::parse_str(module)?;
        // The world of the component: what the member imports, with the hop going out.
        resolve.worlds[world].imports.shift_remove(&key);
        resolve.worlds[world].exports = [(key, item)].into_iter().collect();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)?;
        ComponentEncoder::default().module(&module)?.encode()
    });
    denial.map_err(|error| {
        let (what, option) = if hop.is_side_call() {
            ("side calls through", "client")
        } else {
            ("requests to the next hop", "hop")
        };
        let (member_name, name) = (member.name(), hop.name());
        let message = format!("{what} `{name}` of `{member_name}` can't be denied: {error:#}");
        let error = member.error(codes::UNLINKABLE, message);
        let key = if hop.is_labelled() {
            format!("{member_name}.{name}")
        } else {
            member_name.to_owned()
        };
        let help = format!("link them to a service that rejects them: --{option} {key}=FILE");
        error.help(help).into()
    })
}

/// The address of the result in memory, aligned for every type.
const RESULT_ADDRESS: usize = 16;

impl<'a> Denial<'a> {
    fn of(resolve: &Resolve, interface: &WorldItem, hop: &'a Hop) -> anyhow::Result<Self> {
        let WorldItem::Interface { id: interface, .. } = interface else {
            anyhow::bail!("`{hop}` is not an interface");
        };
        let name = hop.function();
        let Some(function) = resolve.interfaces[*interface].functions.get(name) else {
            anyhow::bail!("`{hop}` has no function `{name}`");
        };
        let request = match function.params.as_slice() {
            [request] => owned(resolve, &request.ty),
            _ => None,
        };
        let result = function.result.and_then(|ty| result(resolve, &ty));
        let (Some(request), Some((ok, error))) = (request, result) else {
            anyhow::bail!("`{name}` of `{hop}` has another type than that of wasi:http");
        };
        let Some(wit_parser::TypeOwner::Interface(types)) = Some(resolve.types[request].owner)
        else {
            anyhow::bail!("the request of `{hop}` belongs to no interface");
        };

        let mut sizes = SizeAlign::default();
        sizes.fill(resolve)?;
        let (index, tag) = denied(resolve, &error)?;
        let result_size = sizes.size(function.result.as_ref().expect("a handler returns a result"));
        let offset = sizes.payload_offset(Int::U8, [ok.as_ref(), Some(&error)]);
        let mut bytes = vec![0; result_size.size_wasm32()];
        bytes[0] = 1;
        let tag = sizes_of(tag);
        let offset = offset.size_wasm32();
        bytes[offset..offset + tag].copy_from_slice(&index.to_le_bytes()[..tag]);
        Ok(Denial {
            types: resolve.id_of(types).unwrap_or_default(),
            request: resolve.types[request].name.clone().unwrap_or_default(),
            hop: hop.import(),
            function: name,
            at: RESULT_ADDRESS,
            result: bytes.iter().map(|byte| format!("\\{byte:02x}")).collect(),
        })
    }
}

/// How many bytes a tag takes.
fn sizes_of(tag: Int) -> usize {
    match tag {
        Int::U8 => 1,
        Int::U16 => 2,
        Int::U32 => 4,
        Int::U64 => 8,
    }
}

/// The resource of a handle that is handed over.
fn owned(resolve: &Resolve, ty: &Type) -> Option<wit_parser::TypeId> {
    match &resolve.types[defined_type(resolve, ty)?].kind {
        TypeDefKind::Handle(Handle::Own(resource)) => defined_type(resolve, &Type::Id(*resource)),
        _ => None,
    }
}

/// Returns the types of a `result` in both cases.
fn result(resolve: &Resolve, ty: &Type) -> Option<(Option<Type>, Type)> {
    match &resolve.types[defined_type(resolve, ty)?].kind {
        TypeDefKind::Result(result) => Some((result.ok, result.err?)),
        _ => None,
    }
}

/// Returns the number of the case for denied requests, and the size of such numbers.
fn denied(resolve: &Resolve, error: &Type) -> anyhow::Result<(u32, Int)> {
    let kind = defined_type(resolve, error).map(|id| &resolve.types[id].kind);
    let Some(TypeDefKind::Variant(variant)) = kind else {
        anyhow::bail!("its error is not a variant");
    };
    let mut cases = variant.cases.iter();
    match cases.position(|case| case.name == DENIED && case.ty.is_none()) {
        Some(index) => Ok((u32::try_from(index)?, variant.tag())),
        None => anyhow::bail!("its error has no case `{DENIED}`"),
    }
}

/// Returns the type that aliases lead to, unless it is a built-in one.
fn defined_type(resolve: &Resolve, ty: &Type) -> Option<wit_parser::TypeId> {
    match ty {
        Type::Id(id) => Some(unaliased(resolve, *id)),
        _ => None,
    }
}
