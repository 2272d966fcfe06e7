// The chosen place in four figures, above its picture; each names the statistic that it comes from.

import {answerOf} from "./api.js";
import {write} from "./address.js";
import {fill, h} from "./dom.js";
import {catalog, placeOf, statisticNamed} from "./catalog.js";
import {apart, figure} from "./value_format.js";
import {argumentsFrom} from "./statistic.js";

const element = h("dl", {class: "figures"});
let asking = null;

export const keyFiguresElement = element;

/** Show the figures of a view's place; one that cannot be had says so in its own box. */
export async function showKeyFigures(view) {
    asking?.abort();
    asking = new AbortController();
    const {signal} = asking;
    element.hidden = !placeOf(view.place);
    if (element.hidden) return;
    const boxes = await Promise.all(FIGURES.map(async ({statistic, term, read}) => {
        const described = statisticNamed(statistic);
        if (!described) return null;
        const request = {statistic, arguments: argumentsFrom(described, view)};
        const [text, note] = await answerOf(request, signal, () => {}).then(
            ({rows}) => read(rows, placeOf(view.place)?.name), (error) => [figure(null), error.message]);
        const href = write({...view, view: "any", statistic, given: {}});
        return h("div", {}, h("dt", {}, term), h("dd", {}, h("strong", {}, text), h("span", {class: "quiet"}, note),
            h("a", {href, class: "source"}, statistic)));
    }));
    if (!signal.aborted) fill(element, boxes);
}

const FIGURES = [
    {
        statistic: "total_by_state", term: "Published figure",
        read: (rows, name) => {
            const row = rows.find(({state}) => state === name);
            const interval = row?.low == null ? "" : `95% confidence ${figure(row.low)} to ${figure(row.high)}, `;
            return [row?.value == null ? figure(null) : `${figure(row.value)}%`, row ? `${interval}${row.year}` : ""];
        },
    },
    {
        statistic: "rank_of_state", term: "Rank",
        read: ([row]) => row?.rank == null ? ["none", "National, territories and what is not published have no rank"]
            : [`${row.rank} of ${row.of_states}`, `1 is best; ${row.better_is} is better, ${row.year}`],
    },
    {
        statistic: "state_profile", term: "Against the mean of all states",
        read: (rows) => {
            const row = rows.find(({segment}) => segment === catalog.dataset.all_adults);
            const mean = row?.all_states == null ? "" : `which is ${figure(row.all_states)}%, ${row.year}`;
            return [apart(row?.difference), mean];
        },
    },
    {
        statistic: "state_diff_from_mean", term: "Against the mean of all values",
        // This statistic is how far the place lies below the mean.
        read: ([row]) =>
            [apart(row?.difference == null ? null : -row.difference), "of all years and groups, each counted once"],
    },
];
