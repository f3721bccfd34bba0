
// The requests, and for each the calls that were made for it, as a waterfall.

const opened = new Map();
let listName = "last";
let showsAll = false;

// How many requests are listed at first.
const SHOWN = 15;

const NOTES = {
  last: "The newest first; of each second, up to 20 requests are kept. Queries, headers and contents are never shown.",
  failed: "Responses with 5xx, and responses that were cut. Queries, headers and contents are never shown.",
  slowest: "Of the last five minutes, by the time until the response. Queries, headers and contents are never shown.",
};

function showRequests(status) {
  const all = status.requests[listName];
  const listed = showsAll ? all : all.slice(0, SHOWN);
  const current = new Map(listed.map((request) => [request.request, request]));
  for (const [id, request] of opened) {
    opened.set(id, current.get(id) ?? request);
  }
  // Requests that are open stay until they are closed.
  const kept = [...opened.values()].filter((request) => !current.has(request.request));
  const hasRoutes = status.chains.length > 1 || status.chains.some((chain) => chain.name !== null);
  const columns = [["Time", "optional"], ["Request"], ["Status"], ["Duration", "number"], hasRoutes && ["Chain", "optional"], ["Calls", "optional"], [h("span", { class: "hidden" }, "Details")]].filter(Boolean);
  const rows = [...listed, ...kept].flatMap((request) => requestRows(request, status, hasRoutes, columns.length));
  show(document.getElementById("requests-note"), NOTES[listName]);
  show(document.getElementById("request-list"), rows.length > 0
    ? h("div", { class: "card flush", key: "table" }, table("Requests", columns, rows))
    : h("p", { class: "empty", key: "none" }, listName === "failed" ? "No request has failed." : "No requests yet."),
    all.length > SHOWN && h("button", { type: "button", class: "more", key: "more", "aria-pressed": String(showsAll), onclick: toggleAll }, `Show all ${all.length}`));
}

function toggleAll() {
  showsAll = !showsAll;
  showRequests(state.status);
}

function requestRows(request, status, hasRoutes, width) {
  const id = request.request;
  const isOpen = opened.has(id);
  const toggle = () => {
    if (!opened.delete(id)) {
      opened.set(id, request);
    }
    showRequests(state.status);
  };
  const row = h("tr", { key: id, class: isOpen ? "request open" : "request" },
    h("td", { class: "when optional" }, clock(request.at)),
    h("th", { scope: "row", class: "path" }, h("span", { class: "method" }, foreign(request.method)), " ", foreign(request.path, { class: "code" })),
    h("td", null, statusMark(request)),
    h("td", { class: "number" }, milliseconds(request.total_ms)),
    hasRoutes && h("td", { class: "optional" }, foreign(request.chain ?? "")),
    h("td", { class: "spark optional" }, spark(request)),
    h("td", { class: "toggle" }, h("button", { type: "button", "aria-expanded": String(isOpen), "aria-controls": `request-${id}`, "aria-label": `Details of request ${printable(id)}`, onclick: toggle }, h("span", null, "Details"))));
  if (!isOpen) {
    return [row];
  }
  return [row, h("tr", { key: `${id} details`, class: "details" }, h("td", { colspan: width, id: `request-${id}` }, details(request, status)))];
}

function statusMark(request) {
  if (request.status === 0) {
    return h("span", { class: "mark bad" }, "gone");
  }
  const kind = request.status >= 500 ? "bad" : request.status >= 400 ? "warn" : "good";
  return h("span", { class: `mark ${kind}` }, request.status, request.end === "cut" ? " cut" : null);
}

// The time that everything about a request takes part of.
function span(request) {
  const ends = request.calls.map((call) => call.start_ms + (call.total_ms ?? 0));
  return Math.max(request.total_ms, ...ends, 0.001);
}

// A small waterfall; the details have its text.
function spark(request) {
  const whole = span(request);
  const bars = [{ kind: "request", start_ms: 0, total_ms: request.head_ms ?? request.total_ms }, ...request.calls].slice(0, 9);
  return h("svg", { class: "spark", viewBox: `0 0 100 ${bars.length * 4}`, preserveAspectRatio: "none", "aria-hidden": "true", height: bars.length * 4 },
    bars.map((bar, at) => rect(bar, whole, at * 4 + 0.5, 3)));
}

