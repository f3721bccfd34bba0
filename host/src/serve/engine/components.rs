//! The number of components in a component.

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentTypeRef, Encoding, Parser, Payload, Result,
};

/// Returns how many components with core modules an instance of a component consists of: 1, unless it was composed. A
/// component that can't be parsed counts as 1.
pub fn count(component: &[u8]) -> u32 {
    parse(component).unwrap_or_default().max(1)
}

/// A component that is being parsed.
#[derive(Default)]
struct Level {
    has_core_instances: bool,
    /// The number of each component in its index space.
    components: Vec<u32>,
    /// The sum of the numbers of its instances.
    instantiated: u32,
}

fn parse(component: &[u8]) -> Result<u32> {
    // A core module has no level, but an end.
    let mut levels: Vec<Option<Level>> = Vec::new();
    let mut last = 0;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        match &payload {
            Payload::Version { encoding, .. } => {
                levels.push((*encoding == Encoding::Component).then(Level::default));
            }
            Payload::End(_) => {
                if let Some(ended) = levels.pop().flatten() {
                    last = ended.number();
                    if let Some(Some(parent)) = levels.last_mut() {
                        parent.components.push(last);
                    }
                }
            }
            _ => {
                if let Some((Some(level), outer)) = levels.split_last_mut() {
                    level.add(payload, outer)?;
                }
            }
        }
    }
    Ok(last)
}

impl Level {
    fn number(&self) -> u32 {
        self.instantiated.saturating_add(self.has_core_instances.into())
    }

    /// Returns the number of a component, which is 1 for one from elsewhere.
    fn component(&self, index: u32) -> u32 {
        self.components.get(index as usize).copied().unwrap_or(1)
    }

    /// Adds a section. `outer` are the enclosing components, the outermost first.
    fn add(&mut self, section: Payload<'_>, outer: &[Option<Level>]) -> Result<()> {
        match section {
            Payload::InstanceSection(_) => self.has_core_instances = true,
            Payload::ComponentInstanceSection(instances) => {
                for instance in instances {
                    if let ComponentInstance::Instantiate {
                        component_index, ..
                    } = instance?
                    {
                        let number = self.component(component_index);
                        self.instantiated = self.instantiated.saturating_add(number);
                    }
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    if let ComponentTypeRef::Component(_) = import?.ty {
                        self.components.push(1);
                    }
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ComponentExternalKind::Component {
                        self.components.push(self.component(export.index));
                    }
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    let number = aliased(&alias?, self, outer);
                    self.components.extend(number);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Returns the number of the component that an alias is of; `None` if it is of something else.
fn aliased(alias: &ComponentAlias<'_>, level: &Level, outer: &[Option<Level>]) -> Option<u32> {
    match alias {
        ComponentAlias::InstanceExport {
            kind: ComponentExternalKind::Component,
            ..
        } => Some(1),
        ComponentAlias::Outer {
            kind: ComponentOuterAliasKind::Component,
            count,
            index,
        } => {
            let level = match (*count as usize).checked_sub(1) {
                None => Some(level),
                Some(count) => outer.iter().rev().flatten().nth(count),
            };
            Some(level.map_or(1, |level| level.component(*index)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_with_core_modules_are_counted_by_instance() {
        const CODE: &str = "(core module $m) (core instance (instantiate $m))";
        for (component, number) in [
            ("".to_owned(), 1),
            (CODE.to_owned(), 1),
            // What wit-component makes of an export has no code.
            (format!("{CODE} (component $shim) (instance (instantiate $shim))"), 1),
            (format!("(component $a {CODE}) (instance (instantiate $a))"), 1),
            (
                format!("(component $a {CODE}) (instance (instantiate $a)) (instance (instantiate $a))"),
                2,
            ),
            (
                format!(
                    "(component $a {CODE} (component $b {CODE}) (instance (instantiate $b)))
                     (instance (instantiate $a)) (instance (instantiate $a))"
                ),
                4,
            ),
            (
                format!(
                    "(component $a {CODE})
                     (component $b (alias outer 1 $a (component $c)) (instance (instantiate $c)) {CODE})
                     (instance (instantiate $b))"
                ),
                2,
            ),
            (
                format!(
                    "(component $a {CODE}) (alias outer 0 0 (component $b)) (component $c)
                     (instance (instantiate 1)) (instance (instantiate 2)) (instance (instantiate 0))"
                ),
                2,
            ),
            (
                format!(
                    "(component $a {CODE}) (export $b \"a\" (component $a)) (instance (instantiate $b))
                     (instance (instantiate $a))"
                ),
                2,
            ),
            (
                "(import \"a\" (component $a)) (instance (instantiate $a)) (instance (instantiate $a))"
                    .to_owned(),
                2,
            ),
        ] {
            let bytes = wat::parse_str(format!("(component {component})")).unwrap();
            assert_eq!(count(&bytes), number, "{component}");
        }
        assert_eq!(count(b"damaged"), 1);
    }
}
