//! The item that a name in documentation means.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use super::anchors::member_names;
use super::home::{Home, Owner};
use super::site::Site;
use crate::model::{
    Function, Interface, Package, Position, Type, TypeDef, TypeKind, TypeName, WorldItemKind,
};
use crate::names::nearest;

/// The extensions of files that documentation mentions: `types.wit` is not an item of `types`.
const FILE_EXTENSIONS: &[&str] = &["json", "md", "rs", "toml", "wasm", "wit"];

/// Where a piece of documentation stands: what its names are looked for in, and from which page.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// The page that it is shown on.
    pub page: usize,
    /// The page of the item: what relative links start from.
    pub home_page: usize,
    pub package: &'a Package,
    /// The interface or world; none for a package's own documentation.
    pub owner: Option<&'a str>,
    /// The type, or the type of the field, case or function.
    pub ty: Option<&'a str>,
    pub function: Option<&'a Function>,
    pub position: Option<&'a Position>,
}

/// The meaning of a name in backticks.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// An item, with the link to it.
    Item(String),
    /// Something else, or an item without a page.
    Other,
    /// It looks like an item and isn't; with the name that was meant, if one is near.
    Nothing(Option<String>),
}

/// An item's place.
struct Address<'a> {
    owner: &'a str,
    path: String,
}

/// Looks names up.
pub(super) struct Lookup<'s, 'a> {
    site: &'s Site<'a>,
    /// The names of all members of the package's types, and of its functions.
    members: OnceCell<HashSet<&'a str>>,
    /// Interfaces and worlds, by their package and their plain name.
    owners: OnceCell<HashMap<(&'a str, &'a str), &'a str>>,
    /// The interfaces that have a type or a function of a name, by their package.
    holders: OnceCell<HashMap<(&'a str, &'a str), Vec<&'a Interface>>>,
}

impl<'s, 'a> Lookup<'s, 'a> {
    pub fn new(site: &'s Site<'a>) -> Self {
        Lookup {
            site,
            members: OnceCell::new(),
            owners: OnceCell::new(),
            holders: OnceCell::new(),
        }
    }

    /// Returns the meaning of `text` in documentation at this place.
    pub fn meaning(&self, text: &str, context: &Context<'a>) -> Meaning {
        let text = text.strip_suffix("()").unwrap_or(text);
        if text.contains(':') {
            return self.qualified(text, context);
        }
        let segments: Vec<&str> = text.split('.').collect();
        if !segments.iter().all(|segment| is_label(segment)) {
            return Meaning::Other;
        }
        if segments.len() == 1 && is_other_parameter(text, context) {
            return Meaning::Other;
        }
        if let Some(address) = self.find(&segments, context) {
            return self.link(&address, context);
        }
        match segments.as_slice() {
            [_] => Meaning::Other,
            [_, ending] if FILE_EXTENSIONS.contains(ending) => Meaning::Other,
            segments => self.unknown(segments, context),
        }
    }