function rect(bar, whole, y, height) {
  const start = Math.min(100, (bar.start_ms / whole) * 100);
  // A call without an end was given up: it is drawn until the end.
  const width = bar.total_ms === null ? 100 - start : (bar.total_ms / whole) * 100;
  const kind = bar.total_ms === null ? `${bar.kind} given-up` : bar.kind;
  return h("rect", { class: kind, x: start.toFixed(2), y, width: Math.max(0.6, Math.min(width, 100 - start)).toFixed(2), height });
}

function details(request, status) {
  const whole = span(request);
  const rows = [
    { kind: "request", name: "Request", depth: 0, start_ms: 0, total_ms: request.head_ms, note: request.head_ms === null ? "no response" : "until its response" },
    ...request.calls.map((call, at) => ({ ...call, name: call.to, depth: depth(request.calls, at), note: note(call) })),
  ];
  if (request.head_ms !== null) {
    rows.push({ kind: "content", name: "Content", depth: 0, start_ms: request.head_ms, total_ms: Math.max(0, request.total_ms - request.head_ms), note: request.end === "whole" ? "of the response" : "of the response, which was cut" });
  }
  return h("div", { class: "waterfall" },
    h("dl", { class: "about" },
      fact("Time", clock(request.at)),
      fact("Path", foreign(request.path, { class: "code" })),
      fact("Number in the log", foreign(request.request)),
      request.trace_id && fact("Trace", foreign(request.trace_id, { class: "code" })),
      request.route && fact("Route", foreign(request.route, { class: "code" })),
      request.side_calls > 0 && fact("Side calls", count(request.side_calls)),
      request.failure && fact("Failure", foreign(request.failure))),
    h("ol", { class: "bars", "aria-label": "Calls in their order" }, rows.map((row, at) => bar(row, whole, at))),
    request.calls_left_out > 0 && h("p", { class: "quiet" }, `${plural(request.calls_left_out, "further call isn't", "further calls aren't")} shown.`),
    request.calls.length === 0 && !status.measures_members && unmeasured("The calls of members"));
}

function fact(name, value) {
  return h("div", { key: name }, h("dt", null, name), h("dd", null, value));
}

function unmeasured(what) {
  return h("p", { class: "notice" }, `${what} aren’t measured: start the server with `, h("code", null, "--member-times"), ", ", h("code", null, "--server-timing"), " or traces.");
}

const KINDS = { request: "", content: "", member: "member", "next-hop": "next hop", "side-call": "side call" };

function bar(row, whole, at) {
  const time = row.total_ms === null ? "no end" : milliseconds(row.total_ms);
  return h("li", { key: at, class: `row depth-${Math.min(row.depth, 5)}` },
    h("p", { class: "row-name" }, foreign(row.name), KINDS[row.kind] && h("span", { class: "quiet" }, ` ${KINDS[row.kind]}`)),
    h("p", { class: "row-note quiet" }, [`at ${milliseconds(row.start_ms)}, `, h("strong", null, time), row.note ? `, ${row.note}` : null]),
    h("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, h("rect", { class: "track", x: 0, y: 0, width: 100, height: 10 }), rect(row, whole, 0, 10)));
}

function note(call) {
  const parts = [];
  if (call.own_ms !== undefined) {
    parts.push(`own ${milliseconds(call.own_ms)}`);
  }
  if (call.status !== undefined) {
    parts.push(`status ${call.status}`);
  } else {
    parts.push(call.total_ms === null ? "given up" : "failed");
  }
  return parts.join(", ");
}

// How many calls a call was made in the course of.
function depth(calls, at) {
  let found = 0;
  let caller = calls[at].caller;
  while (caller !== undefined && caller < calls.length && found < calls.length) {
    found += 1;
    caller = calls[caller].caller;
  }
  return found;
}
