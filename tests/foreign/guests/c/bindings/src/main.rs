//! Writes the C bindings of one world: `c-bindings WIT WORLD OUT`.

use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::Resolve;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [wit, world, out] = arguments.as_slice() else {
        return Err("usage: c-bindings WIT WORLD OUT".into());
    };
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(wit)?;
    let world = resolve.select_world(&[package], Some(world))?;
    let mut files = Files::default();
    // One name for both worlds, so that guests share what they have in common.
    let options = wit_bindgen_c::Opts {
        rename_world: Some("guest".into()),
        ..Default::default()
    };
    options.build().generate(&mut resolve, world, &mut files)?;
    std::fs::create_dir_all(out)?;
    for (name, contents) in files.iter() {
        std::fs::write(std::path::Path::new(out).join(name), contents)?;
    }
    Ok(())
}
