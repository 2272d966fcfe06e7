// The views, one row each: its name, the controls it has, and the answer it shows.

import {write} from "./address.js";
import {h} from "./dom.js";
import {facts, placeNamed, placeOf, statisticNamed} from "./facts.js";
import {figure} from "./format.js";
import {argumentsFrom, shownPerPlace, valueColumns} from "./statistic.js";

/** `about` gives the statistic of a view, `chart` its picture; `places` says which places it needs. */
export const VIEWS = {
    map: {label: "Map", about: shownPerPlace, chart: "map", controls: ["statistic", "years", "place", "anyPlace"], strip: placeStrip},
    ranking: {label: "Ranking", about: shownPerPlace, chart: "bars", controls: ["statistic", "years", "place", "anyPlace"], strip: placeStrip},
    state: {label: "State", about: named("state_profile"), chart: "dots", controls: ["years", "place"], place: true},
    trend: {label: "Trend", about: named("state_trend"), chart: "line", controls: ["years", "place"], place: true},
    compare: {label: "Compare", about: named("compare_states"), chart: "line", controls: ["years", "places"]},
    any: {label: "Any statistic", controls: []},
    jobs: {label: "Jobs", controls: []},
};

function named(name) {
    return () => statisticNamed(name);
}

/** A view with its gaps filled: a place that is named is a code, and a view that needs one has one. */
export function completed(view) {
    const code = (place) => placeNamed(place)?.code ?? place;
    const whole = {...view, view: view.view in VIEWS ? view.view : "map", places: view.places.map(code), place: code(view.place)};
    whole.question ||= (facts.questions.find((question) => question.code === "Q036") ?? facts.questions[0])?.code ?? "";
    if (VIEWS[whole.view].place) whole.place ||= facts.places[0]?.code ?? "";
    if (whole.view === "compare" && whole.places.length < 2) whole.places = pair(whole);
    return whole;
}

/** Two places to begin a comparison with: the chosen one, and National. */
function pair({place, places}) {
    const wanted = [...places, place, "US", ...facts.places.map(({code}) => code)];
    return [...new Set(wanted.filter(placeOf))].slice(0, 2);
}

/** What a view asks the service for. */
export function requestOf(view) {
    const {about, chart, strip} = VIEWS[view.view];
    const described = about(view);
    if (!described) return null;
    return {
        statistic: described.name, described, arguments: argumentsFrom(described, view), chart,
        mark: view.view === "compare" ? [] : [view.place].filter(Boolean),
        strip: strip && ((rows) => strip(view, described, rows)),
    };
}

/** The chosen place's figure, and ways to see more of it. */
function placeStrip(view, described, rows) {
    const place = placeOf(view.place);
    if (!place) return h("p", {class: "quiet"}, "Choose a state in the picture, the table or the list to see its figure here.");
    const row = rows.find(({state}) => state === place.name);
    const {value, limits} = valueColumns(described.columns);
    const interval = limits && row?.[value] != null ? ` (${limits.map((limit) => figure(row[limit])).join(" to ")})` : "";
    const unit = described.unit ? `, ${described.unit}` : "";
    const text = row ? `${figure(row[value])}${interval}${unit}` : "not in this answer";
    const link = (to) => h("a", {href: write({...view, view: to, statistic: ""})}, VIEWS[to].label);
    return h("p", {}, h("strong", {}, place.name), h("span", {class: "figure"}, text), link("state"), link("trend"), link("compare"));
}

