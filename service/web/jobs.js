// The jobs, live: each with its state, its times and a way to stop it.

import {write} from "./address.js";
import {cancel, fetchJson} from "./api.js";
import {catalog} from "./catalog.js";
import {fill, h} from "./dom.js";
import {makeOneStop, setStop} from "./roving.js";
import {count, duration} from "./value_format.js";

const MOST = 200;
const HEADS = ["Job", "Statistic", "State", "Table", "Submitted", "Took", "Stop", "Arguments"];
const PENDING = ["queued", "running"];
const body = h("tbody");
const words = h("p", {role: "status"});
const trouble = h("div", {role: "alert"});
const table = h("table", {class: "jobs"}, h("caption", {}, `The newest ${MOST} jobs, newest first`),
    h("thead", {}, h("tr", {}, HEADS.map((name) => h("th", {scope: "col"}, name)))), body);
const element = h("section", {class: "answer", "aria-labelledby": "title"}, words, trouble,
    h("div", {class: "table-box", tabindex: "0", role: "region", "aria-label": "Table of jobs"}, table));
makeOneStop(body, "a", ["ArrowUp", "ArrowDown"]);
const rows = new Map();
let events = null;
let clock = null;

export const jobsElement = element;

/** List the jobs and follow them. */
export async function showJobs() {
    if (events) return;
    events = new EventSource("api/jobs/events");
    events.addEventListener("job", (event) => take(JSON.parse(event.data)));
    events.addEventListener("reset", list);
    events.addEventListener("error", () => say("The service does not answer; this goes on by itself when it does."));
    events.addEventListener("open", () => say(""));
    clock = setInterval(tick, 1000);
    await list();
}

/** Follow them no longer. */
export function leaveJobs() {
    events?.close();
    events = null;
    clearInterval(clock);
}

const say = (text) => (trouble.textContent = text);

async function list() {
    try {
        const {body: page} = await fetchJson(`api/jobs?newest=${MOST}`);
        rows.clear();
        fill(body);
        for (const job of page.data) take(job);
    } catch (error) {
        say(error.message);
    }
    tellCount();
}

function take(job) {
    const row = makeRow(job);
    const old = rows.get(job.job_id);
    rows.set(job.job_id, {job, row});
    if (!old) body.prepend(row);
    else replace(old.row, row);
    setStop([...body.querySelectorAll("a")]);
    while (rows.size > MOST) forget(rows.keys().next().value);
    tellCount();
}

/** The focus stays on a row whose button has gone. */
function replace(old, row) {
    const focused = old.contains(document.activeElement);
    old.replaceWith(row);
    row.querySelector("a").tabIndex = old.querySelector("a").tabIndex;
    if (focused) row.querySelector("a")?.focus();
}

function forget(id) {
    rows.get(id).row.remove();
    rows.delete(id);
}

function tellCount() {
    const pending = [...rows.values()].filter(({job}) => PENDING.includes(job.status)).length;
    const text = `${count(rows.size, "job")}, ${pending} pending`;
    if (words.textContent !== text) words.textContent = text;
}

function makeRow(job) {
    const given = Object.entries(job.arguments).filter(([, value]) => value != null);
    const texts = Object.fromEntries(given.map(([name, value]) => [name, [value].flat()]));
    const id = String(job.job_id);
    const href = write({view: "any", statistic: job.statistic, places: [], given: texts, job: id});
    const link = h("a", {href, tabindex: "-1"}, job.statistic);
    const stop = h("button", {type: "button", "aria-label": `Cancel job ${job.job_id}`, onclick: async () => {
        stop.disabled = true;
        await cancel(job.job_id).catch((error) => say(error.message));
    }}, "Cancel");
    return h("tr", {"data-job": job.job_id},
        h("th", {scope: "row", class: "number"}, id), h("td", {}, link),
        h("td", {}, h("span", {class: `state ${job.status}`}, job.status), job.reason && h("small", {}, job.reason)),
        h("td", {}, tableMark(job)), h("td", {}, timeOf(job.submitted_at)), h("td", {class: "number took"}, took(job)),
        h("td", {}, PENDING.includes(job.status) ? stop : "–"),
        h("td", {class: "arguments"}, given.map(([name, value]) => `${name}: ${value}`).join("; ") || "none"));
}

/** Which table an answer came from: what has ended since the list was fetched came from the one that is loaded. */
function tableMark(job) {
    if (job.status !== "done") return "–";
    const {version, sample: isSample} = catalog.dataset;
    const {dataset, sample} = "sample" in job ? job : {dataset: version, sample: isSample};
    const other = dataset === catalog.dataset.version ? null : h("small", {}, `version ${dataset}`);
    return [sample ? h("strong", {class: "sample-mark"}, "SAMPLE") : "CDC", other];
}

/** The time, with the day where it is not today. */
function timeOf(text) {
    const [then, today] = [new Date(text), new Date()];
    const isToday = then.toDateString() === today.toDateString();
    return h("time", {datetime: text}, isToday ? then.toLocaleTimeString("en-GB") : then.toLocaleString("en-GB"));
}

function took(job) {
    if (!job.started_at) return "–";
    const end = job.finished_at ? new Date(job.finished_at) : Date.now();
    return duration(Math.max(0, end - new Date(job.started_at)) / 1000);
}

function tick() {
    for (const {job, row} of rows.values()) {
        if (job.status === "running") row.querySelector(".took").textContent = took(job);
    }
}
