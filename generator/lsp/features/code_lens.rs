//! The lines above a world: its next hops, the worlds that it extends, and a command that generates outputs of it.

use lsp_types::{CodeLens, CodeLensParams, Command};

use crate::config::RelationKind;
use crate::emit::http_world::{self, Hop};
use crate::lsp::commands::{GENERATE, arguments};
use crate::lsp::document::bytes;
use crate::lsp::functions::full_name;
use crate::lsp::loads::Loaded;
use crate::lsp::nodes::{defined_name, text_of, token_range};
use crate::lsp::workspace::Workspace;
use crate::project::Project;
use crate::syntax::SyntaxKind;

/// Returns the lenses of the worlds of a document.
pub(super) fn of(workspace: &mut Workspace, params: &CodeLensParams) -> Option<Vec<CodeLens>> {
    let uri = params.text_document.uri.as_str();
    let index = workspace.index(uri)?;
    let file = index.file(uri)?;
    let document = index.document(file);
    let loaded = workspace.last_loaded(uri)?;
    let package = workspace.package(&index.files[file].path);
    let project = workspace.project(&package);
    let arguments = arguments(&index.files[file].path);
    let mut lenses = Vec::new();
    for world in document.tree().descendants().filter(|node| node.kind() == SyntaxKind::World) {
        let Some(name) = defined_name(&world) else {
            continue;
        };
        let id = full_name(&index.package(file, &world), &text_of(&name));
        let range = document.range(&bytes(token_range(&name)), workspace.encoding);
        let shown =
            hops(&loaded, &id).into_iter().chain(extended(project.as_deref(), &loaded, &id));
        // Nothing happens if it is clicked.
        let shown = shown.map(|title| Command::new(title, String::new(), None));
        let generated = project.as_ref().filter(|project| has_outputs(project, &loaded, &id));
        let generate = generated.map(|_| {
            let title = "generate the outputs of witgen.toml".to_owned();
            Command::new(title, GENERATE.to_owned(), arguments.clone())
        });
        lenses.extend(shown.chain(generate).map(|command| CodeLens {
            range,
            command: Some(command),
            data: None,
        }));
    }
    Some(lenses)
}

/// Describes the imports through which a component of a world sends requests.
fn hops(loaded: &Loaded, id: &str) -> Vec<String> {
    let Ok(world) = loaded.package.select_world(Some(id)) else {
        return Vec::new();
    };
    let (side_calls, next_hops): (Vec<_>, Vec<_>) =
        http_world::hops(loaded.package.resolve(), world, &[])
            .into_iter()
            .partition(|hop| hop.is_side_call);
    let list = |hops: Vec<Hop>, one: &str, several: &str| {
        let names: Vec<String> = hops.into_iter().map(|hop| hop.id).collect();
        let noun = if names.len() == 1 { one } else { several };
        (!names.is_empty()).then(|| format!("{noun}: {}", names.join(", ")))
    };
    let titles = [
        list(next_hops, "next hop", "next hops"),
        list(side_calls, "side calls", "side calls"),
    ];
    titles.into_iter().flatten().collect()
}

/// Describes the worlds that a world extends, by the relations of its project.
fn extended(project: Option<&Project>, loaded: &Loaded, id: &str) -> Vec<String> {
    let relations = project.map(|project| project.config().relations.as_slice());
    let relations = relations.unwrap_or_default().iter();
    let bases = relations.filter_map(|relation| match &relation.kind {
        RelationKind::Extends { world, base, .. } if is_world(loaded, world, id) => Some(base),
        _ => None,
    });
    bases.map(|base| format!("extends {base}")).collect()
}

/// Whether a project generates anything for a world.
fn has_outputs(project: &Project, loaded: &Loaded, id: &str) -> bool {
    let config = project.config();
    let has_glue = || {
        let mut worlds = config.rust.iter().map(|rust| rust.world.as_deref());
        worlds.any(|world| world.is_none_or(|world| is_world(loaded, world, id)))
    };
    config.docs.is_some() || config.golden.is_some() || has_glue()
}

/// Whether a name stands for a world.
fn is_world(loaded: &Loaded, name: &str, id: &str) -> bool {
    loaded.model.find_world(name).is_ok_and(|world| *world.id == *id)
}
