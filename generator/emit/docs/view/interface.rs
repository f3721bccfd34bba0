//! The page of an interface.

use askama::Template;

use super::example::ExampleView;
use super::item::{ItemView, Scope};
use super::{Badges, Facts, Link, Views};
use crate::model::{Interface, Package, TypeDef, TypeKind};

/// An interface as its page shows it, or as the page of its world does.
#[derive(Template)]
#[template(path = "docs/interface.md", escape = "none")]
pub(in super::super) struct InterfaceView {
    id: String,
    name: String,
    package: Link,
    facts: Facts,
    docs: String,
    example: Option<ExampleView>,
    importing: Vec<Link>,
    exporting: Vec<Link>,
    using: Vec<Link>,
    body: Body,
}

/// The items of an interface.
#[derive(Template)]
#[template(path = "docs/body.md", escape = "none")]
pub(super) struct Body {
    /// Types that are taken from other interfaces.
    pub uses: Vec<UseView>,
    pub items: Vec<ItemView>,
    /// Whether the list of contents is worth its place.
    pub has_contents: bool,
    /// `##`, before the title of the contents.
    pub marks: String,
}

impl Body {
    pub fn is_empty(&self) -> bool {
        self.uses.is_empty() && self.items.is_empty()
    }
}

/// A type that is brought in by `use`.
pub(super) struct UseView {
    pub anchor: String,
    /// The name here.
    pub name: String,
    /// The definition, as `types.request`.
    pub definition: Link,
}

impl<'a> Views<'_, '_, 'a> {
    pub(in super::super) fn interface(
        &self,
        page: usize,
        package: &'a Package,
        interface: &'a Interface,
    ) -> InterfaceView {
        let scope = Scope {
            page,
            package,
            owner: &interface.id,
            level: 2,
        };
        let context = scope.context(interface.position.as_ref());
        let worlds = self.references.worlds(&interface.id);
        let links = |ids: Vec<&str>| {
            let links = ids.into_iter().map(|id| self.link_to(page, package, id));
            links.collect::<Vec<_>>()
        };
        InterfaceView {
            id: interface.id.to_string(),
            name: interface.name.clone(),
            package: Link {
                text: package.id.clone(),
                href: self.site.href_of_package(page, package),
            },
            facts: Facts {
                kind: "",
                is_async: false,
                badges: Badges::of(&interface.stability),
                external_id: None,
                source: self.source(page, interface.position.as_ref()),
            },
            docs: self.prose.block(&interface.docs, &context, 2, &interface.name),
            example: self.example(package, &interface.name.to_lowercase()),
            importing: links(worlds.importing),
            exporting: links(worlds.exporting),
            using: links(worlds.using.into_iter().collect()),
            body: self.body(scope, interface),
        }
    }

    /// The items of an interface.
    pub(super) fn body(&self, scope: Scope<'a>, interface: &'a Interface) -> Body {
        let functions = interface.functions.iter().map(|function| (None, function));
        let items = self.items(scope, interface.types.iter().collect(), functions.collect());
        let has_functions = |item: &ItemView| match item {
            ItemView::Type(view) => !view.functions.is_empty(),
            ItemView::Function(_) => false,
        };
        Body {
            uses: self.uses(scope, interface.types.iter()),
            has_contents: items.len() > 1 || items.iter().any(has_functions),
            items,
            marks: "#".repeat(scope.level),
        }
    }

    /// The types that are brought in by `use`.
    pub(super) fn uses(
        &self,
        scope: Scope<'a>,
        types: impl Iterator<Item = &'a TypeDef>,
    ) -> Vec<UseView> {
        let home = self.site.home(scope.owner).expect("every owner has a home");
        let uses = types.filter_map(|def| match &def.kind {
            TypeKind::Use(used) => Some((def, used)),
            _ => None,
        });
        let view = |(def, used): (&'a TypeDef, _)| {
            let definition = match self.site.definition(used) {
                Some((owner, target)) => {
                    let owner_name = self.short_name(scope.package, owner);
                    let path = self.site.home(owner).map(|home| home.type_path(target));
                    let text = format!("{owner_name}.{}", target.name);
                    self.link(scope.page, &text, owner, &path.unwrap_or_default())
                }
                None => Link {
                    text: used.to_string(),
                    href: None,
                },
            };
            UseView {
                anchor: home.anchor(&home.type_path(def)),
                name: def.name.clone(),
                definition,
            }
        };
        uses.map(view).collect()
    }
}
