// The chosen place in four figures, above its picture. All are of one statistic, which each of them leads to.

import {answerOf} from "./api.js";
import {write} from "./address.js";
import {fill, h} from "./dom.js";
import {placeOf, statisticNamed} from "./catalog.js";
import {argumentsFrom, titleOf} from "./statistic.js";
import {apart, figure, points} from "./value_format.js";

const STATISTIC = "state_report";
const element = h("dl", {class: "figures"});
let asking = null;

export const keyFiguresElement = element;

/** Show the figures of a view's place and question; the boxes are there from the first moment. */
export async function showKeyFigures(view) {
    asking?.abort();
    asking = new AbortController();
    const {signal} = asking;
    const described = statisticNamed(STATISTIC);
    element.hidden = !described || !placeOf(view.place);
    if (element.hidden) return;
    const link = h("a", {href: write({...view, view: "any", statistic: STATISTIC, given: {}})}, "All questions");
    const all = h("div", {class: "all"}, h("dt", {class: "hidden"}, titleOf(described)), h("dd", {}, link));
    const draw = (read) => fill(element, FIGURES.map((box) => makeBox(box.term, read(box))), all);
    if (!element.hasChildNodes()) draw(() => ["…", ""]);
    const row = await rowOf(described, view, signal);
    if (!signal.aborted) draw((box) => (row ? box.read(row, placeOf(view.place)) : NONE));
}

/** What the report says of the view's question; null where it says nothing or cannot be had. */
async function rowOf(described, view, signal) {
    const request = {statistic: STATISTIC, arguments: argumentsFrom(described, view)};
    const answer = await answerOf(request, signal, () => {}).catch(() => null);
    return answer?.rows.find(({code}) => code === view.question) ?? null;
}

const NONE = ["not in the answer", ""];

const makeBox = (term, [text, note]) => h("div", {},
    h("dt", {}, term), h("dd", {}, h("strong", {}, text), h("span", {class: "quiet"}, note)));

const FIGURES = [
    {
        term: "Published figure",
        read: ({value, low, high, year, status}) => {
            if (value == null) return [status, `${year}`];
            return [`${figure(value)}%`, `95% confidence ${figure(low)} to ${figure(high)}, ${year}`];
        },
    },
    {
        term: "Rank",
        read: ({rank, rank_low: low, rank_high: high, of_states: of, better_is: better}, {name}) => {
            if (rank == null) return ["no rank", `${name} takes no part, or nothing is published of it`];
            const range = low === high ? "" : `, ${low} to ${high} within sampling error`;
            const first = better ? `best (${better === "lower" ? "lowest" : "highest"})` : "highest";
            return [`${rank} of ${of}`, `1 is ${first}${range}`];
        },
    },
    {
        term: "Beside the nation",
        read: ({difference, national, p}) => {
            const beside = national == null ? "nothing is published of National" : `National is ${figure(national)}%`;
            if (difference == null) return ["no comparison", beside];
            const chance = p == null || p < 0.05 ? "" : "; may be chance";
            return [apart(difference), `National is ${figure(national)}%${chance}`];
        },
    },
    {
        term: "Change",
        read: ({change, change_low: low, change_high: high, change_since: since, year}) => {
            if (change == null) return ["no earlier year", "there is nothing to compare with"];
            const chance = low <= 0 && high >= 0 ? "; may be chance" : "";
            return [points(change), `${since} to ${year}${chance}`];
        },
    },
];
