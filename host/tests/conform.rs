//! The conformance suite on this host, and whether its cases find faults.

use std::fmt::Write as _;

use testkit_serve::serve::program;
use witgen::conform::{
    self, Kind, Options, Outcome, Profile, Report, Suite, Version, scripted_proxy,
};

/// The profile of the host, with the program that cargo has built.
fn profile() -> Profile {
    let mut profile = Profile::named("witgen").unwrap();
    profile.command[0] = program().display().to_string();
    profile.version[0] = profile.command[0].clone();
    let cache = testkit::toolchain::target_dir().join("caches");
    profile
        .environment
        .insert("XDG_CACHE_HOME".to_owned(), cache.display().to_string());
    profile
}

/// Fails with all that isn't as it must or should be.
#[track_caller]
fn assert_conforms(report: &Report) {
    assert!(!report.has_findings(), "{}", conform::table(report));
}

#[test]
fn this_host_does_everything_that_it_must_and_should() {
    let cases = conform::cases(Suite::Host).unwrap();
    let report = conform::host(&profile(), &cases, &Options::default()).unwrap();
    assert_conforms(&report);
    assert_eq!(report.count("n/a"), 0, "{}", conform::table(&report));
}

#[test]
fn every_case_of_hosts_finds_its_mutants() {
    let mut cases = conform::cases(Suite::Host).unwrap();
    for case in &mut cases {
        // What an intermediary does to it is the same for all of them.
        case.components.truncate(1);
        case.versions.drain(..case.versions.len().saturating_sub(1));
        case.protocols.truncate(1);
    }
    let mut options = Options::default();
    options.mutants = true;
    let report = conform::host(&profile(), &cases, &options).unwrap();
    for case in &report.cases {
        assert_eq!(case.outcome(), &Outcome::Pass, "{}", case.name);
    }
}

/// A proxy that passes on the very request and the very response, or does what the steps say.
fn proxy(steps: &str) -> Vec<u8> {
    let case = format!(
        "summary = 'x'\nlevel = 'must'\nquote = 'Sets the scheme'\nitem = 'types.request.set-scheme'\n\
         [[exchange]]\n[[mutant]]\nsteps = [{steps}]\n"
    );
    let case = conform::Case::parse(Suite::Component, "a/b/case.toml", &case).unwrap();
    scripted_proxy(case.mutants[0].steps.as_deref().unwrap())
}

const PASS: &str = "{ call = 'pass', of = 'request' }";

#[test]
fn a_transparent_proxy_does_everything_that_it_must_and_should() {
    let cases = conform::cases(Suite::Component).unwrap();
    let options = Options::default();
    let run = || {
        let component = proxy(PASS);
        conform::component(&profile(), "pass", component, Kind::Proxy, &cases, &options).unwrap()
    };
    assert_conforms(&run());
}

#[test]
fn a_service_that_reads_no_content_does_everything_that_it_must_and_should() {
    let mut cases = conform::cases(Suite::Component).unwrap();
    cases.retain(|case| case.components.contains(&Kind::Service));
    let component = conform::suite_component(Kind::Service, Version::Here).unwrap();
    let options = Options::default();
    let report = conform::component(
        &profile(),
        "ready",
        component,
        Kind::Service,
        &cases,
        &options,
    )
    .unwrap();
    assert_conforms(&report);
    assert!(
        !cases.is_empty() && report.count("n/a") == 0,
        "{}",
        conform::table(&report)
    );
}

#[test]
fn every_case_of_components_finds_faults_of_an_intermediary() {
    let cases = conform::cases(Suite::Component).unwrap();
    let mut options = Options::default();
    options.mutants = true;
    let component = proxy(PASS);
    let report =
        conform::component(&profile(), "pass", component, Kind::Proxy, &cases, &options).unwrap();
    for case in &report.cases {
        let outcome = case.outcome();
        assert_eq!(outcome.as_str(), "pass", "{}: {outcome:?}", case.name);
    }
}

#[test]
fn every_case_of_components_finds_components_with_a_fault() {
    let mut options = Options::default();
    options.timeout = std::time::Duration::from_secs(2);
    let cases = conform::cases(Suite::Component).unwrap();
    let mut mutants = conform::faulty_components(&profile(), &cases, &options).unwrap();
    assert!(mutants.len() > 80, "{} mutants", mutants.len());
    // The component does what the mutant says, or the host couldn't serve it.
    let is_found =
        |found: &Option<String>| found.as_ref().is_some_and(|it| !it.starts_with("the host"));
    mutants.retain(|mutant| !is_found(&mutant.found));
    assert!(mutants.is_empty(), "{mutants:#?}");
}

#[test]
fn a_proxy_that_answers_by_itself_is_not_judged_by_what_it_would_forward() {
    let mut cases = conform::cases(Suite::Component).unwrap();
    cases.retain(|case| case.name == "via/of-a-request");
    let component = proxy("{ call = 'respond', args = [401, 'who are you?'] }");
    let options = Options::default();
    let report =
        conform::component(&profile(), "gate", component, Kind::Proxy, &cases, &options).unwrap();
    assert_eq!(
        report.cases[0].outcome(),
        &Outcome::NotApplicable("the component responds with 401 and calls no next hop".to_owned())
    );
}

#[test]
fn results_are_the_same_at_every_run_and_contain_no_ports() {
    let mut cases = conform::cases(Suite::Host).unwrap();
    cases.retain(|case| ["client/send", "request/received"].contains(&case.name.as_str()));
    for case in &mut cases {
        // Makes each fail, so that something is shown.
        case.exchanges[0].response.body =
            Some(conform::BodyExpectation::Text("something else".to_owned()));
    }
    let run = || {
        let report = conform::host(&profile(), &cases, &Options::default()).unwrap();
        let mut all = String::new();
        let _ = write!(all, "{}{}", conform::json(&report), conform::table(&report));
        all + &conform::junit(&report)
    };
    let first = run();
    assert!(
        first.contains("{address}") && !first.contains("127.0.0.1:"),
        "{first}"
    );
    assert_eq!(first, run());
}
