//! The parts of a composed component, according to its bytes: the inner components and the links between them.

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentTypeRef, Parser, Payload,
};

use super::predicate::{Composition, Digest, Member};
use crate::panics::call;

/// The component of an instance.
#[derive(Clone, Debug)]
enum Instance {
    /// An import of the composition.
    Import(String),
    /// A member, by its number.
    Member(usize),
    /// Something else, such as exports that are bundled.
    Other,
}

/// A component within the composition, as far as it was read.
struct Part {
    digest: Digest,
    /// Encoders put components without code around what a component exports; these are no members.
    has_code: bool,
}

/// Returns the parts of a composed component; none if it contains no other components, or can't be read.
pub(crate) fn composition(component: &[u8]) -> Option<Composition> {
    let composition = call(|| read(component)).ok()?;
    (!composition.members.is_empty()).then_some(composition)
}

fn read(component: &[u8]) -> anyhow::Result<Composition> {
    let mut members: Vec<Member> = Vec::new();
    let mut plan = Vec::new();
    let mut instances: Vec<Instance> = Vec::new();
    // The components of an index, as far as they are members: others are imported or aliased.
    let mut components: Vec<Option<usize>> = Vec::new();
    let mut part: Option<Part> = None;
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        match payload {
            Payload::ModuleSection { .. } => {
                if let Some(part) = &mut part {
                    part.has_code = true;
                }
                depth += 1;
            }
            Payload::ComponentSection {
                unchecked_range: range,
                ..
            } => {
                if depth == 0 {
                    let range = usize::try_from(range.start)?..usize::try_from(range.end)?;
                    let bytes = component.get(range).unwrap_or_default();
                    part = Some(Part {
                        digest: Digest::of(bytes),
                        has_code: false,
                    });
                }
                depth += 1;
            }
            Payload::End(_) => {
                depth = depth.saturating_sub(1);
                if depth == 0
                    && let Some(part) = part.take()
                {
                    components.push(part.has_code.then_some(members.len()));
                    if part.has_code {
                        members.push(Member::new(members.len(), part.digest));
                    }
                }
            }
            _ if depth > 0 => {}
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let import = import?;
                    match import.ty {
                        ComponentTypeRef::Instance(_) => {
                            instances.push(Instance::Import(import.name.name.to_owned()));
                        }
                        ComponentTypeRef::Component(_) => components.push(None),
                        _ => {}
                    }
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section {
                    match alias? {
                        ComponentAlias::InstanceExport {
                            kind: ComponentExternalKind::Instance,
                            instance_index,
                            ..
                        } => {
                            let of = instances.get(instance_index as usize).cloned();
                            instances.push(of.unwrap_or(Instance::Other));
                        }
                        ComponentAlias::InstanceExport {
                            kind: ComponentExternalKind::Component,
                            ..
                        } => components.push(None),
                        _ => {}
                    }
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section {
                    let ComponentInstance::Instantiate {
                        component_index,
                        args,
                    } = instance?
                    else {
                        instances.push(Instance::Other);
                        continue;
                    };
                    let Some(Some(member)) = components.get(component_index as usize) else {
                        instances.push(Instance::Other);
                        continue;
                    };
                    for arg in args.iter().filter(|it| it.kind == ComponentExternalKind::Instance) {
                        let to = match instances.get(arg.index as usize) {
                            Some(Instance::Member(to)) => to.to_string(),
                            Some(Instance::Import(name)) => format!("host ({name})"),
                            _ => continue,
                        };
                        plan.push(format!("{member} → {to}: {}", arg.name));
                    }
                    instances.push(Instance::Member(*member));
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ComponentExternalKind::Instance {
                        let of = instances.get(export.index as usize).cloned();
                        if let Some(Instance::Member(member)) = of {
                            plan.push(format!("host → {member}: {}", export.name.name));
                        }
                        instances.push(of.unwrap_or(Instance::Other));
                    }
                }
            }
            _ => {}
        }
    }
    plan.sort();
    Ok(Composition { members, plan })
}
