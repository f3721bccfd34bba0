//! `witgen compose`: components into a chain.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::registries::RegistryArgs;
use super::shared::{Made, json, output};
use super::shell::{Format, Outcome, Shell};
use super::status::Status;
use crate::compose::{Chain, Client, Composition};
use crate::diagnostic::{Diagnostic, Place, Result, codes};
use crate::locate::{self, DENY, HopArgument};

/// Link components to a chain: each one's next hop is the handler of the one that follows.
///
/// The host calls the first. The next hop of a proxy is its import `wasi:http/origin`, that of a
/// middleware its import `wasi:http/handler`; a service has none and ends the chain. A component that
/// chooses between several next hops imports them under names: `--hop` says where each one leads. A chain
/// whose last member has a next hop is open, and composes further. Core modules that say which world they
/// are for, as cargo leaves them, are encoded on the way.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  witgen compose gate.wasm stamp.wasm hello.wasm -o chain.wasm
  witgen compose gate.wasm hello.wasm -o chain.wasm --client gate=auth.wasm --client '*'=deny
  witgen compose router.wasm --hop router.primary=hello.wasm --hop router.fallback=sorry.wasm -o tree.wasm
  witgen compose first=stamp.wasm second=stamp.wasm -o stamps.wasm
  witgen compose acme:gate@1.0.0 hello.wasm -o chain.wasm
  witgen compose gate.wasm hello.wasm --plan")]
pub(super) struct Compose {
    /// The members, the outermost first: files, or components of a registry (`acme:gate@1.0.0`), with
    /// names if they are to have others than these
    #[arg(value_name = "[NAME=]FILE|REF", required = true)]
    members: Vec<String>,
    /// The file to write; `-` is stdout
    #[arg(long, short, value_name = "FILE", required_unless_present_any = ["plan", "emit"])]
    out: Option<PathBuf>,
    /// Overwrite a file that witgen didn't make
    #[arg(long)]
    force: bool,
    /// Where a next hop leads: to a component, which becomes a member, to a member by its name, nowhere with `deny`, or
    /// to the host with `host`. NAME is what the component calls the next hop; if there is only one, no name is needed
    #[arg(long = "hop", value_name = "MEMBER[.NAME]=FILE|MEMBER|deny|host", value_parser = hop)]
    hops: Vec<HopArgument>,
    /// Where a member's side calls go, or those that it makes by one name: to a service, or nowhere with `deny`; `*`
    /// stands for all members that have none of their own
    #[arg(long = "client", value_name = "MEMBER[.NAME]=FILE|deny", value_parser = client)]
    clients: Vec<(String, String)>,
    /// Keep each member's imports from the host apart, under its name
    #[arg(long)]
    split_imports: bool,
    /// Print who calls whom, what flows between them, and which imports remain
    #[arg(long, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    plan: Option<PlanForm>,
    /// What to write: the component, or its source for `wac compose` (to stdout without --out)
    #[arg(long, value_name = "WHAT", conflicts_with = "plan")]
    emit: Option<Emit>,
    #[command(flatten)]
    registries: RegistryArgs,
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

/// Stands for every member without a `--client` of its own.
const ANY_MEMBER: &str = "*";

fn client(argument: &str) -> std::result::Result<(String, String), String> {
    match argument.split_once('=') {
        Some((member, target)) if !member.is_empty() && !target.is_empty() => {
            Ok((member.to_owned(), target.to_owned()))
        }
        _ => Err("write it as MEMBER=FILE, or MEMBER=deny".to_owned()),
    }
}

fn hop(argument: &str) -> std::result::Result<HopArgument, String> {
    argument
        .parse()
        .map_err(|()| "write it as MEMBER.NAME=FILE, or MEMBER=FILE".to_owned())
}

impl Compose {
    pub fn exec(self, shell: &mut Shell) -> Outcome<Status> {
        let chain = self.chain()?;
        if self.emit == Some(Emit::Wac) {
            // What can't be linked has no source either.
            chain.compose()?;
            let source = chain.wac()?;
            match self.out.as_deref().filter(|out| *out != Path::new("-")) {
                Some(out) => {
                    output(out, Made::Wac(&source), &self.inputs(), self.force, shell)?;
                }
                None => shell.print(&source)?,
            }
            return Ok(Status::Fine);
        }
        let composition = chain.compose()?;
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
            output(out, made, &self.inputs(), self.force, shell)?;
        }
        match self.plan {
            Some(_) if shell.format == Format::Json => shell.print(&json(&composition.plan))?,
            Some(PlanForm::Text) => shell.print(&composition.plan.to_string())?,
            Some(PlanForm::Mermaid) => shell.print(&composition.plan.mermaid())?,
            None => self.report_fit(&composition, shell),
        }
        Ok(Status::Fine)
    }

    fn chain(&self) -> Result<Chain> {
        let registries = self.registries.registries();
        let chain = locate::chain(&self.members, &self.hops, &registries)?;
        let mut taken: Vec<_> =
            chain.members().iter().map(|member| member.name().to_owned()).collect();
        // One file is one service, whoever asks it.
        let mut services = BTreeMap::<&str, String>::new();
        let mut chain = chain.split_imports(self.split_imports);
        for (at, (member, target)) in self.clients.iter().enumerate() {
            let place = || Place::argument(format!("--client {member}={target}"));
            if self.clients[..at].iter().any(|(earlier, _)| earlier == member) {
                let message = format!("the side calls of `{member}` are given twice");
                let error = Diagnostic::error(codes::TWO_CLIENTS, message).at(place());
                return Err(error.help("they go to one place").into());
            }
            let client = match target.as_str() {
                DENY => Client::Denied,
                file => {
                    let name = services.entry(file).or_insert_with(|| {
                        let name = locate::free_name(Path::new(file), &taken);
                        taken.push(name.clone());
                        name
                    });
                    Client::linked(locate::member(name, Path::new(file), &registries)?)?
                }
            };
            let added = match member.split_once('.') {
                _ if member == ANY_MEMBER => Ok(chain.other_clients(client)),
                Some((member, name)) => chain.named_client(member, name, client),
                None => chain.client(member, client),
            };
            chain = added.map_err(|error| error.at(place()))?;
        }
        Ok(chain)
    }

    /// The files that the chain is made of.
    fn inputs(&self) -> Vec<PathBuf> {
        let members = self.members.iter().map(|argument| locate::member_argument(argument).1);
        let hops = self.hops.iter().filter_map(HopArgument::file).filter(|file| file.exists());
        let clients = self.clients.iter().map(|(_, target)| target);
        let files = clients.filter(|target| *target != DENY);
        members.chain(hops).chain(files.map(PathBuf::from)).collect()
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
            extra => shell.note(&format!("{fit}, and imports besides: {}", extra.join(", "))),
        }
    }
}
