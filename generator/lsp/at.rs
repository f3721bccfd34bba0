//! The item at a position that a client names.

use std::rc::Rc;

use lsp_types::{Location, TextDocumentPositionParams};

use super::index::{Definition, Index, Key};
use super::nodes::name_at;
use super::workspace::Workspace;
use crate::syntax::SyntaxNode;

/// How many `use … as` a name is followed over.
const MAX_ALIASES: usize = 100;

/// A name at a position.
pub(super) struct At {
    pub index: Rc<Index>,
    pub file: usize,
    pub name: SyntaxNode,
    pub key: Key,
}

impl At {
    /// Returns the name at a position that means something.
    pub fn find(workspace: &mut Workspace, params: &TextDocumentPositionParams) -> Option<Self> {
        let uri = params.text_document.uri.as_str();
        let encoding = workspace.encoding;
        let index = workspace.index(uri)?;
        let file = index.file(uri)?;
        let document = index.document(file);
        let name = name_at(&document.tree(), document.offset(params.position, encoding))?;
        let key = index.resolve(file, &name)?;
        Some(At {
            index,
            file,
            name,
            key,
        })
    }

    /// Returns the definition of what the name means; that of a local name is what it stands for, if `through`.
    pub fn definition(&self, through: bool) -> Option<Definition> {
        let mut definition = self.index.definition(&self.key)?;
        for _ in 0..MAX_ALIASES {
            let target = through.then(|| self.index.target(definition)).flatten();
            match target.and_then(|key| self.index.definition(&key)) {
                Some(target) => definition = target,
                None => break,
            }
        }
        Some(definition.clone())
    }
}

/// Returns the place of bytes of a file of an index.
pub(super) fn location(
    workspace: &Workspace,
    index: &Index,
    file: usize,
    range: &std::ops::Range<usize>,
) -> Option<Location> {
    let uri = index.files[file].uri.parse().ok()?;
    let range = index.document(file).range(range, workspace.encoding);
    Some(Location::new(uri, range))
}
