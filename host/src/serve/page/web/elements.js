"use strict";

// Elements are described by `h`, and `show` changes a part of the page to what is described. What stays the same isn't touched, so
// that focus, selections and scroll positions stay. Text only ever becomes text nodes and values of attributes.

const SVG = "http://www.w3.org/2000/svg";
const SVG_NAMES = new Set(["svg", "g", "path", "rect", "line"]);

// Describes an element: `{ class: "quiet", key: 1, onclick: f }`. Children that are null or false are left out.
function h(name, attributes, ...children) {
  const { key, ...rest } = attributes ?? {};
  const flat = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  return { name, key, attributes: rest, children: flat };
}

function show(parent, ...wanted) {
  const focused = document.activeElement;
  patch(parent, wanted.flat(Infinity).filter(Boolean));
  // A row that has moved has lost it.
  if (focused && focused !== document.activeElement && focused.isConnected) {
    focused.focus({ preventScroll: true });
  }
}

const described = new WeakMap();

function patch(parent, wanted) {
  const free = [...parent.childNodes];
  const matches = wanted.map((child) => {
    const at = free.findIndex((node) => isFor(node, child));
    return at < 0 ? null : free.splice(at, 1)[0];
  });
  free.forEach((node) => node.remove());
  let next = parent.firstChild;
  wanted.forEach((child, at) => {
    const node = matches[at] ?? create(child);
    if (node === next) {
      next = next.nextSibling;
    } else {
      parent.insertBefore(node, next);
    }
    update(node, child);
  });
}

function isFor(node, child) {
  if (typeof child !== "object") {
    return node.nodeType === Node.TEXT_NODE;
  }
  const known = described.get(node);
  return known !== undefined && known.name === child.name && known.key === child.key;
}

function create(child) {
  if (typeof child !== "object") {
    return document.createTextNode("");
  }
  return SVG_NAMES.has(child.name) ? document.createElementNS(SVG, child.name) : document.createElement(child.name);
}

function update(node, child) {
  if (typeof child !== "object") {
    const text = String(child);
    if (node.nodeValue !== text) {
      node.nodeValue = text;
    }
    return;
  }
  const before = described.get(node)?.attributes ?? {};
  for (const name of Object.keys(before)) {
    if (!(name in child.attributes)) {
      setAttribute(node, name, null);
    }
  }
  for (const [name, value] of Object.entries(child.attributes)) {
    if (before[name] !== value) {
      setAttribute(node, name, value);
    }
  }
  described.set(node, child);
  patch(node, child.children);
}

function setAttribute(node, name, value) {
  if (name.startsWith("on")) {
    node[name] = value;
  } else if (value === null || value === undefined || value === false) {
    node.removeAttribute(name);
  } else {
    node.setAttribute(name, value === true ? "" : value);
  }
}

// Text of others: a path, a host, a message of a component. Characters that aren't visible, or change the direction of what
// follows, are shown as escapes, and `bdi` keeps the direction of the rest inside.
function foreign(text, attributes) {
  return h("bdi", attributes, printable(text));
}

function printable(text) {
  const escape = (character) => `\\u{${character.codePointAt(0).toString(16)}}`;
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/gu, escape);
}

// A table with a caption for screen readers. `columns` are `[name, class]`, `rows` are described.
function table(caption, columns, rows) {
  const head = columns.map(([name, kind]) => h("th", { scope: "col", class: kind }, name));
  return h("table", null, h("caption", { class: "hidden" }, caption), h("thead", null, h("tr", null, head)), h("tbody", null, rows));
}

// A table that may be wider than a phone: it scrolls by itself, with the keyboard too.
function wide(name, content) {
  return h("div", { class: "wide", role: "region", "aria-label": name, tabindex: "0" }, content);
}
