//! The meaning of the names of imports.

use std::fmt;

use super::InterfaceName;
pub(super) use crate::extern_names::{ExternNames, Import};

impl fmt::Display for Import {
    /// As in WIT: `wasi:http/client@0.3.1002`, or `auth: wasi:http/client@0.3.1002`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.implements {
            Some(interface) => write!(formatter, "{}: {interface}", self.name),
            None => formatter.write_str(&self.name),
        }
    }
}

impl Import {
    /// The interface that is imported: what a label stands for, or the name itself.
    pub fn interface(&self) -> InterfaceName {
        InterfaceName::parse(self.implements.as_ref().unwrap_or(&self.name))
    }

    /// Whether both import one interface, in semver-compatible versions.
    pub fn is_same_interface(&self, other: &Import) -> bool {
        self.interface().is_compatible(&other.interface())
    }

    /// Whether both are one import in a component that holds both of their components.
    pub fn is_merged_with(&self, other: &Import) -> bool {
        if is_label(&self.name) || is_label(&other.name) {
            return self.name == other.name;
        }
        self.is_same_interface(other)
    }
}

/// Whether a name is a label, and not that of an interface, which contains its package's.
pub(super) fn is_label(name: &str) -> bool {
    !name.contains(':')
}
