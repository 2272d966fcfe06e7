// Elements by function calls. There is no innerHTML on this page, so nothing that comes from the data is ever markup.

export const byId = (id) => document.getElementById(id);

/** An element: `h("a", {href: "./", class: "x", onclick: f}, "text", child)`. A null child is left out. */
export function h(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) set(element, name, value);
    element.append(...children.flat().filter((child) => child != null));
    return element;
}

/** Set a property or attribute; null and false take it away. */
export function set(element, name, value) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else if (value == null || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : value);
}

/** Put children in place of those that an element has. */
export function fill(element, ...children) {
    element.replaceChildren(...children.flat().filter((child) => child != null));
    return element;
}

/** Whether the `<details>` of a key were opened by the reader; they stay so when they are drawn anew. */
const opened = new Map();

/** A `<details>` that remembers whether it was open. */
export function details(key, summary, open, ...children) {
    const isOpen = opened.get(key) ?? open;
    const element = h("details", {"data-part": key, open: isOpen}, h("summary", {}, summary), ...children);
    element.addEventListener("toggle", () => opened.set(key, element.open));
    return element;
}

/** Prose in which `names` stand between backticks. */
export const prose = (text) => text.split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));

/** Say something to who listens to the page. */
export function announce(text) {
    byId("status").textContent = text;
}
