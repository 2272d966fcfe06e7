// What a cell says when it has no figure, or one that cannot be relied on: a mark and a word, explained in a legend.

import {catalog} from "./catalog.js";
import {h} from "./dom.js";

export const RELIABLE = "reliable";

/** The class of a swatch by what `status` says: they differ in shape, not in colour alone. */
const MISSING = {suppressed: "hatched", "not surveyed": "filled", "not asked": "hollow"};
const CDC = "relative standard error of 30% or more, or fewer than 50 people";
const NCHS = "interval of 30 points or more, or wide for so small a figure";
const RELIABILITY = {
    [RELIABLE]: {mark: "tick", word: "reliable", means: "by the rules of the CDC and of the NCHS"},
    "unreliable (CDC)": {mark: "up", word: "CDC", means: `unreliable by the CDC’s rule: ${CDC}`},
    "unreliable (NCHS)": {mark: "down", word: "NCHS", means: `unreliable by the NCHS’s rule: ${NCHS}`},
    "unreliable (CDC, NCHS)": {
        mark: "diamond", word: "both", means: "unreliable by both rules, the CDC’s and the NCHS’s",
    },
};

const unknown = (text) => ({mark: "hollow", word: text, means: ""});
export const missingMark = (status) => ({
    mark: MISSING[status] ?? "hollow", word: status,
    means: catalog.dataset.missing.find(({word}) => word === status)?.meaning ?? "",
});
export const reliabilityMark = (reliability) => RELIABILITY[reliability] ?? unknown(reliability);

export const makeMark = ({mark, word}) =>
    h("span", {class: "marked"}, h("span", {class: `mark ${mark}`, "aria-hidden": "true"}), word);

/** The marks that a table has, in words; a list, or null where there is nothing to explain. */
export function makeLegend(marks) {
    const told = [...marks.values()].filter(({means}) => means);
    if (told.length === 0) return null;
    return h("ul", {class: "legend", "aria-label": "What the marks say"},
        told.map((mark) => h("li", {}, makeMark(mark), h("span", {class: "quiet"}, ` ${mark.means}`))));
}
