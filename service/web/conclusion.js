// The sentence above a picture: what the answer says to its question, by the statistic's own tests.

import {h} from "./dom.js";

const element = h("p", {class: "conclusion", hidden: true});
/** Statistics whose last answer had none: no place is kept for it. */
const silent = new Set();

export const conclusionElement = element;

/** Keep the place of a sentence while its answer is fetched, so that nothing moves when it comes. */
export function awaitConclusion(statistic) {
    element.hidden = silent.has(statistic);
}

/** Show the sentence of an answer, if it has one. */
export function showConclusion({statistic, conclusion}) {
    if (conclusion) silent.delete(statistic);
    else silent.add(statistic);
    element.textContent = conclusion ?? "";
    element.hidden = !conclusion;
}

export function hideConclusion() {
    element.textContent = "";
    element.hidden = true;
}
