//! Writes packages that no person writes into a folder, for `scripts/measure-large-types.py`.

use std::fs;
use std::path::PathBuf;

use testkit::large::{Counts, shapes};

fn main() -> std::io::Result<()> {
    let folder: PathBuf = std::env::args_os().nth(1).expect("the folder is named").into();
    for shape in shapes(Counts::FULL) {
        let folder = folder.join(shape.name);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("old.wit"), shape.old())?;
        fs::write(folder.join("new.wit"), shape.new_version())?;
    }
    Ok(())
}
