// A list of values: each as a button that removes it, and a control that adds one.

import {fill, h} from "./dom.js";

/** `show(codes, options)` draws it; options are [code, name] pairs, or null where any text may be added. */
export function makeChips({id, label, most = 1000, fewest = 0, onChange, type = "text"}) {
    const list = h("ul", {class: "chips"});
    const adding = h("span");
    const head = h("legend", {}, label);
    const chips = {element: h("fieldset", {class: "chip-field", id: `${id}-field`}, head, list, adding), codes: []};
    const put = (codes) => onChange(codes, chips.show(codes, chips.options));
    chips.show = (codes, options) => {
        Object.assign(chips, {codes, options});
        const names = new Map(options ?? []);
        const fixed = codes.length <= fewest;
        fill(list, codes.map((code) => makeChip(names.get(code) ?? code, fixed, () => {
            put(codes.filter((other) => other !== code));
            focusOn(list.querySelector("button"), adding.querySelector("select, input"));
        })));
        fill(adding, makeAdder(chips, {id, most, type}, (code) => {
            put([...new Set([...chips.codes, code])]);
            // Where no more may be added the field has gone, and the value that was added comes next to it.
            focusOn(adding.querySelector("select, input"), [...list.querySelectorAll("button")].at(-1));
        }));
    };
    return chips;
}

const focusOn = (...controls) => controls.find(Boolean)?.focus();

/** A value with the button that removes it; one that must stay has none. */
const makeChip = (name, fixed, remove) => h("li", {}, fixed ? h("span", {}, name)
    : h("button", {type: "button", "aria-label": `Remove ${name}`, onclick: remove},
        name, h("span", {"aria-hidden": "true"}, " ×")));

function makeAdder({codes, options}, {id, most, type}, add) {
    if (codes.length >= most) return h("span", {class: "quiet"}, `${most} at most`);
    if (!options) return makeTextAdder({id, type}, add);
    const left = options.filter(([code]) => !codes.includes(code));
    const select = h("select", {id, "aria-label": "Add one"}, h("option", {value: ""}, "Add …"),
        left.map(([code, name]) => h("option", {value: code}, name)));
    select.addEventListener("change", () => select.value && add(select.value));
    return select;
}

function makeTextAdder({id, type}, add) {
    const input = h("input", {id, type, "aria-label": "Add one"});
    const take = () => input.value !== "" && add(input.value);
    input.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || input.value === "") return;
        event.preventDefault();
        take();
    });
    return [input, h("button", {type: "button", onclick: take}, "Add")];
}
