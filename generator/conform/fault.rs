//! A faulty intermediary: changes one part of the observation, as a mutant requires.

use super::case::{MutantEntry, RequestFault, Server};
use super::http::Received;
use super::observation::Observation;

/// Applies a mutant. Events that happen too late are handled by [`suppressed_event`], and steps are those of a component.
pub fn apply(mutant: &MutantEntry, seen: &mut Observation) {
    let at = mutant.exchange.unwrap_or(1).saturating_sub(1);
    if let Some(exchange) = seen.exchanges.get_mut(at) {
        if let Some(result) = &mutant.result {
            exchange.results.insert(result.step, result.is.clone());
        }
        let response = &mut exchange.response;
        if let Some(status) = mutant.status {
            response.status = Some(status);
        }
        change(
            response,
            mutant.header.as_ref(),
            mutant.without_header.as_deref(),
            mutant.body.as_deref(),
            mutant.trailers.as_deref(),
            mutant.incomplete,
        );
        if mutant.no_response == Some(true) {
            *response = Received::broken("there is no response");
            exchange.results.clear();
        }
    }
    if let Some(fault) = &mutant.request {
        change_request(fault, seen);
    }
    if let Some(server) = mutant.extra_request {
        let request = Received {
            method: "GET".to_owned(),
            path: "/".to_owned(),
            ..Received::default()
        };
        requests(server, seen).push((None, request));
    }
    if let Some(server) = mutant.missing_request {
        requests(server, seen).pop();
    }
    if let Some(more) = mutant.memory_growth {
        seen.memory_growth = Some(seen.memory_growth.unwrap_or(0) + more);
    }
}

/// Returns the event that a mutant doesn't let happen.
pub fn suppressed_event(mutant: &MutantEntry) -> Option<&str> {
    mutant.without_event.as_deref()
}

fn requests(server: Server, seen: &mut Observation) -> &mut Vec<(Option<usize>, Received)> {
    match server {
        Server::Origin => &mut seen.origin,
        Server::Side => &mut seen.side,
    }
}

fn change_request(fault: &RequestFault, seen: &mut Observation) {
    let number = fault.number.saturating_sub(1);
    let request = requests(fault.to, seen).iter_mut().find(|(at, _)| *at == Some(number));
    let Some((_, request)) = request else { return };
    if let Some(method) = &fault.method {
        request.method.clone_from(method);
    }
    if let Some(path) = &fault.path {
        request.path.clone_from(path);
    }
    change(
        request,
        fault.header.as_ref(),
        fault.without_header.as_deref(),
        fault.body.as_deref(),
        fault.trailers.as_deref(),
        fault.incomplete,
    );
}

fn change(
    message: &mut Received,
    header: Option<&(String, String)>,
    without_header: Option<&str>,
    body: Option<&str>,
    trailers: Option<&[(String, String)]>,
    incomplete: Option<bool>,
) {
    if let Some(name) = header.map(|(name, _)| name.as_str()).or(without_header) {
        message.headers.retain(|(it, _)| !it.eq_ignore_ascii_case(name));
    }
    message.headers.extend(header.cloned());
    if let Some(body) = body {
        message.body = body.as_bytes().to_vec();
        message.headers.retain(|(name, _)| name != "(length)");
    }
    if let Some(trailers) = trailers {
        message.trailers = trailers.to_vec();
    }
    match incomplete {
        Some(true) => message.broken = Some("the message ends within its content".to_owned()),
        Some(false) => message.broken = None,
        None => {}
    }
}
