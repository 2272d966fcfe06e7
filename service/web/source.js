// Where an answer comes from: its source first, its files last.

import {h} from "./dom.js";

/** What is to be known of an answer as a whole, which its rows do not say. */
export const makeNotes = ({notes}) => h("div", {class: "notes"}, notes.map((note) => h("p", {}, note)));

/** Source, citation, methods and files of an answer. */
export function makeSource({source, citation, about, methods, warnings, file, dataset, sql, computed_at: computed}) {
    const told = {
        Source: [source],
        "Cite as": [citation],
        About: [about],
        Methods: methods,
        "In the table": warnings,
        Files: [`${file ?? "no file"}, version ${dataset}; SQL ${sql}; computed ${computed}`],
    };
    const said = Object.entries(told).map(([name, texts]) => [name, texts.filter(Boolean)]);
    return h("dl", {class: "provenance"}, said.filter(([, texts]) => texts.length).flatMap(([name, texts]) =>
        [h("dt", {}, name), ...texts.map((text) => h("dd", {}, text))]));
}
