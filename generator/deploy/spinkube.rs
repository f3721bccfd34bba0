//! SpinKube: the application of Spin, and a `SpinApp` that runs its image.

use askama::Template;

use super::chain::resource_name;
use super::pod::missing_option;
use super::problems::Problems;
use super::{Deployment, Engine, Options, spin, yaml};
use crate::chain_file::ChainFile;
use crate::diagnostic::Result;
use crate::registry::Registries;
use crate::template;

/// Values are in YAML's form.
#[derive(Template)]
#[template(path = "deploy/spin/spinapp.yaml", escape = "none")]
struct SpinApp {
    name: String,
    image: String,
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
            "SpinKube runs the image of an application, and none is named",
            "pass `--image HOST/NAME:TAG`, to which `spin registry push` then pushes the application",
        ));
    }
    let mut deployment = spin::application(file, registries, options, &mut problems);
    let name = resource_name(file, options).unwrap_or_default();
    let warnings = problems.into_result()?;
    deployment.warnings.extend(warnings);
    if let Some(image) = &options.image {
        let app = SpinApp {
            name,
            image: yaml::string(&image.to_string()),
        };
        deployment.files.insert("spinapp.yaml", template::text(&app));
        deployment.notes.push(format!(
            "push the application before `kubectl apply`: spin registry push {image}"
        ));
    }
    Ok(deployment)
}
