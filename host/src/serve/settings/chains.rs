//! The options for each chain of the file and its members.

use std::sync::Arc;

use witgen::chain_file::{Chain as ChainEntry, ChainFile, Setting};
use witgen::diagnostic::{Diagnostic, Failure, Place, codes};
use witgen::locate::HopArgument;

use super::command::Command;
use super::pools::{self, ChainPools};
use super::problems::Problems;
use super::rates;
use super::source::{ChainSettings, ChainSource};
use crate::serve::args::Args;
use crate::serve::failure::list;
use crate::serve::policy::Rule;
use crate::serve::side_call_rates::SideCallRate;
use crate::serve::values::Variable;

/// Returns the chains of the file. Chains that no route leads to are left out.
///
/// # Errors
///
/// All values that can't be used, and options that name an unknown member.
pub(super) fn of_file(
    command: &Command,
    args: &Args,
    file: &Arc<ChainFile>,
) -> Result<Vec<ChainSettings>, Failure> {
    check_names(command, file)?;
    let contents = file.contents();
    let routes = &contents.routes;
    let is_routed =
        |name: &str| routes.is_empty() || routes.iter().any(|route| *route.chain == name);
    let served = contents.chains.iter().filter(|(name, _)| is_routed(name));
    Failure::collect(served.map(|(name, entry)| {
        let (args, pools) = chain_args(command, args, file, name, entry)?;
        Ok(ChainSettings {
            args,
            pools,
            source: ChainSource::File(file.clone(), (**name).clone()),
        })
    }))
}

/// Returns the options for a chain, and the pools that its next hops lead to.
fn chain_args(
    command: &Command,
    args: &Args,
    file: &ChainFile,
    name: &Setting<String>,
    entry: &ChainEntry,
) -> Result<(Args, ChainPools), Failure> {
    let contents = file.contents();
    let members = contents.members_of(name);
    let of_file = members.iter().flat_map(|member| {
        let environment = file.environment(member).iter();
        environment.map(|(key, value)| Variable {
            member: (*member).to_owned(),
            key: key.clone(),
            value: value.clone(),
        })
    });
    // The last value of a key counts.
    let is_member = |name: &str| members.contains(&name);
    let given = command.args.env.iter().filter(|variable| is_member(&variable.member)).cloned();
    let env: Vec<Variable> = of_file.chain(given).collect();
    let for_others = |rule: &&Rule| rule.member().is_none_or(|member| members.contains(&member));
    let mut allow: Vec<Rule> = args.allow.iter().filter(for_others).cloned().collect();
    let mut problems = Problems::default();
    allow.extend(problems.or_add(rules(command, file, &members)).unwrap_or_default());
    let side_call_rates = problems.or_add(side_call_rates(command, file, &members));
    let mut pools = ChainPools::default();
    let mut hops = Vec::new();
    for (member, hop, target) in file.origin_hops(name) {
        let Some(written) = contents.members.get(member).and_then(|member| member.hops.get(hop))
        else {
            continue;
        };
        let Some(pool) = problems.or_add(pools::of_target(file, target, written)) else {
            continue;
        };
        hops.push(HopArgument {
            member: member.to_owned(),
            name: Some(hop.to_owned()),
            target: pool.1.servers[0].to_string(),
        });
        pools.hops.insert((member.to_owned(), hop.to_owned()), pool);
    }
    let mut origin = Vec::new();
    match &entry.origin {
        // The option replaces the origins of all chains that have one, and is that of the only chain.
        None if contents.chains.len() > 1 => {}
        _ if !args.origin.is_empty() => origin.clone_from(&args.origin),
        Some(written) => {
            let target = contents.origin_target(written);
            let pool = target.map(|target| pools::of_target(file, target, written));
            if let Some(pool) = pool.and_then(|pool| problems.or_add(pool)) {
                origin.clone_from(&pool.1.servers);
                pools.origin = Some(pool);
            }
        }
        None => {}
    }
    problems.end()?;
    let args = Args {
        members: members.iter().map(|member| (*member).to_owned()).collect(),
        hops,
        clients: Vec::new(),
        origin_host: args.origin_host || entry.origin_host.as_deref() == Some(&true),
        origin,
        env,
        allow,
        side_call_rates: side_call_rates.unwrap_or_default(),
        ..args.clone()
    };
    Ok((args, pools))
}

/// Returns the rules of members for side calls. `--allow MEMBER=HOST` replaces those of the member.
fn rules(command: &Command, file: &ChainFile, members: &[&str]) -> Result<Vec<Rule>, Failure> {
    let is_given = |name: &str| command.args.allow.iter().any(|rule| rule.member() == Some(name));
    let contents = file.contents();
    let entries = members.iter().filter(|name| !is_given(name));
    let entries = entries.filter_map(|name| Some((*name, contents.members.get(*name)?)));
    let rules = entries.flat_map(|(name, member)| {
        member.allow.iter().map(move |host| {
            format!("{name}={}", **host).parse::<Rule>().map_err(|help| {
                let message = format!("`{}` is not a host", **host);
                Diagnostic::error(codes::INVALID_CHAIN_FILE, message)
                    .at(file.place(host))
                    .help(help)
                    .into()
            })
        })
    });
    Failure::collect(rules)
}

/// Returns the rates of members for side calls. `--side-call-rate MEMBER=RATE` replaces that of the member.
fn side_call_rates(
    command: &Command,
    file: &ChainFile,
    members: &[&str],
) -> Result<Vec<SideCallRate>, Failure> {
    let is_member = |rate: &&SideCallRate| members.contains(&rate.member.as_str());
    let given: Vec<SideCallRate> =
        command.args.side_call_rates.iter().filter(is_member).cloned().collect();
    let is_given = |name: &str| given.iter().any(|rate| rate.member == name);
    let of_file = members.iter().filter(|name| !is_given(name)).filter_map(|name| {
        let written = file.contents().members.get(*name)?.rate_limit.as_ref()?;
        let rate = rates::rate(file, written);
        Some(rate.map(|rate| SideCallRate {
            member: (*name).to_owned(),
            rate,
        }))
    });
    let mut rates: Vec<SideCallRate> = Failure::collect(of_file)?;
    rates.extend(given);
    Ok(rates)
}

/// Rejects options that name an unknown member.
fn check_names(command: &Command, file: &ChainFile) -> Result<(), Failure> {
    let members = &file.contents().members;
    let names: Vec<String> = members.keys().map(|name| (**name).clone()).collect();
    let args = &command.args;
    let from_rules = args
        .allow
        .iter()
        .filter_map(|rule| Some((rule.member()?, format!("--allow {rule}"))));
    let from_env = args
        .env
        .iter()
        .map(|variable| (variable.member.as_str(), format!("--env {variable}")));
    let from_rates = args
        .side_call_rates
        .iter()
        .map(|rate| (rate.member.as_str(), format!("--side-call-rate {rate}")));
    let named = from_rules.chain(from_env).chain(from_rates);
    let unknown = named.filter(|(name, _)| !members.contains_key(*name));
    let problems = unknown.map(|(name, argument)| {
        let message = format!("no member `{name}`; the members are {}", list(&names));
        Diagnostic::error(codes::UNKNOWN_MEMBER, message)
            .at(Place::argument(argument))
            .help("use a name of `[members]`")
    });
    Failure::of(problems.collect()).map_or(Ok(()), Err)
}
