//! Functions and interfaces that are equal but for their name.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use super::site::Site;
use crate::model::display::{WriteWit, write_function};
use crate::model::{Interface, TypeName};

/// The functions of an interface: their names and their types, in which every name is that of the
/// definition.
pub(super) type Shape<'a> = BTreeMap<&'a str, String>;

/// The shapes of interfaces, each worked out once.
pub(super) struct Shapes<'s, 'a> {
    site: &'s Site<'a>,
    known: HashMap<&'a str, Shape<'a>>,
}

impl<'s, 'a> Shapes<'s, 'a> {
    pub fn new(site: &'s Site<'a>) -> Self {
        let known = HashMap::new();
        Shapes { site, known }
    }

    pub fn of(&mut self, interface: &'a Interface) -> &Shape<'a> {
        let site = self.site;
        self.known.entry(&interface.id).or_insert_with(|| {
            let functions = interface.functions.iter();
            let shape = functions.map(|function| {
                let text = String::new();
                let mut line = Line { site, text };
                write_function(function, &mut line).expect("a string takes everything");
                (function.component_name.as_str(), line.text)
            });
            shape.collect()
        })
    }
}

struct Line<'s, 'a> {
    site: &'s Site<'a>,
    text: String,
}

impl fmt::Write for Line<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        Ok(())
    }
}

impl WriteWit for Line<'_, '_> {
    fn write_name(&mut self, name: &TypeName) -> fmt::Result {
        use fmt::Write;
        match self.site.definition(name) {
            Some((owner, def)) => write!(self, "{owner}.{}", def.name),
            None => write!(self, "{name}"),
        }
    }
}
