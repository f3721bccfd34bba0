//! Writes an adoption: all of it or nothing.

use std::fs;
use std::path::Path;

use tempfile::NamedTempFile;

use super::Adoption;

impl Adoption {
    /// Writes the changed files into a repository. The new texts are written beside the old ones first, so that a full disk
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// A file that can't be written.
    pub fn write(&self, root: &Path) -> Result<(), String> {
        let mut waiting = Vec::new();
        for (path, text) in &self.files {
            let path = root.join(path);
            let Some(text) = text else {
                continue;
            };
            let folder = path.parent().unwrap_or(root);
            let fail = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
            fs::create_dir_all(folder).map_err(fail)?;
            let file = NamedTempFile::new_in(folder).map_err(fail)?;
            fs::write(file.path(), text).map_err(fail)?;
            if let Ok(metadata) = fs::metadata(&path) {
                fs::set_permissions(file.path(), metadata.permissions()).map_err(fail)?;
            } else {
                make_readable(file.path()).map_err(fail)?;
            }
            waiting.push((path, file));
        }
        for (path, file) in waiting {
            file.persist(&path)
                .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        }
        let removed = self.files.iter().filter(|(_, text)| text.is_none());
        for (path, _) in removed {
            fs::remove_file(root.join(path)).map_err(|error| format!("{path}: {error}"))?;
        }
        Ok(())
    }
}

/// Gives a new file the permissions of a checkout; a temporary file is its user's alone.
fn make_readable(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o644))?;
    }
    Ok(())
}

/// Creates a file with the folders that it is in.
pub(super) fn create(path: &Path, text: &str) -> Result<(), String> {
    let fail = |error| format!("cannot write {}: {error}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(fail)?;
    }
    fs::write(path, text).map_err(fail)
}
