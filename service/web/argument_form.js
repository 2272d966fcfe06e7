// "Any statistic": a form made from what the catalog says of a file's parameters.

import {change} from "./address.js";
import {fetchData, queryOf} from "./api.js";
import {makeChips} from "./chips.js";
import {fill, h} from "./dom.js";
import {shortName} from "./question_names.js";
import {argumentsFrom, inWords} from "./statistic.js";

/** So many choices are a list to pick from, which browsers search by typing; more are a field with suggestions. */
const MOST_LISTED = 100;
const element = h("form", {class: "fields", "aria-label": "Arguments"});
const fields = new Map();

export const formElement = element;

/** The arguments that a view gives a statistic: those of the address, and for the rest what the reader has chosen. */
export function argumentsOf(statistic, view) {
    const usual = {...statistic.examples[0], ...argumentsFrom(statistic, view)};
    const found = {};
    for (const {name, required} of statistic.parameters) {
        if (view.given[name]) found[name] = view.given[name];
        else if (required && usual[name] != null) found[name] = [usual[name]].flat().map(String);
    }
    return found;
}

/** Whether every argument that must be given is. */
export const isComplete = (statistic, given) =>
    statistic.parameters.every(({name, required}) => !required || given[name]?.length);

/** Draw the form of a statistic with the arguments it has. */
export async function showForm(statistic, given) {
    element.dataset.statistic = statistic.name;
    fields.clear();
    const made = await Promise.all(
        statistic.parameters.map((parameter) => makeField(parameter, given[parameter.name] ?? [])));
    fill(element, made, h("button", {type: "submit", class: "main"}, "Ask"));
}

/** Show a refusal at the field that it is about. */
export function markField({body, message}) {
    const field = fields.get(body?.parameter);
    if (!field) return;
    field.control.setAttribute("aria-invalid", "true");
    field.problem.textContent = message;
}

element.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = {};
    for (const [name, {values}] of fields) if (values().length) given[name] = values();
    change({view: "any", statistic: element.dataset.statistic, given});
});

async function makeField(parameter, values) {
    const id = `argument-${parameter.name}`;
    const {control, read, whole} = await makeControl(parameter, id, values);
    const problem = h("span", {class: "problem", id: `${id}-problem`});
    const hint = h("span", {class: "quiet", id: `${id}-hint`}, hintOf(parameter));
    control.setAttribute("aria-describedby", `${id}-hint ${id}-problem`);
    fields.set(parameter.name, {control, problem, values: read});
    if (whole) return h("div", {class: "field"}, whole, hint, problem);
    const must = parameter.required ? h("abbr", {title: "must be given"}, " *") : null;
    return h("div", {class: "field"}, h("label", {for: id}, inWords(parameter.name), must), control, hint, problem);
}

function rangeInWords({minimum, maximum}) {
    if (minimum == null && maximum == null) return "";
    if (maximum == null) return `from ${minimum}`;
    return minimum == null ? `up to ${maximum}` : `${minimum} to ${maximum}`;
}

function hintOf(parameter) {
    const {description, required, default: usual} = parameter;
    const left = required ? "" : usual == null ? "may be left out" : `by default ${usual}`;
    return [description, rangeInWords(parameter), left].filter(Boolean).join("; ");
}

const KINDS = {
    choice: makeChoice,
    list: makeList,
    boolean: (...field) => makeSelect(...field, [["true", "yes"], ["false", "no"]]),
    integer: (...field) => makeInput(...field, {type: "number", step: "1", ...rangeOf(field[0])}),
    number: (...field) => makeInput(...field, {type: "number", step: "any", ...rangeOf(field[0])}),
    date: (...field) => makeInput(...field, {type: "date"}),
    text: (...field) => makeInput(...field, {type: "text"}),
};

const kindOf = (type) => type.match(/^[a-z]+/)[0];
const makeControl = (parameter, id, values) => (KINDS[kindOf(parameter.type)] ?? KINDS.text)(parameter, id, values);
const rangeOf = ({minimum: min, maximum: max}) => ({min, max});

function makeInput(parameter, id, [value = ""], properties) {
    const {required} = parameter;
    const control = h("input", {id, required, placeholder: usualOf(parameter), ...properties, value});
    return {control, read: () => (control.value === "" ? [] : [control.value])};
}

const usualOf = ({required, default: usual}) => (required || usual == null ? null : String(usual));

function makeSelect(parameter, id, [value = ""], options) {
    const {required} = parameter;
    const empty = required ? "choose …" : usualOf(parameter) == null ? "none" : `by default ${usualOf(parameter)}`;
    const named = options.some(([code]) => code === value) || value === "" ? [] : [[value, value]];
    const control = h("select", {id, required}, h("option", {value: ""}, empty),
        [...options, ...named].map(([code, text]) => h("option", {value: code}, text)));
    control.value = value;
    return {control, read: () => (control.value === "" ? [] : [control.value])};
}

/** [code, text, value] of every value that a choice admits. */
async function optionsOf({column, code_column: code}) {
    // Not `allowed_at`: only a relative address leads here under every prefix.
    const choices = await fetchData(`api/choices/${encodeURIComponent(column)}${queryOf({code})}`);
    return choices.map(({value, code: short}) => [short ?? value, nameOf(value, short), value]);
}

/** "Ohio (OH)"; a question by its short name. */
const nameOf = (value, code) => (code ? `${shortName({question: value})} (${code})` : value);

/** The code of what was given as a code or as a value. */
const codeOf = (options, given) => options?.find(([, , value]) => value === given)?.[0] ?? given;

async function makeChoice(parameter, id, values) {
    const options = await optionsOf(parameter);
    const known = values.map((value) => codeOf(options, value));
    if (options.length <= MOST_LISTED) return makeSelect(parameter, id, known, options);
    const suggestions = h("datalist", {id: `${id}-choices`},
        options.map(([code, text]) => h("option", {value: code}, text)));
    const made = makeInput(parameter, id, known, {type: "text", list: suggestions.id, autocomplete: "off"});
    made.control.addEventListener("focus", () => made.control.after(suggestions), {once: true});
    return made;
}

async function makeList(parameter, id, values) {
    const {items} = parameter;
    const options = items?.allowed_at ? await optionsOf(items) : null;
    const coded = values.map((value) => codeOf(options, value));
    const type = /^list\((integer|number)/.test(parameter.type) ? "number" : "text";
    const chips = makeChips({id, label: inWords(parameter.name), onChange: () => {}, type});
    chips.show(coded, options);
    return {control: chips.element, whole: chips.element, read: () => chips.codes};
}
