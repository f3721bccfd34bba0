
// The chains, drawn from the client on: a member, and after it what its next hops lead to.

function showChains(status) {
  const chains = status.chains.map((chain) => {
    const routes = chain.routes.map((route) => h("li", null, foreign(route, { class: "code" })));
    return h("article", { class: "card chain", key: chain.name ?? "" },
      h("div", { class: "chain-head" },
        h("h3", null, chain.name === null ? "Chain" : foreign(chain.name)),
        h("ul", { class: "routes", "aria-label": "Routes" }, routes)),
      drawChain(chain, status));
  });
  show(document.getElementById("chain-list"), chains.length > 0 ? chains : h("p", { class: "quiet" }, "The components are still being loaded."));
}

function drawChain(chain, status) {
  const members = new Map(chain.members.map((member) => [member.name, member]));
  const drawn = new Set();
  const outermost = chain.members[0];
  const first = outermost ? [branch("", drawMember(outermost.name))] : [];
  return h("ul", { class: "tree", "aria-label": "From the client on" },
    h("li", null, h("div", { class: "node client" }, h("p", { class: "node-name" }, "Clients")), h("ul", { class: "only" }, first)));

  function drawMember(name) {
    const member = members.get(name);
    // Several next hops may lead to the same member.
    if (!member || drawn.has(name)) {
      return { node: h("div", { class: "node again" }, h("p", { class: "node-name" }, foreign(name)), h("p", { class: "quiet" }, "as above")), next: [] };
    }
    drawn.add(name);
    const next = member.next_hops.map((hop) => branch(hopName(hop.hop), drawTarget(hop)));
    return { node: memberNode(member, status), next };
  }

  function drawTarget(hop) {
    switch (hop.to) {
      case "member":
        return drawMember(hop.name);
      case "origin":
        return { node: originNode(hop.name, status), next: [] };
      default:
        return { node: h("div", { class: "node denied" }, h("p", { class: "node-name" }, "Denied")), next: [] };
    }
  }
}

// `origin` and `handler` are the names that next hops have anyway.
function hopName(name) {
  return name === "origin" || name === "handler" ? "" : name;
}

function branch(label, { node, next }) {
  const following = next.length === 0 ? null : h("ul", { class: next.length === 1 ? "only" : "several" }, next);
  return h("li", { class: "hop" }, label === "" ? null : h("p", { class: "hop-name" }, h("span", { class: "hidden" }, "Next hop "), foreign(label)), node, following);
}

function memberNode(member, status) {
  const seen = status.members.find((other) => other.name === member.name);
  const minute = seen?.minute;
  const facts = [];
  if (minute && minute.calls > 0) {
    facts.push(h("p", null, `${short(minute.calls / status.minute.seconds)}/s`), h("p", null, `own ${milliseconds(minute.own_ms.p50)}`));
  }
  if (seen?.traps > 0) {
    facts.push(h("p", { class: "bad" }, plural(seen.traps, "trap", "traps")));
  }
  return h("div", { class: "node member" },
    h("p", { class: "node-name" }, foreign(member.name)),
    facts.length > 0 && h("div", { class: "facts" }, facts),
    member.side_calls.length > 0 && h("ul", { class: "side-calls", "aria-label": "Side calls" }, member.side_calls.map((hop) => sideCall(hop, member, seen))));
}

function sideCall(hop, member, seen) {
  const name = hop.hop === "client" ? "side calls" : ["side calls ", foreign(hop.hop)];
  switch (hop.to) {
    case "member":
      return h("li", null, name, " → ", foreign(hop.name));
    case "denied":
      return h("li", null, name, " → ", h("span", { class: "bad" }, "denied"));
    default: {
      const allowed = member.allow ?? [];
      const shown = allowed.slice(0, 4).flatMap((host, at) => [at > 0 ? ", " : null, foreign(host, { class: "code" })]);
      const more = allowed.length > 4 ? `, and ${allowed.length - 4} more` : null;
      return h("li", null, name, " → ", allowed.length > 0 ? [shown, more] : "no host is allowed",
        member.rate_limit ? [", at most ", foreign(member.rate_limit)] : null,
        seen?.side_calls ? h("span", { class: "outcomes" }, outcomes(seen.side_calls)) : null);
    }
  }
}

// Shows side calls by outcome; those that never happened are left out.
function outcomes(calls) {
  const names = ["answered", "failed", "denied", "limited"].filter((name) => calls[name] > 0);
  return names.map((name) => h("span", { class: name === "answered" ? "good" : "bad", key: name }, `${short(calls[name])} ${name}`));
}

function originNode(name, status) {
  const origin = status.origins.find((other) => other.name === name);
  const servers = origin?.servers ?? [];
  const healthy = servers.filter((server) => server.is_usable).length;
  // A pool of one server has its URL as its name.
  const isUrl = servers.length === 1 && servers[0].url === name;
  return h("div", { class: "node origin" },
    h("p", { class: "node-name" }, isUrl ? "origin" : foreign(name)),
    servers.length > 1 && h("p", { class: healthy < servers.length ? "facts bad" : "facts" }, `${healthy} of ${servers.length} servers in use`),
    h("ul", { class: "servers", "aria-label": "Servers" }, servers.map((server) =>
      h("li", null, mark(server.is_usable), " ", foreign(server.url, { class: "code" })))));
}

function mark(isUsable) {
  return isUsable ? h("span", { class: "mark good" }, "in use") : h("span", { class: "mark bad" }, "left out");
}
