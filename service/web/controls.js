// What the reader chooses above an answer: the question, the statistic, years and places.

import {change} from "./address.js";
import {makeChips} from "./chips.js";
import {byId, fill, h} from "./dom.js";
import {catalog, questionOf} from "./catalog.js";
import {makeQuestionPicker} from "./question_picker.js";
import {perPlace, takesSpan, takesYear, titleOf} from "./statistic.js";

const MOST_PLACES = 5;
const FEWEST_PLACES = 1;

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

const picker = makeQuestionPicker((question) => change({question, year: "", since: "", until: ""}));
/** On a phone these are folded, so that the picture comes first; what is chosen stands on the button. */
const others = h("div", {class: "other-controls"}, Object.values(selects).map(({label}) => label));
const unfold = h("button", {type: "button", class: "unfold", "aria-expanded": "false", onclick: () => {
    const open = others.classList.toggle("open");
    unfold.setAttribute("aria-expanded", String(open));
}});

/** Put the controls into the page. */
export function makeControls() {
    const form = byId("controls");
    form.append(picker.element, unfold, others, places.element);
    form.addEventListener("submit", (event) => event.preventDefault());
}

/** Show the controls that a view has, with its values; what has the focus keeps it. */
export function showControls(view, wanted, statistic) {
    const question = questionOf(view.question);
    const years = question?.years ?? catalog.dataset.years;
    const has = (name) => wanted.includes(name);
    byId("controls").hidden = wanted.length === 0;
    picker.show(view.question);
    show("statistic", has("statistic"), statistic?.name, () => perPlace().map((one) => [one.name, titleOf(one)]));
    const newest = [["", `newest (${years.at(-1)})`], ...years.toReversed().map(same)];
    show("year", has("years") && takesYear(statistic), view.year, () => newest);
    const span = has("years") && takesSpan(statistic);
    show("since", span, view.since, () => [["", `first (${years[0]})`], ...years.map(same)]);
    show("until", span, view.until, () => [["", `last (${years.at(-1)})`], ...years.toReversed().map(same)]);
    const nobody = has("anyPlace") || !view.place ? [["", "none chosen"]] : [];
    show("place", has("place"), view.place, () => [...nobody, ...placeOptions()]);
    showFold(has("statistic"));
    places.element.hidden = !has("places");
    if (has("places")) places.show(view.places, placeOptions());
}

/** Which year the newest is, once the answer says it: of a place it may be an earlier one. */
export function tellNewest(year) {
    const option = selects.year.select.querySelector("option[value='']");
    if (option && year) option.textContent = `newest (${year})`;
    nameFold();
}

export const placeOptions = () => catalog.places.map(({code, name}) => [code, name]);

const same = (year) => [String(year), String(year)];

/** Many controls can be folded; the button says what is chosen in them. */
function showFold(many) {
    others.classList.toggle("many", many);
    unfold.hidden = !many;
    nameFold();
}

function nameFold() {
    const visible = Object.values(selects).filter(({label}) => !label.hidden);
    const chosen = visible.map(({select}) => select.selectedOptions[0]);
    unfold.textContent = chosen.filter((option) => option?.text).map(({text}) => text).join(" · ");
}

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
