
// The numbers of now, and charts of the last five minutes.

const CHART_HEIGHT = 100;

// Seconds over which the rates of now are means.
const RATE_SECONDS = 5;

function showNow(status) {
  const { minute, chart } = status;
  const seconds = Math.max(1, Math.min(RATE_SECONDS, minute.seconds - 1));
  const rate = sum(chart.requests.slice(-seconds)) / seconds;
  const latency = minute.latency_ms;
  const rejected = sum(Object.values(status.rejected));
  const tiles = [
    tile("Requests", `${short(rate)}/s`, `${count(minute.requests)} in the last minute`),
    tile("Latency, median", milliseconds(latency?.p50), latency ? `p95 ${milliseconds(latency.p95)}, p99 ${milliseconds(latency.p99)}` : "no response in the last minute"),
    tile("Client errors (4xx)", count(minute.client_errors), "in the last minute"),
    tile("Server errors (5xx)", count(minute.server_errors), minute.unfinished > 0 ? `in the last minute; ${count(minute.unfinished)} without an end` : "in the last minute", minute.server_errors > 0 ? "bad" : ""),
    tile("In flight", count(status.in_flight), plural(status.connections, "connection", "connections")),
    tile("Instances", count(status.instances), rejected > 0 ? `${count(rejected)} rejected by limits since the start` : "nothing rejected by limits", "", rejected > 0 ? "bad" : "quiet"),
  ];
  show(document.getElementById("tiles"), tiles);
  show(document.getElementById("charts"), requestChart(chart), latencyChart(chart));
}

function tile(name, value, note, kind = "", noteKind = "quiet") {
  return h("div", { class: "card tile", key: name },
    h("dt", null, name),
    h("dd", { class: `value ${kind}` }, value),
    h("dd", { class: `note ${noteKind}` }, note));
}

function requestChart(chart) {
  const good = chart.requests.map((all, at) => all - chart.client_errors[at] - chart.server_errors[at]);
  const highest = Math.max(...chart.requests);
  const total = sum(chart.requests);
  const text = total === 0
    ? "No requests in the last five minutes."
    : `${plural(total, "request", "requests")} in the last five minutes, up to ${short(highest)} per second; ${count(sum(chart.client_errors))} with 4xx, ${count(sum(chart.server_errors))} with 5xx.`;
  const top = ceiling(highest);
  const layers = [["area errors", chart.requests], ["area client-errors", chart.requests.map((all, at) => all - chart.server_errors[at])], ["area", good]];
  const drawn = layers.map(([kind, values]) => h("path", { class: kind, d: area(values, top) }));
  const legend = [["area", "responses"], ["client-errors", "4xx"], ["errors", "5xx"]];
  return figure("Requests per second", text, `${short(top)}/s`, drawn, legend, chart, ["Requests", "4xx", "5xx"],
    (from, to) => [chart.requests, chart.client_errors, chart.server_errors].map((values) => count(sum(values.slice(from, to)))));
}

function latencyChart(chart) {
  const known = chart.p95_ms.filter((time) => time !== null);
  const highest = Math.max(0, ...known);
  const text = known.length === 0
    ? "No responses in the last five minutes."
    : `Until the head of a response, per second: the 95th percentile was between ${milliseconds(Math.min(...known))} and ${milliseconds(highest)}.`;
  const top = ceiling(highest);
  const drawn = [["line p95", chart.p95_ms], ["line p50", chart.p50_ms]].map(([kind, values]) => h("path", { class: kind, d: line(values, top) }));
  const worst = (values) => {
    const times = values.filter((time) => time !== null);
    return milliseconds(times.length > 0 ? Math.max(...times) : null);
  };
  return figure("Latency", text, milliseconds(top), drawn, [["p50", "median"], ["p95", "95th percentile"]], chart, ["Highest median", "Highest 95th percentile"],
    (from, to) => [chart.p50_ms, chart.p95_ms].map((values) => worst(values.slice(from, to))));
}

// Returns a round number that isn't below another one.
function ceiling(number) {
  if (number <= 0) {
    return 1;
  }
  const power = 10 ** Math.floor(Math.log10(number));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((factor) => factor * power).find((round) => round >= number);
}

function figure(title, text, top, drawn, legend, chart, columns, cells) {
  const length = chart.requests.length;
  const grid = [0.5, 1].map((at) => h("line", { class: "grid", x1: 0, x2: length, y1: CHART_HEIGHT * (1 - at), y2: CHART_HEIGHT * (1 - at) }));
  const step = 30;
  const rows = Array.from({ length: length / step }, (_, at) => h("tr", { key: at },
    h("th", { scope: "row" }, at === length / step - 1 ? "last 30 s" : `${length - at * step} s ago`),
    cells(at * step, (at + 1) * step).map((cell) => h("td", { class: "number" }, cell))));
  return h("figure", { class: "card", key: title },
    h("figcaption", null, h("h3", null, title), h("p", { class: "quiet" }, text)),
    h("div", { class: "plot" },
      h("p", { class: "top quiet", "aria-hidden": "true" }, top),
      h("svg", { viewBox: `0 0 ${length} ${CHART_HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, grid, drawn),
      h("p", { class: "axis quiet", "aria-hidden": "true" }, h("span", null, "5 minutes ago"), h("span", null, "now"))),
    h("ul", { class: "legend", "aria-hidden": "true" }, legend.map(([kind, name]) => h("li", null, h("span", { class: `swatch ${kind}` }), name))),
    h("details", null, h("summary", null, "As a table"), table(`${title}, in steps of 30 seconds`, [["When"], ...columns.map((name) => [name, "number"])], rows)));
}

function height(value, top) {
  return (CHART_HEIGHT * (1 - Math.min(value, top) / top)).toFixed(1);
}

// Each second is a step, of its full width.
function area(values, top) {
  const steps = values.map((value, at) => `L${at} ${height(value, top)}L${at + 1} ${height(value, top)}`);
  return `M0 ${CHART_HEIGHT}${steps.join("")}L${values.length} ${CHART_HEIGHT}Z`;
}

// Seconds without a value are gaps.
function line(values, top) {
  const parts = values.map((value, at) => {
    if (value === null) {
      return "";
    }
    const isFirst = at === 0 || values[at - 1] === null;
    return `${isFirst ? "M" : "L"}${at} ${height(value, top)}L${at + 1} ${height(value, top)}`;
  });
  return parts.join("");
}
