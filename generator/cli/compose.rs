//! `witgen compose`: components into a chain.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use semver::Version;

use super::registries::RegistryArgs;
use super::shared::{Made, json, output};
use super::shell::{Format, Outcome, Shell};
use super::status::Status;
use crate::chain_file::{ChainFile, Scope};
use crate::compose::{Chain, Composition, Form, Server};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::locate::{ChainArguments, ClientArgument, HopArgument};
use crate::read::{self, MAX_WASM_BYTES};

/// Link components into a chain.
///
/// The next hop of each component is the handler of the component after it, and the host calls the first. The next
/// hop of a proxy is its import `wasi:http/origin`, and that of a middleware its import `wasi:http/handler`. A
/// service has none and ends the chain. If the last component has a next hop, the chain is open, and can itself be
/// linked to others. A component with several next hops imports them under names; `--hop` sets their targets. Core
/// modules whose metadata names their world, as cargo builds them, are accepted too.
///
/// A `chain.toml` as the only argument describes the chain; use `--chain` if it has several.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:
  witgen compose gate.wasm stamp.wasm hello.wasm -o chain.wasm
  witgen compose gate.wasm hello.wasm -o chain.wasm --client gate=auth.wasm
  witgen compose chain.toml --chain web -o chain.wasm",
    after_long_help = "Examples:
  witgen compose gate.wasm stamp.wasm hello.wasm -o chain.wasm
  witgen compose gate.wasm hello.wasm -o chain.wasm --client gate=auth.wasm --client '*'=deny
  witgen compose router.wasm --hop router.primary=hello.wasm --hop router.fallback=sorry.wasm -o tree.wasm
  witgen compose first=stamp.wasm second=stamp.wasm -o stamps.wasm
  witgen compose acme:gate@1.0.0 hello.wasm -o chain.wasm
  witgen compose gate.wasm stamp.wasm --as middleware --wasi-version 0.3.0 -o middleware.wasm
  witgen compose gate.wasm stamp.wasm --origin https://backend.example -o gateway.wasm
  witgen compose gate.wasm hello.wasm --plan
  witgen compose chain.toml --chain web -o chain.wasm"
)]
pub(super) struct Compose {
    /// The components, the outermost first: files, or packages of a registry (`acme:gate@1.0.0`)
    ///
    /// NAME sets another name than that of the file. A `chain.toml` can be the only argument.
    #[arg(value_name = "[NAME=]FILE|REF", required = true)]
    members: Vec<String>,
    /// The chain of the `chain.toml`; optional if it has only one
    #[arg(long, value_name = "NAME")]
    chain: Option<String>,
    /// The component to write; `-` is stdout
    #[arg(long, short, value_name = "FILE", required_unless_present_any = ["plan", "emit"])]
    out: Option<PathBuf>,
    /// Overwrite a file that witgen didn't write
    #[arg(long)]
    force: bool,
    /// The target of a next hop; can be repeated
    ///
    /// It is a component, which becomes a member, a member by its name, a server, `deny` to reject requests, or
    /// `host` to leave the next hop open. NAME is the component's name for the next hop. `MEMBER=` is enough if the
    /// member has only one, and `NAME=` if only one member has a next hop with that name.
    #[arg(long = "hop", value_name = "[MEMBER.]NAME=FILE|MEMBER|URL|deny|host", value_parser = hop)]
    hops: Vec<HopArgument>,
    /// The server of all open next hops, of http or https
    ///
    /// A small member is added, which sends the requests as side calls. The result also runs on hosts without
    /// `wasi:http/origin`.
    #[arg(long, value_name = "URL")]
    origin: Option<Server>,
    /// Accept that servers receive their own name in `Host`
    ///
    /// Components can't set the client's.
    #[arg(long)]
    origin_host: bool,
    /// The target of a member's side calls: a service, or `deny` to reject them
    ///
    /// `MEMBER.NAME` sets the target of one import. `*` stands for all members without a --client of their own.
    #[arg(long = "client", value_name = "MEMBER[.NAME]=FILE|deny", value_parser = client)]
    clients: Vec<ClientArgument>,
    /// Give each member its own imports, under its name
    #[arg(long)]
    split_imports: bool,
    /// Name the only open next hop as in this world
    #[arg(long = "as", value_name = "WORLD")]
    present_as: Option<PresentAs>,
    /// Use this version for all interfaces of WASI 0.3, for hosts that compare exact names
    #[arg(long, value_name = "VERSION")]
    wasi_version: Option<Version>,
    /// Print the calls between members, their types, and the remaining imports
    #[arg(long, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    plan: Option<PlanForm>,
    /// Write the component, or its source for `wac compose` (to stdout without --out)
    #[arg(long, value_name = "WHAT", conflicts_with = "plan")]
    emit: Option<Emit>,
    #[command(flatten)]
    registries: RegistryArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PresentAs {
    /// Imports `wasi:http/handler`
    Middleware,
    /// Imports `wasi:http/origin`
    Proxy,
    /// Imports no next hop
    Service,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PlanForm {
    /// Columns
    Text,
    /// A diagram for Mermaid
    Mermaid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Emit {
    /// The component
    Component,
    /// Its source in WAC
    Wac,
}

fn client(argument: &str) -> std::result::Result<ClientArgument, String> {
    argument
        .parse()
        .map_err(|()| "write it as MEMBER=FILE, or MEMBER=deny".to_owned())
}

fn hop(argument: &str) -> std::result::Result<HopArgument, String> {
    let hop: HopArgument = argument.parse().map_err(|()| {
        "write it as MEMBER.NAME=FILE, MEMBER.NAME=URL or MEMBER.NAME=deny".to_owned()
    })?;
    hop.url().map(str::parse::<Server>).transpose()?;
    Ok(hop)
}

impl Compose {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let file = self.chain_file()?;
        if let Some(file) = &file {
            shell.report(file.warnings());
        }
        let chain = self.composed(file.as_ref())?;
        let inputs = match &file {
            Some(file) => file.files(),
            None => self.arguments().files(),
        };
        let explain = |failure| match &file {
            Some(file) => match file.chain(self.chain.as_deref()) {
                Ok(name) => file.explain(name, failure),
                Err(failure) => failure,
            },
            None => failure,
        };
        if self.emit == Some(Emit::Wac) {
            // A chain that can't be linked has no source either.
            chain.compose().map_err(explain)?;
            let source = chain.wac()?;
            match self.out.as_deref().filter(|out| *out != Path::new("-")) {
                Some(out) => {
                    output(out, Made::Wac(&source), &inputs, self.force, shell)?;
                }
                None => shell.print(&source)?,
            }
            return Ok(Status::Fine);
        }
        let composition = chain.compose().map_err(explain)?;
        shell.report(&composition.warnings);
        self.report_host(file.as_ref(), shell);
        let default = self.emit.map(|_| Path::new("-"));
        if let Some(out) = self.out.as_deref().or(default) {
            if self.plan.is_some() && out == Path::new("-") {
                return Err(Diagnostic::error(
                    codes::TWO_OUTPUTS,
                    "the plan and the component can't both go to stdout",
                )
                .at(Place::argument("--plan --out -"))
                .help("name a file for the component")
                .into());
            }
            let made = Made::Component(&composition.component);
            output(out, made, &inputs, self.force, shell)?;
        }
        match self.plan {
            Some(_) if shell.format == Format::Json => shell.print(&json(&composition.plan))?,
            Some(PlanForm::Text) => shell.print(&composition.plan.to_string())?,
            Some(PlanForm::Mermaid) => shell.print(&composition.plan.mermaid())?,
            None => self.report_fit(&composition, shell),
        }
        Ok(Status::Fine)
    }

    /// Reads the `chain.toml`, if one is named.
    fn chain_file(&self) -> Result<Option<ChainFile>> {
        let Some(file) = self.members.iter().find(|member| ChainFile::is_meant(member)) else {
            if let Some(chain) = &self.chain {
                let message = "`--chain` names a chain of a `chain.toml`, and none is given";
                return Err(Diagnostic::error(codes::UNKNOWN_CHAIN, message)
                    .at(Place::argument(format!("--chain {chain}")))
                    .help("leave it out, or pass a file whose name ends in `.toml`")
                    .into());
            }
            return Ok(None);
        };
        let others = self.members.len() > 1 || !self.hops.is_empty() || !self.clients.is_empty();
        if others {
            let message = "a `chain.toml` describes all members, next hops and side calls";
            return Err(Diagnostic::error(codes::INVALID_CHAIN_FILE, message)
                .at(Place::path(file))
                .help("leave out the other members, `--hop` and `--client`")
                .into());
        }
        ChainFile::read(Path::new(file), Scope::Composition).map(Some)
    }

    fn composed(&self, file: Option<&ChainFile>) -> Result<Chain> {
        let registries = self.registries.registries()?;
        let chain = match file {
            Some(file) => {
                let name = file.chain(self.chain.as_deref())?;
                let read = |path: &Path| read::any(path, MAX_WASM_BYTES);
                let chain = file.load(name, &registries, &read)?;
                file.lead_to_servers(name, chain, self.origin.as_ref())?
            }
            None => self.lead_to_servers(self.arguments().load(&registries)?)?,
        };
        let chain = chain.split_imports(self.split_imports);
        let chain = match self.present_as {
            None => chain,
            Some(PresentAs::Middleware) => chain.present_as(Form::Middleware),
            Some(PresentAs::Proxy) => chain.present_as(Form::Proxy),
            Some(PresentAs::Service) => chain.present_as(Form::Service),
        };
        Ok(match &self.wasi_version {
            None => chain,
            Some(version) => chain.wasi_version(version.clone()),
        })
    }

    /// Leads the next hops of `--hop` and `--origin` to servers.
    fn lead_to_servers(&self, mut chain: Chain) -> Result<Chain> {
        let urls = self.hops.iter().filter_map(|hop| Some((hop, hop.url()?.parse().ok()?)));
        for (hop, server) in urls {
            let led = chain.hop_to_server(&hop.member, hop.name.as_deref(), &server);
            chain = led.map_err(|error| error.at(hop.place()))?;
        }
        match &self.origin {
            Some(server) => chain.origin(server),
            None => Ok(chain),
        }
    }

    fn arguments(&self) -> ChainArguments<'_> {
        ChainArguments {
            members: &self.members,
            hops: &self.hops,
            clients: &self.clients,
        }
    }

    /// Reports what the servers that next hops lead to receive in `Host`.
    fn report_host(&self, file: Option<&ChainFile>, shell: &Shell) {
        let name = file.and_then(|file| Some((file, file.chain(self.chain.as_deref()).ok()?)));
        let entry = name.and_then(|(file, name)| file.contents().chains.get(name));
        let leads_to_origin = name.is_some_and(|(file, name)| !file.origin_hops(name).is_empty())
            || entry.is_some_and(|entry| entry.origin.is_some());
        let has_server = self.origin.is_some()
            || self.hops.iter().any(|hop| hop.url().is_some())
            || leads_to_origin;
        let is_accepted = entry.and_then(|entry| entry.origin_host.as_deref().copied());
        match (has_server, self.origin_host || is_accepted == Some(true)) {
            (true, false) => shell.note(
                "servers receive their own name in `Host`, because components can't set it; pass `--origin-host` to accept this",
            ),
            (false, true) => {
                shell.note("--origin-host has no effect: no next hop leads to a server");
            }
            _ => {}
        }
    }

    fn report_fit(&self, composition: &Composition, shell: &Shell) {
        let split = if self.split_imports {
            ", once its split imports have their names back"
        } else {
            ""
        };
        let plan = &composition.plan;
        let fit = format!(
            "fits {}{}{split}",
            plan.world,
            plan.open_hops_beyond_world()
        );
        match composition.extra_imports.as_slice() {
            [] => shell.note(&fit),
            extra => shell.note(&format!("{fit}, and also imports {}", extra.join(", "))),
        }
    }
}