    /// `wasi:http`, `wasi:http/types`, `wasi:http/types.request@0.3.1002`.
    fn qualified(&self, text: &str, context: &Context<'a>) -> Meaning {
        let (base, version) = match text.split_once('@') {
            Some((base, version)) => (base, Some(version)),
            None => (text, None),
        };
        let (name, path) = match base.split_once('/') {
            Some((name, path)) => (name, Some(path)),
            None => (base, None),
        };
        let is_named = |package: &&&'a Package| {
            let own = package.version.as_ref().map(ToString::to_string);
            let has_name = name.split_once(':') == Some((&package.namespace, &package.name));
            has_name && (version.is_none() || version == own.as_deref())
        };
        // The package of the text has priority, because there may be two versions of it.
        let all: Vec<&Package> = self.site.model.packages.iter().collect();
        let mut packages = std::iter::once(&context.package).chain(&all);
        let Some(package) = packages.find(is_named) else {
            return Meaning::Other;
        };
        let Some(path) = path else {
            let href = self.site.href_of_package(context.page, package);
            return href.map_or(Meaning::Other, Meaning::Item);
        };
        let segments: Vec<&str> = path.split('.').collect();
        match self.in_package(package, &segments) {
            Some(address) => self.link(&address, context),
            None if segments.iter().all(|segment| is_label(segment)) => {
                let interfaces = package.interfaces.iter().map(|i| i.name.as_str());
                let worlds = package.worlds.iter().map(|world| world.name.as_str());
                let near = nearest(segments[0], interfaces.chain(worlds));
                Meaning::Nothing(near.filter(|near| *near != segments[0]).map(str::to_owned))
            }
            None => Meaning::Other,
        }
    }

    fn link(&self, address: &Address<'a>, context: &Context<'a>) -> Meaning {
        let href = self.site.href(context.page, address.owner, &address.path);
        href.map_or(Meaning::Other, Meaning::Item)
    }

    /// Looks in the own interface, the own type, the own package's interfaces and worlds, and last
    /// for an item that only one interface of the package has.
    fn find(&self, segments: &[&str], context: &Context<'a>) -> Option<Address<'a>> {
        let own = context.owner.and_then(|owner| {
            let home = self.site.home(owner)?;
            let in_owner = self.in_owner(owner, home, segments);
            in_owner.or_else(|| self.in_type(home, context.ty?, segments))
        });
        let named = own
            .or_else(|| self.in_package(context.package, segments))
            .or_else(|| self.in_parameter(segments, context));
        named.or_else(|| {
            let holders = self.holders().get(&(context.package.id.as_str(), segments[0]));
            let mut addresses = holders.into_iter().flatten().filter_map(|interface| {
                let home = self.site.home(&interface.id)?;
                // Types that an interface imports by `use` are found at their definitions.
                let is_used = home
                    .type_named(segments[0])
                    .is_some_and(|def| matches!(def.kind, TypeKind::Use(_)));
                let address = self.in_owner(&interface.id, home, segments)?;
                (!is_used).then_some(address)
            });
            let only = addresses.next()?;
            addresses.next().is_none().then_some(only)
        })
    }

    fn in_package(&self, package: &'a Package, segments: &[&str]) -> Option<Address<'a>> {
        let (first, rest) = segments.split_first()?;
        let owner = *self.owners().get(&(package.id.as_str(), *first))?;
        self.in_owner(owner, self.site.home(owner)?, rest)
    }

    fn in_owner(&self, owner: &'a str, home: &Home<'a>, segments: &[&str]) -> Option<Address<'a>> {
        let path = match segments {
            [] => String::new(),
            [name] => match home.type_named(name) {
                Some(def) => return self.of_type(owner, home, def),
                None => match home.function_named("", name) {
                    Some(function) => home.path_of_function(function),
                    None => return self.in_inline(home, segments),
                },
            },
            [name, member] => match home.type_named(name) {
                Some(def) => return self.in_def(owner, home, def, member),
                None => return self.in_inline(home, segments),
            },
            _ => return self.in_inline(home, segments),
        };
        Some(Address { owner, path })
    }

    /// `settings.get` in a world with an interface `settings` written out in it.
    fn in_inline(&self, home: &Home<'a>, segments: &[&str]) -> Option<Address<'a>> {
        let Owner::World(world) = home.owner else {
            return None;
        };
        let (first, rest) = segments.split_first()?;
        let (_, item) = world.items().find(|(_, item)| item.name == **first)?;
        let WorldItemKind::Inline(interface) = &item.kind else {
            return None;
        };
        let home = self.site.home(&interface.id)?;
        self.in_owner(&interface.id, home, rest)
    }

    /// Returns a member of a type in `home`.
    fn in_type(&self, home: &Home<'a>, ty: &str, segments: &[&str]) -> Option<Address<'a>> {
        let [member] = segments else { return None };
        let owner = home.owner.id();
        self.in_def(owner, home, home.type_named(ty)?, member)
    }

    /// A field of a parameter: `options.timeout`.
    fn in_parameter(&self, segments: &[&str], context: &Context<'a>) -> Option<Address<'a>> {
        let [param, member] = segments else {
            return None;
        };
        let mut params = context.function?.params.iter();
        let name = named(&params.find(|p| p.name == *param)?.ty)?;
        let (owner, def) = self.site.definition(name)?;
        self.in_def(owner, self.site.home(owner)?, def, member)
    }

    fn of_type(&self, owner: &'a str, home: &Home<'a>, def: &'a TypeDef) -> Option<Address<'a>> {
        if let TypeKind::Use(used) = &def.kind
            && let Some((owner, def)) = self.site.definition(used)
        {
            let path = self.site.home(owner)?.type_path(def);
            return Some(Address { owner, path });
        }
        let path = home.type_path(def);
        Some(Address { owner, path })
    }

    fn in_def(
        &self,
        owner: &'a str,
        home: &Home<'a>,
        def: &'a TypeDef,
        member: &str,
    ) -> Option<Address<'a>> {
        if let TypeKind::Use(used) = &def.kind {
            let (owner, def) = self.site.definition(used)?;
            let home = self.site.home(owner)?;
            return match def.kind {
                TypeKind::Use(_) => None,
                _ => self.in_def(owner, home, def, member),
            };
        }
        // An alias has the members of what it stands for.
        if let TypeKind::Alias(ty) = &def.kind {
            let (owner, def) = self.site.definition(named(ty)?)?;
            return self.in_def(owner, self.site.home(owner)?, def, member);
        }
        let path = home.type_path(def);
        if member_names(def).contains(&member) {
            let path = format!("{path}.{member}");
            return Some(Address { owner, path });
        }
        let function = home.function_named(&def.name, member)?;
        let path = home.path_of_function(function);
        Some(Address { owner, path })
    }

    /// A name with dots that no item has: is it a slip of the pen?
    fn unknown(&self, segments: &[&str], context: &Context<'a>) -> Meaning {
        let (last, before) = segments.split_last().expect("a name with dots has parts");
        if let Some(address) = self.find(before, context) {
            let members = self.member_names(&address);
            let near = nearest(last, members.iter().copied());
            return Meaning::Nothing(near.map(|near| format!("{}.{near}", before.join("."))));
        }
        let (first, rest) = segments.split_first().expect("a name with dots has parts");
        if !self.members().contains(last) {
            return Meaning::Other;
        }
        let home = context.owner.and_then(|owner| self.site.home(owner));
        let own = home.into_iter().flat_map(Home::names);
        let interfaces = context.package.interfaces.iter().map(|i| i.name.as_str());
        let near = nearest(first, own.chain(interfaces)).and_then(|near| {
            let meant: Vec<&str> = std::iter::once(near).chain(rest.iter().copied()).collect();
            self.find(&meant, context).map(|_| meant.join("."))
        });
        match near {
            Some(near) => Meaning::Nothing(Some(near)),
            None => Meaning::Other,
        }
    }

    /// The names of what an item has in it.
    fn member_names(&self, address: &Address<'a>) -> Vec<&'a str> {
        let Some(home) = self.site.home(address.owner) else {
            return Vec::new();
        };
        if address.path.is_empty() {
            return home.names().collect();
        }
        let def = home.names().find_map(|name| {
            let def = home.type_named(name)?;
            (home.type_path(def) == address.path).then_some(def)
        });
        let Some(def) = def else { return Vec::new() };
        let functions = home.functions_of(&def.name).map(|f| f.name.as_str());
        member_names(def).into_iter().chain(functions).collect()
    }

    fn owners(&self) -> &HashMap<(&'a str, &'a str), &'a str> {
        self.owners.get_or_init(|| {
            let mut owners = HashMap::new();
            for package in &self.site.model.packages {
                let interfaces = package.interfaces.iter().map(|i| (&i.name, &*i.id));
                let worlds = package.worlds.iter().map(|world| (&world.name, &*world.id));
                for (name, id) in interfaces.chain(worlds) {
                    owners.entry((package.id.as_str(), name.as_str())).or_insert(id);
                }
            }
            owners
        })
    }

    fn holders(&self) -> &HashMap<(&'a str, &'a str), Vec<&'a Interface>> {
        self.holders.get_or_init(|| {
            let mut holders: HashMap<_, Vec<&Interface>> = HashMap::new();
            for package in &self.site.model.packages {
                for interface in &package.interfaces {
                    let types = interface.types.iter().map(|def| &def.name);
                    let free = interface.functions.iter().filter(|f| f.resource().is_none());
                    for name in types.chain(free.map(|function| &function.name)) {
                        let held = holders.entry((package.id.as_str(), name.as_str()));
                        held.or_default().push(interface);
                    }
                }
            }
            holders
        })
    }

    fn members(&self) -> &HashSet<&'a str> {
        self.members.get_or_init(|| {
            let interfaces = self.site.model.package().interfaces.iter();
            let mut members = HashSet::new();
            for interface in interfaces {
                members.extend(interface.types.iter().flat_map(member_names));
                members.extend(interface.functions.iter().map(|f| f.name.as_str()));
                members.extend(interface.types.iter().map(|def| def.name.as_str()));
            }
            members
        })
    }
}

/// Whether a word could be a WIT name: words of letters and digits with `-` between.
fn is_label(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// Whether a bare name is that of a parameter which is not called after its type.
fn is_other_parameter(text: &str, context: &Context<'_>) -> bool {
    let mut params = context.function.into_iter().flat_map(|f| &f.params);
    let param = params.find(|param| param.name == text);
    param.is_some_and(|param| named(&param.ty).is_none_or(|name| name.name != text))
}

/// Returns the type that a type names, if it is only a name.
fn named(ty: &Type) -> Option<&TypeName> {
    match ty {
        Type::Named(name) | Type::Own(name) | Type::Borrow(name) => Some(name),
        Type::Option(inner) => named(inner),
        _ => None,
    }
}
