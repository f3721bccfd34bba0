
// Members, origins, events, and what is served.

function showMembers(status) {
  const isMeasured = status.measures_members;
  const columns = [["Member"], isMeasured && ["Calls per minute", "number"], isMeasured && ["Own time, median / p95", "number"], isMeasured && ["Until its response, median / p95", "number"], ["Traps", "number"], ["Side calls over the network"]].filter(Boolean);
  const rows = status.members.map((member) => {
    const minute = member.minute;
    const times = (percentiles) => percentiles ? `${milliseconds(percentiles.p50)} / ${milliseconds(percentiles.p95)}` : "–";
    const calls = member.side_calls;
    const made = calls ? outcomes(calls) : [];
    return h("tr", { key: member.name },
      h("th", { scope: "row" }, foreign(member.name)),
      isMeasured && h("td", { class: "number" }, count(minute?.calls ?? 0)),
      isMeasured && h("td", { class: "number" }, times(minute?.own_ms)),
      isMeasured && h("td", { class: "number" }, times(minute?.total_ms)),
      h("td", { class: member.traps > 0 ? "number bad" : "number" }, count(member.traps)),
      h("td", { class: "outcomes" }, calls === null ? "–" : made.length > 0 ? made : "none"));
  });
  show(document.getElementById("member-list"),
    !isMeasured && h("div", { key: "note" }, unmeasured("The times of members")),
    h("div", { class: "card flush", key: "table" }, wide("Table of members", table("Members of all chains; times are those of the last minute", columns, rows))));
}

function showOrigins(status) {
  const rows = status.origins.flatMap((origin) => origin.servers.map((server) => h("tr", { key: `${origin.name} ${server.url}` },
    h("th", { scope: "row" }, foreign(origin.name)),
    h("td", null, foreign(server.url, { class: "code" })),
    h("td", null, mark(server.is_usable)),
    [server.in_flight, server.answered, server.failed, server.cancelled, server.ejections].map((number) => h("td", { class: "number" }, count(number))))));
  const columns = [["Origin"], ["Server"], ["State"], ...["In flight", "Answered", "Failed", "Cancelled", "Ejections"].map((name) => [name, "number"])];
  const hasOrigins = rows.length > 0;
  document.getElementById("origins").hidden = !hasOrigins;
  document.querySelector("nav a[href='#origins']").hidden = !hasOrigins;
  const retries = status.origins.filter((origin) => origin.retries > 0);
  show(document.getElementById("origin-list"),
    h("div", { class: "card flush", key: "table" }, wide("Table of origins", table("Servers of origins", columns, rows))),
    retries.map((origin) => h("p", { class: "quiet", key: origin.name }, foreign(origin.name), `: ${plural(origin.retries, "request was", "requests were")} sent again to another server.`)));
}

function showEvents(status) {
  const { side_calls: sideCalls, traps, reloads } = status.events;
  const denials = sideCalls.map((event) => h("li", { key: `${event.member} ${event.host} ${event.outcome}` },
    clock(event.at), h("p", null, foreign(event.member), " → ", foreign(event.host, { class: "code" }), " ",
      h("span", { class: event.outcome === "failed" ? "mark warn" : "mark bad" }, event.outcome), event.count > 1 && ` ${count(event.count)} times`),
    h("p", { class: "quiet" }, foreign(event.reason))));
  const trapped = traps.map((event, at) => h("li", { key: `${event.at} ${at}` },
    clock(event.at), h("p", null, foreign(event.member), event.requests !== "" && [" during ", foreign(event.requests)]),
    h("p", { class: "quiet" }, foreign(event.reason))));
  const reloaded = reloads.map((event, at) => h("li", { key: `${event.at} ${at}` },
    clock(event.at), h("p", null, h("span", { class: event.result === "served" ? "mark good" : "mark bad" }, event.result)),
    event.problems.map((problem) => h("p", { class: "quiet" }, foreign(problem)))));
  show(document.getElementById("event-list"), h("div", { class: "columns" },
    events("Side calls without a response", denials, "No side call was denied, limited or failed."),
    events("Traps", trapped, "No instance has trapped."),
    events("Reloads", reloaded, "Nothing was reloaded.")));
}

function events(title, list, none) {
  return h("div", { class: "card", key: title }, h("h3", null, title), list.length > 0 ? h("ul", { class: "log" }, list) : h("p", { class: "empty" }, none));
}

function showServed(status) {
  const rows = status.chains.flatMap((chain) => chain.members.map((member) => h("tr", { key: `${chain.name} ${member.name}` },
    chain.name !== null && h("td", null, foreign(chain.name)),
    h("th", { scope: "row" }, foreign(member.name)),
    h("td", null, foreign(member.digest, { class: "code digest" })))));
  const hasNames = status.chains.some((chain) => chain.name !== null);
  const columns = [hasNames && ["Chain"], ["Member"], ["Digest of its component"]].filter(Boolean);
  show(document.getElementById("served-list"),
    h("dl", { class: "about card", key: "about" },
      fact("witgen-serve", foreign(status.version)),
      fact("Started", `${DATE.format(status.started)}, ${duration(status.now - status.started)} ago`),
      fact("Listens on", status.listeners.map((url, at) => [at > 0 ? ", " : null, foreign(url, { class: "code" })])),
      fact("Ready", status.is_ready ? "yes" : "no")),
    h("div", { class: "card flush", key: "table" }, table("Members with their digests", columns, rows)));
}
