//! Runs the cases on a host, and on a component in a host.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;

use super::case::{Case, Kind, MutantEntry, Protocol, Version, script};
use super::guests;
use super::host::Profile;
use super::outcome::{CaseResult, Outcome, Report, Variant};
use super::running::{Options, Running, Start, Subject, cannot_run};
use crate::diagnostic::Result;

/// How many hosts run at a time.
const WORKERS: usize = 2;
/// How many hosts with faulty components run at a time: most of them wait for something that doesn't happen.
const FAULT_WORKERS: usize = 4;

/// Runs cases on a host.
///
/// # Errors
///
/// A system without loopback, or without a place for temporary files.
pub fn host(profile: &Profile, cases: &[Case], options: &Options) -> Result<Report> {
    let mut wanted: BTreeMap<(Kind, Version), Vec<&Case>> = BTreeMap::new();
    for case in cases {
        for &kind in &case.components {
            for &version in versions(kind, case) {
                wanted.entry((kind, version)).or_default().push(case);
            }
        }
    }
    let queue: Mutex<Vec<_>> = Mutex::new(wanted.into_iter().rev().collect());
    let results: Mutex<Vec<(String, Variant, Outcome)>> = Mutex::default();
    let notes: Mutex<BTreeSet<String>> = Mutex::default();
    let starts: Mutex<Vec<Start>> = Mutex::default();
    let work = || -> Result<()> {
        loop {
            let Some(((kind, version), cases)) = lock(&queue).pop() else {
                return Ok(());
            };
            let subject = Subject {
                kind,
                version,
                component: guests::component(kind, version)?,
            };
            let mut running = Running::new(profile, &subject, options)?;
            for case in cases {
                let outcomes = running.run(case);
                lock(&results).extend(
                    outcomes.into_iter().map(|(variant, it)| (case.name.clone(), variant, it)),
                );
            }
            lock(&starts).push(running.first_start());
            lock(&notes).extend(running.end());
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err(cannot_run("a thread of the suite failed")))
        })
    })?;
    let results = results.into_inner().unwrap_or_default();
    let of_case = |case: &Case| {
        let of_case = results.iter().filter(|(name, ..)| *name == case.name);
        let variants = of_case.map(|(_, variant, outcome)| (*variant, outcome.clone()));
        CaseResult::new(case, variants.collect())
    };
    Ok(Report {
        subject: profile.name.clone(),
        version: profile.version(),
        cases: cases.iter().map(of_case).collect(),
        notes: notes.into_inner().unwrap_or_default().into_iter().collect(),
        not_run: not_run(&starts.into_inner().unwrap_or_default()),
    })
}

/// Runs cases on a component, which a host serves.
///
/// # Errors
///
/// A system without loopback, or without a place for temporary files.
pub fn component(
    profile: &Profile,
    name: &str,
    component: Vec<u8>,
    kind: Kind,
    cases: &[Case],
    options: &Options,
) -> Result<Report> {
    let subject = Subject {
        kind,
        version: Version::Here,
        component,
    };
    let mut running = Running::new(profile, &subject, options)?;
    let results = cases.iter().map(|case| {
        let outcomes = if case.components.contains(&kind) {
            running.run(case)
        } else {
            Vec::new()
        };
        CaseResult::new(case, outcomes)
    });
    let cases = results.collect();
    let not_run = not_run(&[running.first_start()]);
    Ok(Report {
        subject: name.to_owned(),
        version: None,
        cases,
        notes: running.end().into_iter().collect(),
        not_run,
    })
}

/// Returns why no host could be started, if that is so. Hosts that have no case to run are never started.
fn not_run(starts: &[Start]) -> Option<String> {
    let has_run = starts.iter().any(|start| matches!(start, Start::Succeeded));
    let mut reasons = starts.iter().filter_map(|start| match start {
        Start::Failed(reason) => Some(reason.clone()),
        _ => None,
    });
    reasons.next().filter(|_| !has_run)
}

fn versions(kind: Kind, case: &Case) -> &[Version] {
    match kind {
        Kind::Wasi02 => &[Version::Here],
        _ => &case.versions,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A mutant that is a component with a fault, and what its case finds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FaultyComponent {
    /// The case.
    pub case: String,
    /// The mutant of the case, from 1.
    pub mutant: usize,
    /// The deviation that the case finds; `None` if it doesn't notice the fault.
    pub found: Option<String>,
}

/// Runs the cases on components with the faults that their mutants describe as steps.
///
/// # Errors
///
/// A system without loopback, or without a place for temporary files.
pub fn faulty_components(
    profile: &Profile,
    cases: &[Case],
    options: &Options,
) -> Result<Vec<FaultyComponent>> {
    let mut queue = Vec::new();
    for case in cases {
        let faulty = case.mutants.iter().enumerate().filter(|(_, it)| it.steps.is_some());
        queue.extend(faulty.map(|(at, mutant)| (case, at, mutant)));
    }
    let queue = Mutex::new(queue);
    let results: Mutex<Vec<FaultyComponent>> = Mutex::default();
    let work = || -> Result<()> {
        let subject = |kind| -> Result<Subject> {
            Ok(Subject {
                kind,
                version: Version::Here,
                component: guests::component(kind, Version::Here)?,
            })
        };
        let (service, proxy) = (subject(Kind::Service)?, subject(Kind::Proxy)?);
        let mut service = Running::new(profile, &service, options)?;
        let mut proxy = Running::new(profile, &proxy, options)?;
        loop {
            let Some((case, at, mutant)) = lock(&queue).pop() else {
                break;
            };
            let running = if case.components.first() == Some(&Kind::Service) {
                &mut service
            } else {
                &mut proxy
            };
            let found = find_fault(running, case, mutant);
            lock(&results).push(FaultyComponent {
                case: case.name.clone(),
                mutant: at + 1,
                found,
            });
        }
        service.end();
        proxy.end();
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..FAULT_WORKERS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err(cannot_run("a thread of the suite failed")))
        })
    })?;
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by(|one, other| (&one.case, one.mutant).cmp(&(&other.case, other.mutant)));
    Ok(results)
}

/// Returns what a case finds if the scripted guest runs the steps of a mutant for each request.
fn find_fault(running: &mut Running<'_>, case: &Case, mutant: &MutantEntry) -> Option<String> {
    let steps = mutant.steps.as_deref().unwrap_or_default();
    running.script = Some(script("fault", steps, &str::to_owned));
    let protocol = case.protocols.first().copied().unwrap_or(Protocol::Http1);
    match running.difference(case, protocol, None) {
        Ok(Some(Outcome::Fail(difference))) | Err(difference) => Some(difference),
        Ok(_) => None,
    }
}
