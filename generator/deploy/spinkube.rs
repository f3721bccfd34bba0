//! SpinKube: the application of Spin, and a `SpinApp` that runs its image.

use askama::Template;

use super::chain::resource_name;
use super::pod::missing_option;
use super::problems::Problems;
use super::yaml::Text;
use super::{Deployment, Engine, Options, command, spin};
use crate::chain_file::ChainFile;
use crate::diagnostic::Result;
use crate::registry::Registries;
use crate::template;

#[derive(Template)]
#[template(path = "deploy/spin/spinapp.yaml", escape = "none")]
struct SpinApp {
    name: Text,
    image: Text,
}

/// Makes the application and the resource.
pub(super) fn deploy(
    file: &ChainFile,
    registries: &Registries,
    options: &Options,
) -> Result<Deployment> {
    let mut problems = Problems::new(Engine::Spinkube, file);
    if options.image.is_none() {
        problems.add(missing_option(
            "--image",
            "SpinKube needs an image of the application",
            "pass `--image HOST/NAME:TAG`, to which `spin registry push` then pushes the application",
        ));
    }
    let mut deployment = spin::application(file, registries, options, &mut problems);
    let name = resource_name(file, options).unwrap_or_default();
    let warnings = problems.into_result()?;
    deployment.warnings.extend(warnings);
    if let Some(image) = &options.image {
        let app = SpinApp {
            name: Text::new(name),
            image: Text::new(image.to_string()),
        };
        deployment.files.insert("spinapp.yaml", template::text(&app));
        let manifest = options.directory.join("spin.toml");
        let (manifest, image) = (manifest.to_string_lossy(), image.to_string());
        let command = command::line(["spin", "registry", "push", "--from", &manifest, &image]);
        deployment.notes.push(format!(
            "push the application before `kubectl apply`: {command}"
        ));
    }
    Ok(deployment)
}
