//! Whether two types are equal.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::parts::parts;
use crate::model::{Index, Type, TypeDef, TypeKind, TypeName};

/// When two names stand for the same type.
pub(crate) trait Correspondence<'a> {
    /// Compares two names.
    fn names(&self, first: &'a TypeName, second: &'a TypeName) -> Verdict<'a>;

    /// Compares two types as far as names and aliases decide.
    fn types(&self, first: &'a Type, second: &'a Type) -> Verdict<'a> {
        match (first, second) {
            (Type::Named(a), Type::Named(b))
            | (Type::Own(a), Type::Own(b))
            | (Type::Borrow(a), Type::Borrow(b)) => self.names(a, b),
            _ => Verdict::Written(first, second),
        }
    }
}

/// The decision of a [`Correspondence`] about two types.
pub(crate) enum Verdict<'a> {
    Equal,
    Different,
    /// They are equal if these definitions are.
    Defined(&'a TypeDef, &'a TypeDef),
    /// They are equal if these types are written in the same way and of equal types.
    Written(&'a Type, &'a Type),
}

/// Names of one model: they stand for the same type if they lead to the same definition.
pub(crate) struct WithinModel<'i, 'a> {
    pub index: &'i Index<'a>,
    /// The full names of two interfaces whose types stand for each other if they have the same name and
    /// equal definitions.
    pub counterparts: Option<(&'a str, &'a str)>,
}

impl<'a> Correspondence<'a> for WithinModel<'_, 'a> {
    fn names(&self, first: &'a TypeName, second: &'a TypeName) -> Verdict<'a> {
        let verdict = |is_equal| {
            if is_equal {
                Verdict::Equal
            } else {
                Verdict::Different
            }
        };
        let (Some((first_owner, a)), Some((second_owner, b))) =
            (self.index.definition(first), self.index.definition(second))
        else {
            return verdict(first == second);
        };
        if first_owner == second_owner {
            return verdict(a.name == b.name);
        }
        if self.counterparts == Some((first_owner, second_owner)) && a.name == b.name {
            Verdict::Defined(a, b)
        } else {
            Verdict::Different
        }
    }
}

/// Compares types, each pair of definitions once.
pub(crate) struct Types<C> {
    pub correspondence: C,
    /// Whether pairs of definitions are equal.
    known: RefCell<HashMap<Addresses, bool>>,
}

/// A pair of definitions, by their addresses.
type Addresses = (*const TypeDef, *const TypeDef);

/// Two definitions.
type Definitions<'a> = (&'a TypeDef, &'a TypeDef);

impl<'a, C: Correspondence<'a>> Types<C> {
    pub fn new(correspondence: C) -> Self {
        Types {
            correspondence,
            known: RefCell::default(),
        }
    }

    /// Whether two types are equal.
    pub fn types(&self, first: &'a Type, second: &'a Type) -> bool {
        let mut needed = Vec::new();
        self.reduce(first, second, &mut needed) && self.all_equal(needed)
    }

    /// Whether two types that need not be there are equal.
    pub fn optional_types(&self, first: Option<&'a Type>, second: Option<&'a Type>) -> bool {
        match (first, second) {
            (Some(first), Some(second)) => self.types(first, second),
            (None, None) => true,
            _ => false,
        }
    }

    /// Whether two names stand for equal types.
    pub fn names(&self, first: &'a TypeName, second: &'a TypeName) -> bool {
        let mut needed = Vec::new();
        let verdict = self.correspondence.names(first, second);
        self.follow(verdict, &mut needed) && self.all_equal(needed)
    }

    /// Whether two definitions are equal, apart from their names. Two resources always are: only names distinguish them.
    pub fn definitions(&self, first: &'a TypeDef, second: &'a TypeDef) -> bool {
        self.all_equal(vec![(first, second)])
    }

