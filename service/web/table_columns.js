// The columns of a table as a reader wants them: limits in parentheses behind their value, a word for what is missing
// in its place, and no column that says the same in every row. The downloads have every column as it is.

import {h} from "./dom.js";
import {NOT_PUBLISHED, isMeasure, isNumber, writer} from "./value_format.js";
import {RELIABLE, makeMark, missingMark, reliabilityMark} from "./marks.js";
import {inWords, valueColumns} from "./statistic.js";

const STATUS = /(^|_)status$/;
const RELIABILITY = /(^|_)reliability$/;
/** So many columns are shown at once; of more, those that only who checks a method wants wait for a click. */
export const MANY = 7;
const OF_METHOD = /^(standard_error|z|deviation|expected_gap|compared|heterogeneity_.*|funnel_.*|.+_sample_size)$/;
/** What is said above the table where it is the same in all rows. */
const SAID_ONCE = /^(years?|national|of_states|better_is|change_since|compared)$/;
/** Heads of limits that have no value between them. */
const HEADS = {joint: "Joint rank", funnel: "95% funnel", funnel_998: "99.8% funnel"};

/**
 * The columns to show: `{name, head, note, number, isHead, isOfMethod, cell(row)}`; and `marks`, those that cells have
 * had so far.
 *
 * `said` is of what is left out for being the same in every row: the years, and whether all of it is reliable.
 */
export function readableColumns(columns, rows) {
    const marks = new Map();
    const use = (mark) => makeMark(marks.set(mark.word, mark).get(mark.word));
    const intervals = intervalsOf(columns);
    const statuses = statusesOf(columns);
    const names = columns.map(({name}) => name);
    const constant = columns.filter((column) => isConstant(rows, column));
    const reliable = names.filter((name) => RELIABILITY.test(name) && isReliable(rows, name));
    const hidden = new Set([...limitsBeside(intervals), ...reliable, ...statuses.values(),
        ...constant.map(({name}) => name)]);
    if (names.includes("state")) hidden.add("abbreviation");
    const shown = columns.filter(({name}) => !hidden.has(name));
    const head = shown.find(({name}) => name !== "rank");
    return {
        columns: shown.map((column) => makeColumn(column, {
            rows, use, isHead: column === head, status: statuses.get(column.name),
            isMain: column.name === valueColumns(columns).value,
            isOfMethod: shown.length > MANY && OF_METHOD.test(column.name),
            interval: intervals.find(({of, low}) => column.name === (of ?? low)),
        })),
        marks,
        said: [...constant.map((column) => saidOnce(column, rows)), reliable.length && ALL_RELIABLE].filter(Boolean),
    };
}

const ALL_RELIABLE = "every figure is reliable by the rules of the CDC and the NCHS";

/** "National 33.0"; of years the years alone. */
function saidOnce(column, rows) {
    const value = writer(column, rows)(rows.find((row) => row[column.name] != null)[column.name]);
    return /^years?$/.test(column.name) ? value : `${inWords(column.name)} ${value}`;
}

const limitsBeside = (intervals) => intervals.flatMap(({low, high, of}) => (of ? [low, high] : [high]));

/** Each pair of limits, with the column of the value between them; `of` is null where there is none. */
export function intervalsOf(columns) {
    const names = columns.map(({name}) => name);
    return names.filter((name) => /(^|_)low$/.test(name)).map((low) => {
        const stem = low.replace(/_?low$/, "");
        const of = stem ? names.find((name) => name === stem) : measureBefore(columns, low);
        return {low, high: stem ? `${stem}_high` : "high", of: of ?? null, stem};
    }).filter(({high}) => names.includes(high));
}

function measureBefore(columns, name) {
    const before = columns.slice(0, columns.findIndex((column) => column.name === name));
    return before.findLast(isMeasure)?.name;
}

/** The column of a status by the column whose gaps it explains. */
function statusesOf(columns) {
    const names = columns.map(({name}) => name);
    const {value} = valueColumns(columns);
    const target = (name) => {
        const stem = name.replace(/_?status$/, "");
        return stem === "" ? value : [`${stem}_value`, stem].find((other) => names.includes(other));
    };
    return new Map(names.filter((name) => STATUS.test(name)).map((name) => [target(name), name]).filter(([to]) => to));
}

/** Whether a column says one and the same in all rows, but for those that have nothing there. */
function isConstant(rows, {name}) {
    if (!SAID_ONCE.test(name) || rows.length < 2) return false;
    return new Set(rows.map((row) => row[name]).filter((value) => value != null).map(String)).size === 1;
}

const isReliable = (rows, name) => rows.every((row) => row[name] == null || row[name] === RELIABLE);

function makeColumn(column, {rows, use, isHead, isMain, isOfMethod, status, interval}) {
    const {name} = column;
    const write = writer(column, rows);
    const note = interval ? "(low–high)" : null;
    const base = {name, head: inWords(name), note, number: isNumber(column), isHead, isOfMethod};
    if (RELIABILITY.test(name)) return {...base, cell: (row) => row[name] && use(reliabilityMark(row[name]))};
    if (interval && !interval.of) {
        const head = HEADS[interval.stem] ?? inWords(interval.stem);
        return {...base, head, cell: (row) => range(row, interval, write)};
    }
    const missing = (row) => {
        if (row[status] && row[status] !== "published") return use(missingMark(row[status]));
        return isMain && !status ? NOT_PUBLISHED : null;
    };
    return {...base, cell: (row) => {
        if (row[name] == null) return missing(row);
        const limits = interval && range(row, interval, write);
        return limits ? [write(row[name]), " ", h("span", {class: "limits"}, `(${limits})`)] : write(row[name]);
    }};
}

/** "39.1–42.1"; "−0.4 to 1.2" where a dash could be taken for a sign. */
function range(row, {low, high}, write) {
    if (row[low] == null || row[high] == null) return null;
    return `${write(row[low])}${row[low] < 0 ? " to " : "–"}${write(row[high])}`;
}
