// One answer: its picture, the table behind it, its downloads, its SQL, and how to ask for it elsewhere.

import {addressOf, answerOf} from "./api.js";
import {change} from "./address.js";
import {awaitConclusion, conclusionElement, hideConclusion, showConclusion} from "./conclusion.js";
import {announce, byId, details, fill, h} from "./dom.js";
import {betterEnd, placeNamed} from "./catalog.js";
import {count} from "./value_format.js";
import {makePicture, pictureFile} from "./picture.js";
import {makeCite, makeCopies, makeEmbed} from "./share.js";
import {makeCode, makeSnippets} from "./snippets.js";
import {makeMethods, makeNotes, makeSource} from "./source.js";
import {titleOf} from "./statistic.js";
import {makeTable, markPlace} from "./table.js";
import {makeTrouble, makeWaiting} from "./trouble.js";

const FORMS = {csv: "CSV", xlsx: "Excel", parquet: "Parquet"};
/** Whoever downloads CSV opens it in a spreadsheet. */
const CHOSEN = {csv: {safe: true}};
const PICTURES = {png: "PNG", svg: "SVG"};
const DELAY = 250;

const choose = (place) => change({place});
const picture = makePicture((name) => placeNamed(name) && choose(placeNamed(name).code));
const message = h("div", {class: "message"});
const strip = h("div", {class: "strip"});
const behind = h("div", {class: "behind"});
const more = h("div", {class: "behind more"});
/** Beside the picture where there is room for both, else below it. */
const beside = h("div", {class: "beside"}, strip, behind);
const parts = [message, picture.element, beside, more];
const element = h("section", {class: "answer", "aria-labelledby": "title", "data-first": "yes"}, parts);
let shown = null;
let asking = null;

/** The section that shows answers, below the sentence that concludes. */
export const answerElement = h("div", {}, conclusionElement, element);

/** Show the answer of `{statistic, arguments, chart, mark, described, strip}`; `described` is its catalog entry. */
export async function showAnswer(request) {
    asking?.abort();
    asking = new AbortController();
    const {signal} = asking;
    const key = addressOf(request, "", {job: request.job});
    try {
        if (shown?.key !== key) await fetchAnswer(request, key, signal);
        drawAround(request);
        await drawPicture(request, signal);
        if (!signal.aborted) finish(request);
    } catch (error) {
        if (!signal.aborted && error.name !== "AbortError") fail(request, error);
    }
}

/** The survey years of the answer that is shown. */
export const shownYears = () => shown?.answer.meta.years ?? [];

/** Forget what is shown, so that nothing late comes in. */
export function hideAnswer() {
    asking?.abort();
    shown = null;
    clear();
    element.dataset.first = "yes";
}

async function fetchAnswer(request, key, signal) {
    element.setAttribute("aria-busy", "true");
    awaitConclusion(request.statistic);
    const waiting = makeWaiting();
    const timer = setTimeout(() => !signal.aborted && fill(message, h("p", {}, "Asking …")), DELAY);
    try {
        const answer = await answerOf(request, signal, (job) => {
            clearTimeout(timer);
            if (signal.aborted) return;
            waiting.tell(job);
            if (!waiting.isConnected) fill(message, waiting);
        });
        shown = {key, answer, table: null};
    } finally {
        clearTimeout(timer);
    }
}

function drawAround(request) {
    const {answer} = shown;
    fill(message);
    showConclusion(answer.meta);
    fill(strip, request.strip?.(answer.rows));
    if (shown.table) return void markPlace(shown.table, request.mark?.[0]);
    shown.table = makeTable({
        ...answer, columns: request.described.columns, place: request.mark?.[0], onPlace: choose,
        caption: [titleOf(request.described), answer.meta.unit].filter(Boolean).join("; "),
        better: betterEnd(request.arguments),
    });
    fill(behind, makeNotes(answer.meta), h("div", {class: "downloads"}),
        details("table", `Table: ${count(answer.total, "row")}`, true, shown.table));
    const methods = makeMethods(answer.meta, request.described);
    fill(more, details("methods", "Methods and limits of use", false, methods),
        details("source", "Source", false, makeSource(answer.meta)),
        details("cite", "Cite", false, ...makeCite(answer.meta)),
        details("embed", "Embed", false, h("div", {class: "frame"})), makeSql(request),
        details("elsewhere", "Ask from curl, Python, R or Excel", false, ...makeSnippets(request, answer)));
}

function drawDownloads(request, drawn) {
    const wanted = pictureOf(request);
    const data = Object.entries(FORMS).map(([form, name]) => [name, shown.answer.formAddress(form, CHOSEN[form])]);
    const pictures = Object.entries(PICTURES).map(([form, name]) => [name, pictureFile(wanted, form)]);
    const links = [...data, ...(drawn ? pictures : [])].map(([name, href]) => h("a", {href, download: ""}, name));
    const copies = makeCopies(shown.answer, drawn ? pictureFile(wanted, "png") : null);
    fill(behind.querySelector(".downloads"), h("span", {}, "Download"), links, h("span", {}, "Share"), copies);
    const frame = more.querySelector(".frame");
    frame.parentElement.hidden = !drawn;
    fill(frame, drawn ? makeEmbed(picture.element) : null);
}

const pictureOf = ({chart, mark, years, pictured, arguments: given}) => {
    const wait = 10;
    const ofOther = (form, extra) => addressOf({statistic: pictured.name, arguments: given}, form, {...extra, wait});
    return {formAddress: pictured ? ofOther : shown.answer.formAddress, chart, mark, years};
};

/** Whether a picture would only be the table again: the file says so, or there is but one row. */
const isTable = ({chart, described, pictured}) =>
    described.chart === "table" || (!chart && !described.chart && !pictured && shown.answer.total === 1);

/** The picture, or a word on why there is none; the table stands by itself then. */
async function drawPicture(request, signal) {
    if (isTable(request) || shown.answer.total === 0) return noPicture(request, "");
    try {
        await picture.show(pictureOf(request));
        drawDownloads(request, true);
    } catch (error) {
        if (!signal.aborted) noPicture(request, error.message);
    }
}

function noPicture(request, reason) {
    picture.hide();
    drawDownloads(request, false);
    behind.querySelector("details").open = true;
    if (reason) fill(message, h("p", {class: "notice"}, `No picture: ${reason}`));
}

function makeSql({statistic, described}) {
    const box = h("div", {}, h("p", {class: "quiet"}, "Loading …"));
    const element = details("sql", `SQL: ${described.file}`, false, box);
    const load = async () => {
        if (!element.open || box.dataset.loaded) return;
        box.dataset.loaded = "yes";
        const response = await fetch(`api/statistics/${statistic}.sql`);
        const gone = h("p", {class: "notice"}, "The file has gone.");
        fill(box, response.ok ? makeCode(await response.text(), "SQL") : gone);
    };
    element.addEventListener("toggle", load);
    load();
    return element;
}

function finish(request) {
    element.removeAttribute("aria-busy");
    delete element.dataset.first;
    const said = shown.answer.meta.conclusion ?? request.described.summary;
    announce(`${byId("title").textContent}: ${count(shown.answer.total, "row")}. ${said}`);
}

function fail(request, error) {
    shown = null;
    delete element.dataset.first;
    clear();
    fill(message, makeTrouble(error, () => showAnswer(request)));
    request.onRefusal?.(error);
}

function clear() {
    element.removeAttribute("aria-busy");
    for (const part of [message, strip, behind, more]) fill(part);
    hideConclusion();
    picture.hide();
}
