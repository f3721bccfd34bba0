//! `witgen deploy`: manifests for engines that run a `chain.toml` on other machines.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::publication::report;
use super::registries::RegistryArgs;
use super::shared::{Made, Out, output, require_replaceable};
use super::shell::{Outcome, Shell};
use super::status::Status;
use crate::chain_file::ChainFile;
use crate::deploy::{Deployment, Engine, Image, Options, command, deploy};
use crate::diagnostic::{Diagnostic, Failure, Place, Result, codes};
use crate::registry::{PublishOptions, Reference, Registries, Verdict, publish};

/// Write manifests for Kubernetes, wasmCloud, Spin or Compose.
///
/// The manifests run a `chain.toml` on other machines, and name components by their digests. If the engine doesn't
/// support a part of the file, the command reports it and writes nothing. Manifests never contain the contents of
/// secret files. They contain values of variables only for engines that don't run `witgen-serve`; the others refer to them.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen deploy --for kubernetes chain.toml --image registry.example/witgen-serve@sha256:…
  witgen deploy --for compose chain.toml --image witgen-serve:0.1.0
  witgen deploy --for wasmcloud chain.toml --package acme:web@1.0.0 --registry registry.example --publish
  witgen deploy --for spin chain.toml
  witgen deploy --for spinkube chain.toml --image registry.example/web:1.0.0 --check")]
pub(super) struct Deploy {
    /// The `chain.toml`
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The engine
    #[arg(long = "for", value_enum, value_name = "ENGINE")]
    engine: EngineArgument,
    /// The name of the resources [default: that of the only chain, or of the file]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The chain, for engines that run a single component: wasmCloud and Spin
    #[arg(long, value_name = "NAME")]
    chain: Option<String>,
    /// The container image of `witgen-serve`, or of the application for SpinKube
    #[arg(long, value_name = "HOST/NAME:TAG|@DIGEST")]
    image: Option<Image>,
    /// The name and version of the composed chain, for wasmCloud
    #[arg(long, value_name = "NAME@VERSION")]
    package: Option<Reference>,
    /// Publish the composed chain first
    #[arg(long, requires = "package", conflicts_with_all = ["check", "dry_run"])]
    publish: bool,
    #[command(flatten)]
    out: Out,
    #[command(flatten)]
    registries: RegistryArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EngineArgument {
    /// Pods of `witgen-serve`, as a base of Kustomize
    Kubernetes,
    /// wasmCloud 2: a WorkloadDeployment
    Wasmcloud,
    /// Spin 4: an application
    Spin,
    /// Spin on Kubernetes: the application and a SpinApp
    Spinkube,
    /// Docker Compose: a service of `witgen-serve`
    Compose,
}

impl EngineArgument {
    fn engine(self) -> Engine {
        match self {
            EngineArgument::Kubernetes => Engine::Kubernetes,
            EngineArgument::Wasmcloud => Engine::Wasmcloud,
            EngineArgument::Spin => Engine::Spin,
            EngineArgument::Spinkube => Engine::Spinkube,
            EngineArgument::Compose => Engine::Compose,
        }
    }

