// The view of any statistic: the list of all of them, what one says of itself, its form, and what is wrong with others.

import {change, write} from "./address.js";
import {announce, details, h, prose} from "./dom.js";
import {catalog, reloadStatistics, tableOf} from "./catalog.js";
import {markField} from "./argument_form.js";
import {byTitle, picturedBy, titleOf} from "./statistic.js";

/** The statistics to choose from, with a button that looks for new files. */
export function makeStatistics(view, chosen, again) {
    const words = "Find a statistic";
    const find = h("input", {type: "search", id: "find", "aria-label": words, placeholder: words});
    const links = byTitle().map((statistic) => h("li", {}, h("a", {
        href: write({...view, view: "any", statistic: statistic.name, given: {}, job: ""}),
        "aria-current": statistic.name === chosen?.name ? "true" : null,
    }, titleOf(statistic), h("small", {}, statistic.summary))));
    find.addEventListener("input", () => {
        const wanted = find.value.toLowerCase().split(/\s+/);
        for (const link of links) link.hidden = !wanted.every((word) => link.textContent.toLowerCase().includes(word));
    });
    const refresh = h("button", {type: "button", id: "refresh", onclick: async () => {
        await reloadStatistics();
        announce(`${catalog.statistics.length} statistics`);
        again();
    }}, "Look for new files");
    const wide = matchMedia("(min-width: 80rem)").matches;
    return h("section", {"aria-label": "Statistics"},
        details("statistics", `Statistics: ${catalog.statistics.length}`, wide,
            h("div", {class: "find"}, find, refresh), h("ul", {class: "statistics"}, links)));
}

/** What a statistic says of itself. */
export function makeAbout(statistic) {
    const paragraphs = statistic.description?.split(/\n\s*\n/).filter(Boolean) ?? [];
    const about = [statistic.file, statistic.unit && `in ${statistic.unit}`, ...statistic.tags].filter(Boolean);
    return h("div", {class: "about"}, paragraphs.map((text) => h("p", {}, prose(text))),
        h("p", {class: "quiet"}, about.join(" · ")));
}

/** The request that a statistic and its arguments make. */
export function requestOfForm(statistic, given, {place, job}) {
    const mark = [place].filter(Boolean);
    return {
        statistic: statistic.name, described: statistic, arguments: given, mark, job, onRefusal: markField,
        pictured: picturedBy(statistic),
    };
}

/** That an answer is the one of a job, as it was given then, and a way to ask anew. */
export function makeJobNote(job) {
    const when = new Date(job.finished_at ?? job.submitted_at).toLocaleString("en-GB");
    const from = job.dataset ? ` from ${tableOf(job)}` : "";
    return h("p", {class: "notice"}, `Job ${job.job_id} of ${when}: its answer as it was given then${from}. `,
        h("button", {type: "button", onclick: () => change({job: ""})}, "Ask anew"));
}

/** The files that are no statistics, and a table that could not be loaded anew. */
export function makeFaults() {
    const reasons = [...catalog.faults.map(({reason}) => reason), catalog.dataset.fault].filter(Boolean);
    if (reasons.length === 0) return null;
    const title = reasons.length === 1 ? "A file has a fault:" : `${reasons.length} files have a fault:`;
    return h("div", {class: "notice"}, h("p", {}, h("strong", {}, title)),
        h("ul", {}, reasons.map((reason) => h("li", {}, h("code", {}, reason)))));
}