    /// Compares pairs of definitions, and those that they depend on, each once. The pairs are equal unless
    /// they differ themselves, or depend on one that does. A cycle is equal if all else is; WIT has none, but a model
    /// that was made by hand may have one.
    ///
    /// These are loops rather than recursions, because a chain of definitions can be longer than the stack.
    fn all_equal(&self, roots: Vec<Definitions<'a>>) -> bool {
        let address = |(first, second): &Definitions<'a>| -> Addresses { (*first, *second) };
        let mut known = self.known.borrow_mut();
        let mut reached = HashSet::new();
        let mut dependents: HashMap<Addresses, Vec<Addresses>> = HashMap::new();
        let mut different = Vec::new();
        let mut pending = roots.clone();
        let mut needed = Vec::new();
        while let Some(pair) = pending.pop() {
            let key = address(&pair);
            if known.contains_key(&key) || !reached.insert(key) {
                continue;
            }
            needed.clear();
            if !self.reduce_definitions(pair, &mut needed) {
                different.push(key);
                continue;
            }
            for other in &needed {
                match known.get(&address(other)) {
                    Some(true) => {}
                    Some(false) => different.push(key),
                    None => {
                        dependents.entry(address(other)).or_default().push(key);
                        pending.push(*other);
                    }
                }
            }
        }
        while let Some(key) = different.pop() {
            // Types that depend on it are different too, unless they were already found to be different.
            if reached.remove(&key) {
                known.insert(key, false);
                different.extend(dependents.remove(&key).unwrap_or_default());
            }
        }
        known.extend(reached.into_iter().map(|key| (key, true)));
        roots.iter().all(|pair| known[&address(pair)])
    }

    /// Compares two definitions but for other definitions that they depend on, which are listed.
    fn reduce_definitions(
        &self,
        (first, second): Definitions<'a>,
        needed: &mut Vec<Definitions<'a>>,
    ) -> bool {
        match (&first.kind, &second.kind) {
            (TypeKind::Record(_), TypeKind::Record(_))
            | (TypeKind::Variant(_), TypeKind::Variant(_))
            | (TypeKind::Enum(_), TypeKind::Enum(_))
            | (TypeKind::Flags(_), TypeKind::Flags(_)) => {
                let (first, second) = (parts(first), parts(second));
                first.len() == second.len()
                    && first.iter().zip(&second).all(|(a, b)| {
                        let has_equal_type = match (a.ty, b.ty) {
                            (Some(a), Some(b)) => self.reduce(a, b, needed),
                            (None, None) => true,
                            _ => false,
                        };
                        a.name == b.name && has_equal_type
                    })
            }
            (TypeKind::Resource, TypeKind::Resource) => true,
            (TypeKind::Alias(a), TypeKind::Alias(b)) => self.reduce(a, b, needed),
            (TypeKind::Use(a), TypeKind::Use(b)) => {
                self.follow(self.correspondence.names(a, b), needed)
            }
            _ => false,
        }
    }

    /// Compares two types but for the definitions that they depend on, which are listed.
    fn reduce(&self, first: &'a Type, second: &'a Type, needed: &mut Vec<Definitions<'a>>) -> bool {
        self.follow(self.correspondence.types(first, second), needed)
    }

    fn follow(&self, verdict: Verdict<'a>, needed: &mut Vec<Definitions<'a>>) -> bool {
        let mut pending = vec![verdict];
        while let Some(verdict) = pending.pop() {
            match verdict {
                Verdict::Equal => {}
                Verdict::Different => return false,
                Verdict::Defined(first, second) => needed.push((first, second)),
                Verdict::Written(first, second) => {
                    let Some(inner) = inner_types(first, second) else {
                        return false;
                    };
                    let verdicts = inner
                        .into_iter()
                        .map(|(first, second)| self.correspondence.types(first, second));
                    pending.extend(verdicts);
                }
            }
        }
        true
    }
}

/// Two types.
type Pair<'a> = (&'a Type, &'a Type);

