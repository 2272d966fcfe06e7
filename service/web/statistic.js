// What the catalog says of a statistic, in the page's terms.

import {catalog, questionOf, statisticNamed} from "./catalog.js";
import {isMeasure} from "./value_format.js";

/** Where the arguments of well-known parameters come from. */
const SOURCES = {
    question: (view) => view.question,
    state: (view) => view.place,
    states: (view) => view.places,
    year: (view) => view.year,
    since: (view) => view.since,
    until: (view) => view.until,
    first_year: (view) => view.since || questionOf(view.question)?.years[0],
    last_year: (view) => view.until || questionOf(view.question)?.years.at(-1),
};

/** The arguments that a view has for a statistic; a place only where the statistic needs one. */
export function argumentsFrom(statistic, view) {
    const found = {};
    for (const {name, required} of statistic?.parameters ?? []) {
        const value = (required || name !== "state") && SOURCES[name]?.(view);
        if (value && value.length !== 0) found[name] = value;
    }
    return found;
}

/** Whether a statistic gives one row a place and needs nothing that the map's controls do not have. */
export function isPerPlace({columns, parameters}) {
    const names = columns.map((column) => column.name);
    const needs = parameters.filter((parameter) => parameter.required).map((parameter) => parameter.name);
    return names.includes("state") && !names.includes("segment")
        && needs.every((name) => name in SOURCES && name !== "state" && name !== "states");
}

/** All statistics by the titles that are seen. */
export const byTitle = () =>
    catalog.statistics.toSorted((one, other) => titleOf(one).localeCompare(titleOf(other), "en", {numeric: true}));

export const perPlace = () => byTitle().filter(isPerPlace);

/** The statistic that the map and the ranking show: the chosen one if it fits, else the CDC's own figure. */
export const shownPerPlace = (view) =>
    perPlace().find(({name}) => name === view.statistic) ?? statisticNamed("total_by_state") ?? perPlace()[0];

const has = (statistic, ...names) => statistic?.parameters.some(({name}) => names.includes(name));
export const takesYear = (statistic) => has(statistic, "year");
export const takesSpan = (statistic) => has(statistic, "since", "until", "first_year", "last_year");

/** Statistics of one row, and those whose picture with the same arguments shows what the row is of. */
const PICTURED_BY = {correlation: "scatter"};
export const picturedBy = ({name}) => statisticNamed(PICTURED_BY[name]) ?? null;

/** "total_by_state" as a title: the file's own, or its name in words. */
export const titleOf = (statistic) => statistic.title ?? inWords(statistic.name);

/** "sample_size" as "Sample size". */
export function inWords(name) {
    const words = name.replaceAll("_", " ");
    return words[0].toUpperCase() + words.slice(1);
}

/** The columns of a row's main value and of its limits. */
export function valueColumns(columns) {
    const numbers = columns.filter(isMeasure).map(({name}) => name);
    const hasLimits = numbers.includes("low") && numbers.includes("high");
    const usual = ["value", "mean", "change", "difference", "gap"].find((name) => numbers.includes(name)) ?? numbers[0];
    const value = hasLimits ? numbers[numbers.indexOf("low") - 1] : usual;
    return {value, limits: hasLimits ? ["low", "high"] : null};
}

