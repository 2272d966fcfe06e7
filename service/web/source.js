// What an answer is and where it comes from: what is counted, how, the limits of use, and its source.

import {h, prose} from "./dom.js";

/** What is to be known of an answer as a whole, which its rows do not say. */
export const makeNotes = ({notes}) => h("div", {class: "notes"}, notes.map((note) => h("p", {}, note)));

/** What is counted, the methods, and what the figures must not be used for; `described` is the catalog entry. */
export const makeMethods = ({unit, notes, methods, about, warnings, sample, citation}, {summary, description}) =>
    makeList("methods", {
        "What is counted": [summary, description, unit && `Unit: ${unit}.`],
        Methods: methods,
        "Limits of use": [sample && citation, about, ...notes, ...warnings],
    });

/** Source, citation and files of an answer. */
export const makeSource = ({source, citation, file, dataset, sql, computed_at: computed}) =>
    makeList("origin", {
        Source: [source],
        "Cite as": [citation],
        Files: [`${file ?? "no file"}, version ${dataset}; SQL ${sql}; computed ${computed}`],
    });

function makeList(name, told) {
    const said = Object.entries(told).map(([term, texts]) => [term, texts.filter(Boolean)]);
    return h("dl", {class: `provenance ${name}`}, said.filter(([, texts]) => texts.length).flatMap(([term, texts]) =>
        [h("dt", {}, term), ...texts.map((text) => h("dd", {}, prose(text)))]));
}