/// Returns the pairs of types that two types are made of; none if they are made in different ways.
fn inner_types<'a>(first: &'a Type, second: &'a Type) -> Option<Vec<Pair<'a>>> {
    let optional =
        |first: &'a Option<Box<Type>>, second: &'a Option<Box<Type>>| match (first, second) {
            (Some(first), Some(second)) => Some(vec![(&**first, &**second)]),
            (None, None) => Some(Vec::new()),
            _ => None,
        };
    match (first, second) {
        (Type::Option(a), Type::Option(b)) | (Type::List(a), Type::List(b)) => Some(vec![(a, b)]),
        (Type::Result { ok: a, err: c }, Type::Result { ok: b, err: d }) => {
            Some([optional(a, b)?, optional(c, d)?].concat())
        }
        (Type::Future(a), Type::Future(b)) | (Type::Stream(a), Type::Stream(b)) => optional(a, b),
        (Type::Tuple(a), Type::Tuple(b)) => (a.len() == b.len()).then(|| a.iter().zip(b).collect()),
        (
            Type::FixedLengthList {
                element: a,
                length: n,
            },
            Type::FixedLengthList {
                element: b,
                length: m,
            },
        ) => (n == m).then(|| vec![(&**a, &**b)]),
        (Type::Map { key: a, value: c }, Type::Map { key: b, value: d }) => {
            Some(vec![(a, b), (c, d)])
        }
        (a, b) => (a == b).then(Vec::new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Model, describe};
    use crate::source::{Features, Source, load};

    /// A package whose interfaces `x` and `y` have a record `t0`, and records up to `t{count}`, each of which
    /// has two fields of the type before it. In `y`, `t0` has a field of this type.
    fn model(count: usize, first_field_in_y: &str) -> Model {
        let text = format!(
            "package a:b;
            interface x {{ record t0 {{ a: u8 }} record t1 {{ a: t0, b: t0 }} }}
            interface y {{ record t0 {{ a: {first_field_in_y} }} record t1 {{ a: t0, b: t0 }} }}"
        );
        let file = tempfile::NamedTempFile::with_suffix(".wit").unwrap();
        std::fs::write(file.path(), text).unwrap();
        let source = Source::File(file.path().to_owned());
        let mut model = describe(&load(&source, &Features::default()).unwrap());
        for interface in &mut model.packages[0].interfaces {
            for at in 2..=count {
                let mut def = interface.types[1].clone();
                def.name = format!("t{at}");
                refer(&mut def, &format!("t{}", at - 1));
                interface.types.push(def);
            }
        }
        model
    }

    /// Makes every field of a record one of this type.
    fn refer(def: &mut TypeDef, to: &str) {
        let TypeKind::Record(fields) = &mut def.kind else {
            panic!("{def:?}");
        };
        for field in fields {
            if let Type::Named(name) = &mut field.ty {
                name.name = to.to_owned();
            }
        }
    }

    fn are_equal(model: &Model, name: &str) -> bool {
        are_all_equal(model, &[name])[0]
    }

    /// Whether types of these names are equal, compared in this order.
    fn are_all_equal(model: &Model, names: &[&str]) -> Vec<bool> {
        let index = Index::of(model);
        let counterparts = Some(("a:b/x", "a:b/y"));
        let types = Types::new(WithinModel {
            index: &index,
            counterparts,
        });
        let are_equal = |name: &&str| {
            let def = |owner| index.type_def(owner, name).unwrap();
            types.definitions(def("a:b/x"), def("a:b/y"))
        };
        names.iter().map(are_equal).collect()
    }

    #[test]
    fn definitions_that_are_reached_in_many_ways_are_compared_once() {
        // Without a memory these would be 2^100 comparisons.
        assert!(are_equal(&model(100, "u8"), "t100"));
        assert!(!are_equal(&model(100, "u16"), "t100"));
    }

    #[test]
    fn a_chain_of_definitions_may_be_longer_than_the_stack() {
        assert!(are_equal(&model(50_000, "u8"), "t50000"));
    }

    #[test]
    fn cyclic_definitions_are_equal_if_all_else_is() {
        for (first_field, expected) in [("u8", true), ("u16", false)] {
            let mut model = model(3, first_field);
            for interface in &mut model.packages[0].interfaces {
                // `t1` is made of `t0` and, in a circle, of `t3`.
                let [_, def, ..] = interface.types.as_mut_slice() else {
                    panic!("{interface:?}");
                };
                let TypeKind::Record(fields) = &mut def.kind else {
                    panic!("{def:?}");
                };
                if let Type::Named(name) = &mut fields[1].ty {
                    name.name = "t3".to_owned();
                }
            }
            // Each answer is remembered, and must be right whichever question came first.
            for order in [["t1", "t2", "t3"], ["t2", "t3", "t1"], ["t3", "t1", "t2"]] {
                let found = are_all_equal(&model, &order);
                assert_eq!(found, [expected; 3], "{order:?}");
            }
        }
    }
}
