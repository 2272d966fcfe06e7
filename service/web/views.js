// The views, one row each: its name, the controls it has, and the answer it shows.

import {write} from "./address.js";
import {h} from "./dom.js";
import {addressOf} from "./api.js";
import {catalog, placeNamed, placeOf, questionOf, statisticNamed} from "./catalog.js";
import {NOT_PUBLISHED, figure} from "./value_format.js";
import {argumentsFrom, shownPerPlace, takesYear, valueColumns} from "./statistic.js";

const NATIONAL = "US";

/** `about` gives the statistic of a view, `chart` its picture; `place` says that it needs a place. */
export const VIEWS = {
    map: {
        label: "Map", title: () => "Map", about: shownPerPlace, chart: "map",
        controls: ["statistic", "years", "place", "anyPlace"], strip: placeStrip,
    },
    ranking: {
        label: "Ranking", title: () => "Ranking", about: shownPerPlace, chart: "bars",
        controls: ["statistic", "years", "place", "anyPlace"], strip: placeStrip,
    },
    state: {
        label: "State", title: (place) => place, about: named("state_profile"), chart: "dots",
        controls: ["years", "place"], place: true,
    },
    trend: {
        label: "Trend", title: (place) => `Trend of ${place}`, about: named("state_trend"), chart: "line",
        controls: ["years", "place"], place: true,
    },
    compare: {
        label: "Compare", title: () => "Comparison", about: named("compare_states"), chart: "line",
        controls: ["years", "places"],
    },
    any: {label: "Any statistic"},
    jobs: {label: "Jobs"},
};

function named(name) {
    return () => statisticNamed(name);
}

/** A view with its gaps filled: a place that is named is a code, and a view that needs one has one. */
export function completed(view) {
    const code = (place) => placeNamed(place)?.code ?? place;
    const whole = {...view, places: view.places.map(code), place: code(view.place)};
    if (!(whole.view in VIEWS)) whole.view = "map";
    if (whole.view !== "any") whole.job = "";
    const usual = catalog.questions.find(({code: one}) => one === "Q036") ?? catalog.questions[0];
    whole.question ||= usual?.code ?? "";
    // No state is chosen for the reader: it is the whole country, or the one place that there is, or none.
    const first = placeOf(NATIONAL) ?? (catalog.places.length === 1 ? catalog.places[0] : null);
    if (VIEWS[whole.view].place) whole.place ||= first?.code ?? "";
    if (whole.view === "compare" && whole.places.length === 0) {
        whole.places = [...new Set([whole.place, first?.code].filter(placeOf))];
    }
    return whole;
}

/** What a view that needs places says while none is chosen; "" where it has what it needs. */
export function lacks({view, place, places}) {
    if (VIEWS[view].place && !place) return "Choose a state or territory above.";
    return view === "compare" && places.length === 0 ? "Choose states to compare above." : "";
}

/** What a view asks the service for. */
export function requestOf(view) {
    const {about, chart, strip} = VIEWS[view.view];
    const described = about(view);
    if (!described) return null;
    const request = {statistic: described.name, arguments: argumentsFrom(described, view)};
    return {
        ...request, described, chart, years: chart === "map" ? yearsOf(view, described, request) : null,
        mark: view.view === "compare" ? [] : [view.place].filter(Boolean),
        strip: strip && ((rows) => strip(view, described, rows)),
    };
}

/** The years that a map can be played through, where its statistic is of one. */
function yearsOf(view, described, request) {
    const all = questionOf(view.question)?.years;
    if (!all || !takesYear(described)) return null;
    const formAddress = (year, form, extra) =>
        addressOf({...request, arguments: {...request.arguments, year}}, form, extra);
    return {all, now: view.year || String(all.at(-1)), formAddress};
}

/** The chosen place's figure, and ways to see more of it. */
function placeStrip(view, described, rows) {
    const place = placeOf(view.place);
    if (!place) return h("p", {class: "quiet"}, "Choose a state in picture, table or list to see its figure.");
    const row = rows.find(({state}) => state === place.name);
    const {value, limits} = valueColumns(described.columns);
    const published = row?.[value] != null;
    const interval = limits && published ? ` (${limits.map((limit) => figure(row[limit])).join(" to ")})` : "";
    const unit = described.unit ? `, ${described.unit}` : "";
    const missing = row ? row.status ?? NOT_PUBLISHED : "not in the answer";
    const text = published ? `${figure(row[value])}${interval}${unit}` : missing;
    const link = (to) => h("a", {href: write({...view, view: to, statistic: ""})}, VIEWS[to].label);
    const links = ["state", "trend", "compare"].map(link);
    return h("p", {}, h("strong", {}, place.name), h("span", {class: "figure"}, text), links);
}

