// Elements from data. Text is always text here: what customers wrote can't become markup.

// el("a", {href: "/", class: "chip", data: {id: 1}, on: {click: f}}, "text", child, [more])
export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

// The same for SVG.
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

// Put children in place of what a node holds.
export function fill(node, ...children) {
  node.replaceChildren(...flat(children));
  return node;
}

export const byId = (id) => document.getElementById(id);

// What a node shows while something loads, and when it can't be.
export function busy(node, on = true) {
  node.setAttribute("aria-busy", String(on));
}

export function empty(text, ...more) {
  return el("p", { class: "empty" }, text, ...more);
}

export function faultNote(error, again) {
  return el("div", { class: "fault-note", role: "alert" },
    el("p", {}, error.message),
    again ? el("button", { type: "button", on: { click: again } }, "Try again") : null);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "style") for (const [property, to] of Object.entries(value)) node.style.setProperty(property, to);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...flat(children));
  return node;
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}
