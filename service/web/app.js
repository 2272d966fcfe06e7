// The page: it reads the address, and shows the view that it names.

import * as address from "./address.js";
import {answerElement, hideAnswer, showAnswer, shownYears} from "./answer.js";
import {makeAbout, makeFaults, makeJobNote, makeStatistics, requestOfForm} from "./any_statistic.js";
import {makeControls, showControls, tellNewest} from "./controls.js";
import {jobOf} from "./api.js";
import {byId, fill, h, announce} from "./dom.js";
import {catalog, load, loadStatistics, placeOf, questionFacts, questionOf, statisticNamed} from "./catalog.js";
import {keyFiguresElement, showKeyFigures} from "./key_figures.js";
import {argumentsOf, formElement, isComplete, showForm} from "./argument_form.js";
import {count, yearsInWords} from "./value_format.js";
import {jobsElement, leaveJobs, showJobs} from "./jobs.js";
import {questionNoun} from "./question_names.js";
import {byTitle, titleOf} from "./statistic.js";
import {makeTrouble} from "./trouble.js";
import {VIEWS, completed, lacks, requestOf} from "./views.js";

let last = "";
let turn = 0;

async function start() {
    try {
        await load();
    } catch (error) {
        delete document.body.dataset.loading;
        return void fill(byId("content"), makeTrouble(error, start));
    }
    makeControls();
    showDataset();
    address.listen(show);
    await show(address.current());
}

function showDataset() {
    const {rows, years, version, file, source, about, sample, missing, warnings} = catalog.dataset;
    byId("dataset").textContent = `${sample ? "Modelled sample" : "CDC, BRFSS"}, survey years ${yearsInWords(years)}`;
    byId("source").textContent = source;
    byId("about").textContent = about;
    fill(byId("missing"), missing.flatMap(({word, sign, meaning}) =>
        [h("dt", {}, `${word} (${sign})`), h("dd", {}, meaning)]));
    byId("files").textContent = [count(rows, "row"), file, `version ${version}`].join(" · ");
    fill(byId("warnings"), warnings.map(({text, line}) => h("p", {}, `Line ${line}: ${text}`)));
    const banner = h("p", {class: "sample", role: "note"},
        h("strong", {}, "This is a modelled sample, not the CDC’s table."),
        " No figure here is a fact. For the real table run ", h("code", {}, "run.py fetch"), " and start anew.");
    fill(byId("notices"), sample ? banner : null);
}

/** Show a view; `isLate` tells a step that waited whether another view was asked for meanwhile. */
async function show(named) {
    const mine = ++turn;
    const isLate = () => mine !== turn;
    const view = completed(named);
    delete document.body.dataset.ready;
    const moved = last && last !== view.view;
    last = view.view;
    document.documentElement.dataset.view = view.view;
    showTabs(view);
    if (view.view !== "jobs") leaveJobs();
    if (moved) scrollTo(0, 0);
    await (SHOW[view.view] ?? showPicture)(view, isLate);
    if (!isLate()) document.body.dataset.ready = "yes";
}

function showTabs(view) {
    const statistic = (name) => (KEEPS_STATISTIC.includes(name) ? view.statistic : "");
    const links = Object.entries(VIEWS).map(([name, {label}]) => h("a", {
        href: address.write({...view, view: name, statistic: statistic(name), given: {}, job: ""}),
        "aria-current": name === view.view ? "page" : null, "data-label": label,
    }, label));
    const nav = byId("views");
    const focused = [...nav.children].indexOf(document.activeElement);
    fill(nav, links);
    links[focused]?.focus();
}

const KEEPS_STATISTIC = ["map", "ranking", "any"];
const SHOW = {any: showAny, jobs: showAllJobs};

/** Name what is shown; with the first name the page comes into sight. */
function name(title, lead) {
    delete document.body.dataset.loading;
    byId("title").textContent = title;
    byId("lead").textContent = lead;
    document.title = `${title} – Health of US states`;
}

/** The views that are one picture of one question. */
async function showPicture(view, isLate) {
    const request = requestOf(view);
    const question = questionOf(view.question);
    const about = VIEWS[view.view].title((placeOf(view.place)?.name ?? view.place) || "a state");
    name(`${about}: ${question ? questionNoun(question) : view.question}`, question ? questionFacts(question) : "");
    put(byId("side"));
    showControls(view, VIEWS[view.view].controls, request?.described);
    put(byId("content"), view.view === "state" ? keyFiguresElement : null, answerElement);
    if (!request) return instead("The statistic of this view is not in the folder of SQL files.");
    if (lacks(view)) return instead(lacks(view));
    await Promise.all([view.view === "state" && showKeyFigures(view), showAnswer(request)]);
    if (!isLate()) tellYears(view, question);
}

/** The years of the answer take the place of those in which the question was asked. */
function tellYears(view, question) {
    const years = shownYears();
    if (question && years.length) byId("lead").textContent = questionFacts({...question, years});
    if (!view.year) tellNewest(years.at(-1));
}

/** A sentence in place of an answer. */
function instead(text) {
    hideAnswer();
    fill(byId("content"), h("p", {class: "notice"}, text));
}

async function showAny(asked, isLate) {
    const [job] = await Promise.all([asked.job && jobOf(asked.job).catch(() => null), loadStatistics()]);
    if (isLate()) return;
    const view = job ? {...asked, statistic: job.statistic} : asked;
    const statistic = statisticNamed(view.statistic) ?? (view.statistic ? null : byTitle()[0]);
    const title = statistic ? titleOf(statistic) : `There is no statistic ${view.statistic}`;
    name(view.job ? `Job ${view.job}: ${title}` : title, statistic?.summary ?? "Choose one of the list.");
    put(byId("side"), makeStatistics(view, statistic, () => show(address.current())));
    showControls(view, [], null);
    if (!statistic) {
        hideAnswer();
        put(byId("content"), makeFaults());
        return;
    }
    const given = argumentsOf(statistic, view);
    await showForm(statistic, given);
    if (isLate()) return;
    put(byId("content"), makeFaults(), makeAbout(statistic), formElement, job && makeJobNote(job), answerElement);
    if (view.job || isComplete(statistic, given)) await showAnswer(requestOfForm(statistic, given, view));
    else hideAnswer();
}

async function showAllJobs(view) {
    hideAnswer();
    name("Jobs", "Every question is a job of the service. Jobs are kept for an hour after their end.");
    put(byId("side"));
    showControls(view, [], null);
    put(byId("content"), jobsElement);
    announce("Jobs");
    await showJobs();
}

/** Put parts into an element, leaving it alone when they are there already: moving an element takes its focus. */
function put(element, ...parts) {
    const wanted = parts.filter(Boolean);
    const same = wanted.length === element.children.length
        && wanted.every((part, index) => part === element.children[index]);
    if (!same) fill(element, wanted);
}

start();
