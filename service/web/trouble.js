// Errors and waiting, shown where the answer will be.

import {cancel} from "./ask.js";
import {change, current} from "./address.js";
import {h} from "./dom.js";
import {duration} from "./format.js";

/** What went wrong, in the server's words, and buttons that mend it. */
export function makeTrouble(error, again) {
    const {parameter, did_you_mean: better} = error.body ?? {};
    const mends = [
        better && parameter && h("button", {type: "button", onclick: () => mend(parameter, better)}, `Use ${better}`),
        error.status === 404 && h("button", {type: "button", onclick: () => change({year: "", since: "", until: ""})}, "Take all years"),
        h("button", {type: "button", onclick: again}, "Try again"),
    ].filter(Boolean);
    const title = error.status === 409 ? "Cancelled" : error.status === 404 ? "No answer" : "This could not be answered";
    return h("div", {class: "trouble", role: "alert"}, h("p", {}, h("strong", {}, title)), h("p", {}, error.message), h("p", {}, mends));
}

const WORDS = {question: "question", state: "place", year: "year", since: "since", until: "until"};
const mend = (parameter, value) => {
    const {given, view} = current();
    change(view === "any" ? {given: {...given, [parameter]: [value]}} : {[WORDS[parameter] ?? parameter]: value});
};

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
        text.textContent = `Job ${job.job_id} is ${job.status}, ${duration((performance.now() - begun) / 1000)}${share}`;
        if (known) bar.value = job.progress;
    };
    return element;
}
