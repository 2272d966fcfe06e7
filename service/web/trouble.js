// Errors and waiting, shown where the answer will be.

import {cancel} from "./api.js";
import {change, current} from "./address.js";
import {h} from "./dom.js";
import {placeOf, questionNamed} from "./catalog.js";
import {duration} from "./value_format.js";

const TITLES = {404: "No answer", 409: "Cancelled"};
const YEARS = ["year", "since", "until", "first_year", "last_year"];

/** What went wrong, in the server's words, and buttons that mend it. */
export function makeTrouble(error, again) {
    const {parameter, did_you_mean: better} = error.body ?? {};
    const isAny = current().view === "any";
    const ofYears = !isAny && (error.status === 404 || YEARS.includes(parameter));
    const button = (text, onclick) => h("button", {type: "button", onclick}, text);
    const mends = [
        better && (isAny || parameter in MENDS) ? button(`Use ${better}`, () => mend(parameter, better)) : null,
        ofYears ? button("Take all years", () => change({year: "", since: "", until: ""})) : null,
        current().job ? button("Ask anew", () => change({job: ""})) : button("Try again", again),
    ];
    const title = TITLES[error.status] ?? "This could not be answered";
    return h("div", {class: "trouble", role: "alert"},
        h("p", {}, h("strong", {}, title)), h("p", {}, error.message), h("p", {}, mends));
}

/** What a better value of a parameter changes in the address. */
const MENDS = {
    question: (value) => ({question: questionNamed(value)?.code ?? value}),
    state: (value) => ({place: value}),
    states: (value) => ({places: current().places.map((place) => (placeOf(place) ? place : value))}),
};

function mend(parameter, value) {
    const {given, view} = current();
    change(view === "any" ? {given: {...given, [parameter]: [value]}} : MENDS[parameter](value));
}

/** A job that is waited for: its progress and a way to stop it. */
export function makeWaiting() {
    const text = h("p");
    const bar = h("progress", {"aria-label": "Progress of the job"});
    const stop = h("button", {type: "button"}, "Cancel");
    const element = h("div", {class: "waiting"}, text, bar, stop);
    const begun = performance.now();
    stop.addEventListener("click", () => {
        stop.disabled = true;
        cancel(Number(element.dataset.job)).catch((error) => (text.textContent = error.message));
    });
    element.tell = (job) => {
        element.dataset.job = job.job_id;
        const known = job.progress != null;
        const share = known ? `, ${Math.round(job.progress * 100)} %` : "";
        const time = duration((performance.now() - begun) / 1000);
        text.textContent = `Job ${job.job_id} is ${job.status}, ${time}${share}`;
        if (known) bar.value = job.progress;
    };
    return element;
}
