// What the reader chooses: the question at the side, and the statistic, years and places above the answer.

import {change} from "./address.js";
import {makeChips} from "./chips.js";
import {byId, fill, h} from "./dom.js";
import {catalog, questionFacts, questionOf, shortQuestion} from "./catalog.js";
import {perPlace, takesSpan, takesYear, titleOf} from "./statistic.js";

const MOST_PLACES = 5;
const FEWEST_PLACES = 2;

const selects = {
    statistic: makeSelect("statistic", "Statistic"),
    year: makeSelect("year", "Year"),
    since: makeSelect("since", "From"),
    until: makeSelect("until", "To"),
    place: makeSelect("place", "State or territory"),
};
const places = makeChips({
    id: "places", label: "States to compare", most: MOST_PLACES, fewest: FEWEST_PLACES,
    onChange: (codes) => change({places: codes}),
});

/** Put the controls into the page. */
export function makeControls() {
    const form = byId("controls");
    form.append(...Object.values(selects).map(({label}) => label), places.element);
    form.addEventListener("submit", (event) => event.preventDefault());
}

/** Show the controls that a view has, with its values; what has the focus keeps it. */
export function showControls(view, wanted, statistic) {
    const question = questionOf(view.question);
    const years = question?.years ?? catalog.dataset.years;
    const has = (name) => wanted.includes(name);
    byId("controls").hidden = wanted.length === 0;
    show("statistic", has("statistic"), statistic?.name, () => perPlace().map((one) => [one.name, titleOf(one)]));
    const newest = [["", `newest (${years.at(-1)})`], ...years.toReversed().map(same)];
    show("year", has("years") && takesYear(statistic), view.year, () => newest);
    const span = has("years") && takesSpan(statistic);
    show("since", span, view.since, () => [["", `first (${years[0]})`], ...years.map(same)]);
    show("until", span, view.until, () => [["", `last (${years.at(-1)})`], ...years.toReversed().map(same)]);
    const nobody = has("anyPlace") ? [["", "none chosen"]] : [];
    show("place", has("place"), view.place, () => [...nobody, ...placeOptions()]);
    places.element.hidden = !has("places");
    if (has("places")) places.show(view.places, placeOptions());
}

/** Which year the newest is, once the answer says it: of a place it may be an earlier one. */
export function tellNewest(year) {
    const option = selects.year.select.querySelector("option[value='']");
    if (option && year) option.textContent = `newest (${year})`;
}

export const placeOptions = () => catalog.places.map(({code, name}) => [code, name]);

const same = (year) => [String(year), String(year)];

function makeSelect(id, text) {
    const select = h("select", {id, onchange: () => change({[id]: select.value})});
    return {select, label: h("label", {}, text, select)};
}

function show(name, visible, value, options) {
    const {select, label} = selects[name];
    label.hidden = !visible;
    if (!visible) return;
    const wanted = options();
    // A link may name a year that the question was not asked in; it stays, and the server says what is wrong.
    if (value && !wanted.some(([code]) => code === value)) wanted.push([value, value]);
    fill(select, wanted.map(([code, text]) => h("option", {value: code}, text)));
    select.value = value ?? "";
}

/** The questions, grouped by topic, as radio buttons: all can be read at once. */
export function makeQuestions() {
    const topics = Map.groupBy(catalog.questions, (question) => question.topic);
    const groups = [...topics].map(([topic, questions]) =>
        h("fieldset", {}, h("legend", {}, topic), questions.map(makeQuestion)));
    const summary = h("summary", {}, h("span", {id: "question-now"}));
    const begin = h("p", {class: "quiet"}, "Percent of adults who …");
    const box = h("details", {class: "questions"}, summary, begin, groups);
    const wide = matchMedia("(min-width: 62rem)");
    const adapt = () => (box.open = wide.matches);
    wide.addEventListener("change", adapt);
    adapt();
    return h("section", {"aria-label": "Question"}, box);
}

function makeQuestion(question) {
    const radio = h("input", {type: "radio", name: "question", value: question.code});
    radio.addEventListener("change", () => change({question: question.code, year: "", since: "", until: ""}));
    return h("label", {}, radio, h("span", {}, shortQuestion(question), h("small", {}, questionFacts(question))));
}

/** Mark the question of a view. */
export function showQuestion(view) {
    for (const radio of document.querySelectorAll("input[name=question]")) {
        radio.checked = radio.value === view.question;
    }
    const question = questionOf(view.question);
    const now = byId("question-now");
    if (now) now.textContent = `Question: ${question ? shortQuestion(question) : view.question}`;
}
