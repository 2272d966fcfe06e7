// The page: it reads the address, and shows the view that it names.

import * as address from "./address.js";
import {answerElement, hideAnswer, showAnswer, shownYears} from "./answer.js";
import {makeAbout, makeFaults, makeStatistics, requestOfForm} from "./any_statistic.js";
import {makeControls, makeQuestions, showControls, showQuestion, tellNewest} from "./controls.js";
import {byId, fill, h, announce} from "./dom.js";
import {catalog, questionFacts, load, loadStatistics, placeOf, questionNoun, questionOf, statisticNamed} from "./catalog.js";
import {keyFiguresElement, showKeyFigures} from "./key_figures.js";
import {argumentsOf, formElement, isComplete, showForm} from "./argument_form.js";
import {count, yearsInWords} from "./value_format.js";
import {jobsElement, leaveJobs, showJobs} from "./jobs.js";
import {titleOf} from "./statistic.js";
import {makeTrouble} from "./trouble.js";
import {VIEWS, completed, requestOf} from "./views.js";

let questions = null;
let last = "";
let turn = 0;

async function start() {
    try {
        await load();
    } catch (error) {
        return void fill(byId("content"), makeTrouble(error, start));
    }
    makeControls();
    questions = makeQuestions();
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
        href: address.write({...view, view: name, statistic: statistic(name), given: {}}),
        "aria-current": name === view.view ? "page" : null,
    }, label));
    const nav = byId("views");
    const focused = [...nav.children].indexOf(document.activeElement);
    fill(nav, links);
    links[focused]?.focus();
}

const KEEPS_STATISTIC = ["map", "ranking", "any"];
const SHOW = {any: showAny, jobs: showAllJobs};

function name(title, lead) {
    byId("title").textContent = title;
    byId("lead").textContent = lead;
    document.title = `${title} – Health of US states`;
}

/** The views that are one picture of one question. */
async function showPicture(view, isLate) {
    const request = requestOf(view);
    const question = questionOf(view.question);
    const about = VIEWS[view.view].title(placeOf(view.place)?.name ?? view.place);
    name(`${about}: ${question ? questionNoun(question) : view.question}`, question ? questionFacts(question) : "");
    put(byId("side"), questions);
    showQuestion(view);
    showControls(view, VIEWS[view.view].controls, request?.described);
    put(byId("content"), view.view === "state" ? keyFiguresElement : null, answerElement);
    if (!request) return missing();
    await Promise.all([view.view === "state" && showKeyFigures(view), showAnswer(request)]);
    if (!isLate()) tellYears(view, question);
}

/** The years of the answer take the place of those in which the question was asked. */
function tellYears(view, question) {
    const years = shownYears();
    if (question && years.length) byId("lead").textContent = questionFacts({...question, years});
    if (!view.year) tellNewest(years.at(-1));
}

function missing() {
    hideAnswer();
    fill(byId("content"), h("p", {class: "notice"}, "The statistic of this view is not in the folder of SQL files."));
}

async function showAny(view, isLate) {
    await loadStatistics();
    if (isLate()) return;
    const statistic = statisticNamed(view.statistic) ?? (view.statistic ? null : catalog.statistics[0]);
    name(statistic ? titleOf(statistic) : `There is no statistic ${view.statistic}`,
        statistic?.summary ?? "Choose one of the list.");
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
    put(byId("content"), makeFaults(), makeAbout(statistic), formElement, answerElement);
    if (isComplete(statistic, given)) await showAnswer(requestOfForm(statistic, given, view.place));
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