    /// The directory that manifests are written into by default.
    fn folder(self) -> String {
        let value = self.to_possible_value();
        format!(
            "deploy/{}",
            value.as_ref().map_or("", |value| value.get_name())
        )
    }
}

impl Deploy {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let engine = self.engine.engine();
        let file = ChainFile::read(&self.file, engine.scope())?;
        shell.report(file.warnings());
        let registries = self.registries.registries()?;
        self.require_options_that_apply(engine)?;
        let dir = self.out.dir(None, &self.engine.folder());
        let options = Options {
            name: self.name.clone(),
            chain: self.chain.clone(),
            image: self.image.clone(),
            package: self.package.clone(),
            directory: dir.clone(),
        };
        let deployment = deploy(engine, &file, &registries, &options)?;
        shell.report(&deployment.warnings);
        let inputs = file.files();
        let sets = [(dir.clone(), deployment.files.clone())];
        if self.out.is_check() {
            let status = self.out.apply(&sets, None, shell)?;
            return self.check_components(&dir, &deployment, status, shell);
        }
        self.require_own(&dir, &deployment, &inputs)?;
        self.out.require_writable(&sets)?;
        if self.publish {
            self.publish(&deployment, &registries, shell)?;
        }
        if !self.out.is_dry_run() {
            for (name, component) in &deployment.components {
                std::fs::create_dir_all(&dir).map_err(|error| {
                    Failure::from(crate::fileset::io_error("create", &dir, &error))
                })?;
                let path = dir.join(name);
                output(
                    &path,
                    Made::Component(component),
                    &inputs,
                    self.out.is_forced(),
                    shell,
                )?;
            }
        }
        let status = self.out.apply(&sets, None, shell)?;
        for note in &deployment.notes {
            shell.note(note);
        }
        if let (Some(artifact), false) = (&deployment.artifact, self.publish) {
            let component = deployment.components.keys().next().map(|name| dir.join(name));
            let component = component.unwrap_or_default();
            let (component, package) = (component.to_string_lossy(), artifact.reference());
            let package = package.to_string();
            let command = ["witgen", "publish", &component, "--package", &package];
            let options = self.registries.words();
            let options = options.iter().map(String::as_str);
            let command = command::line(command.into_iter().chain(options));
            shell.note(&format!(
                "publish the component before you apply the manifest: {command}"
            ));
        }
        Ok(status)
    }

    /// Rejects options that say nothing about what the engine runs.
    fn require_options_that_apply(&self, engine: Engine) -> Result<()> {
        let has_image = matches!(
            engine,
            Engine::Kubernetes | Engine::Compose | Engine::Spinkube
        );
        let unused = [
            ("--image", self.image.is_some() && !has_image),
            (
                "--package",
                self.package.is_some() && engine != Engine::Wasmcloud,
            ),
        ];
        let unused = unused.into_iter().filter(|(_, is_unused)| *is_unused);
        let errors = unused.map(|(option, _)| {
            let message = format!("`{option}` doesn't apply to {}", engine.name());
            Diagnostic::error(codes::OPTION_DOES_NOT_APPLY, message)
                .at(Place::argument(option))
                .help("leave it out")
        });
        Failure::of(errors.collect()).map_or(Ok(()), Err)
    }

    /// Rejects components that would replace files of others, before anything is written.
    fn require_own(&self, dir: &Path, deployment: &Deployment, inputs: &[PathBuf]) -> Result<()> {
        Failure::collect(deployment.components.iter().map(|(name, component)| {
            let made = Made::Component(component);
            require_replaceable(&dir.join(name), made, inputs, self.out.is_forced())
        }))
    }

    fn publish(
        &self,
        deployment: &Deployment,
        registries: &Registries,
        shell: &mut Shell,
    ) -> Outcome<()> {
        let Some(artifact) = &deployment.artifact else {
            return Ok(());
        };
        let options = PublishOptions {
            requires_registry: true,
            ..PublishOptions::default()
        };
        match publish(artifact, registries, &options, &|_| {})? {
            Verdict::Refused(findings) => {
                let refused = Failure::of(findings).expect("a refusal has a reason");
                Err(refused.help("nothing was published, and nothing was written").into())
            }
            Verdict::Done(publication) => report(artifact, &publication, &options, shell),
        }
    }

    /// Compares the components with the files in the directory.
    fn check_components(
        &self,
        dir: &Path,
        deployment: &Deployment,
        status: Status,
        shell: &Shell,
    ) -> Outcome<Status> {
        let different = deployment.components.iter().filter_map(|(name, component)| {
            let path = dir.join(name);
            let found = crate::read::regular(&path, crate::read::MAX_WASM_BYTES).ok();
            (found.as_ref() != Some(component)).then(|| {
                let message = format!("`{}` differs from what witgen generates", path.display());
                Diagnostic::error(codes::DRIFT, message)
                    .at(Place::path(&path))
                    .help("run the command again without --check")
            })
        });
        let findings: Vec<Diagnostic> = different.collect();
        shell.report(&findings);
        Ok(if findings.is_empty() {
            status
        } else {
            Status::Findings
        })
    }
}
