// Ranks for a statistic that gives one figure a place and has none of its own.

import {isRanked} from "./catalog.js";
import {valueColumns} from "./statistic.js";

/** Whether the figures of columns are shares of adults, of which a question says which end is better. */
export const hasBetterEnd = (columns) => ["value", "mean", "adjusted"].includes(valueColumns(columns).value);

/**
 * Rows and columns with a rank in front: 1 is the best figure, or the highest where no end is better.
 *
 * As in the statistics that rank, equal figures share a rank, and National and the territories have none.
 */
export function withRanks(rows, columns, better) {
    const names = columns.map(({name}) => name);
    const {value} = valueColumns(columns);
    if (names[0] !== "state" || !value || rows.length < 3 || hasRepeatedPlaces(rows)) return {rows, columns};
    const others = columns.filter(({name}) => name !== "rank");
    const rank = columns.find(({name}) => name === "rank") ?? {name: "rank", type: "BIGINT"};
    const known = names.includes("rank") ? rows : ranked(rows, value, better === "lower" ? 1 : -1);
    return {rows: known, columns: [rank, ...others]};
}

const hasRepeatedPlaces = (rows) => new Set(rows.map(({state}) => state)).size < rows.length;

function ranked(rows, value, sign) {
    const takesPart = (row) => isRanked(row.state) && row[value] != null;
    const figures = rows.filter(takesPart).map((row) => row[value]).sort((one, other) => sign * (one - other));
    return rows.map((row) => ({...row, rank: takesPart(row) ? figures.indexOf(row[value]) + 1 : null}));
}
