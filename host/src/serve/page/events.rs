//! Rare events for operators: side calls without a response, traps, reloads.

use std::collections::VecDeque;
use std::time::SystemTime;

use serde::Serialize;

use super::text::clipped;

/// How many events of each kind are kept.
const MAX_SIDE_CALLS: usize = 50;
const MAX_TRAPS: usize = 30;
const MAX_RELOADS: usize = 20;

const MAX_HOST_BYTES: usize = 120;
const MAX_REASON_BYTES: usize = 300;
const MAX_REQUESTS_BYTES: usize = 120;
const MAX_PROBLEMS: usize = 8;

/// The events that are kept, the newest first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Events {
    side_calls: VecDeque<SideCallEvent>,
    traps: VecDeque<TrapEvent>,
    reloads: VecDeque<ReloadEvent>,
}

/// Side calls of a member to a host that had no response.
#[derive(Clone, Debug, Serialize)]
struct SideCallEvent {
    /// When the last one was made, in milliseconds since 1970.
    at: u64,
    /// How many there were since the first one.
    count: u64,
    member: String,
    host: String,
    /// `denied`, `limited` or `failed`.
    outcome: &'static str,
    reason: String,
    /// The number of the request for which the last one was made.
    request: String,
}

/// An instance that ended before its time.
#[derive(Clone, Debug, Serialize)]
struct TrapEvent {
    at: u64,
    member: String,
    /// The numbers of the requests in it.
    requests: String,
    reason: String,
}

/// A reload.
#[derive(Clone, Debug, Serialize)]
struct ReloadEvent {
    at: u64,
    /// `served` or `refused`.
    result: &'static str,
    /// Why it was refused.
    problems: Vec<String>,
}

impl Events {
    /// Records a side call without a response. Those of a member to the same host are one event.
    pub fn side_call(
        &mut self,
        member: &str,
        host: &str,
        outcome: &'static str,
        reason: &str,
        request: &str,
    ) {
        let host = clipped(host, MAX_HOST_BYTES);
        let is_same = |event: &SideCallEvent| {
            event.outcome == outcome && event.member == member && event.host == host
        };
        let known = self.side_calls.iter().position(is_same);
        let known = known.and_then(|place| self.side_calls.remove(place));
        let event = SideCallEvent {
            at: now(),
            count: known.map_or(0, |known| known.count) + 1,
            member: member.to_owned(),
            host,
            outcome,
            reason: clipped(reason, MAX_REASON_BYTES),
            request: request.to_owned(),
        };
        push(&mut self.side_calls, event, MAX_SIDE_CALLS);
    }

    pub fn trap(&mut self, member: &str, requests: &str, reason: &str) {
        let event = TrapEvent {
            at: now(),
            member: member.to_owned(),
            requests: clipped(requests, MAX_REQUESTS_BYTES),
            reason: clipped(reason, MAX_REASON_BYTES),
        };
        push(&mut self.traps, event, MAX_TRAPS);
    }

    /// Records a reload, which is refused if there are problems.
    pub fn reload(&mut self, problems: &[String]) {
        let result = if problems.is_empty() {
            "served"
        } else {
            "refused"
        };
        let problems = problems.iter().take(MAX_PROBLEMS);
        let event = ReloadEvent {
            at: now(),
            result,
            problems: problems.map(|problem| clipped(problem, MAX_REASON_BYTES)).collect(),
        };
        push(&mut self.reloads, event, MAX_RELOADS);
    }
}

fn push<T>(events: &mut VecDeque<T>, event: T, max: usize) {
    events.push_front(event);
    events.truncate(max);
}

/// Returns the time in milliseconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_denials_are_one_event_and_others_stay() {
        let mut events = Events::default();
        for _ in 0..1000 {
            events.side_call("gate", "a.example", "denied", "no --allow names it", "7");
        }
        events.side_call("gate", "b.example", "denied", "no --allow names it", "8");
        events.side_call("gate", "a.example", "limited", "too many", "9");
        let counts: Vec<_> = events.side_calls.iter().map(|event| event.count).collect();
        assert_eq!(counts, [1, 1, 1000]);
    }

    #[test]
    fn a_bounded_number_of_events_is_kept() {
        let mut events = Events::default();
        for at in 0..200 {
            events.side_call("gate", &format!("{at}.example"), "denied", "", "");
            events.trap("gate", &"1, ".repeat(1000), &"x".repeat(10_000));
            events.reload(&vec!["y".repeat(10_000); 100]);
        }
        assert_eq!(events.side_calls.len(), MAX_SIDE_CALLS);
        assert_eq!(events.side_calls[0].host, "199.example");
        assert_eq!(events.traps.len(), MAX_TRAPS);
        let json = serde_json::to_string(&events).unwrap();
        assert!(json.len() < 100_000, "{}", json.len());
    }
}
