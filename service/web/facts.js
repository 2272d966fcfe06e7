// What the page knows of the service: its dataset, statistics, questions and places.

import {fetchData, fetchJson} from "./ask.js";
import {yearsInWords} from "./format.js";

export const facts = {dataset: null, statistics: [], faults: [], questions: [], places: []};

/** Fetch all of it. */
export async function load() {
    const [dataset, places] = await Promise.all([
        fetchJson("api/dataset"), fetchData("api/choices/LocationDesc"), loadStatistics(),
    ]);
    facts.dataset = {...dataset.body.data, fault: dataset.body.fault};
    facts.places = places.map(({value, code}) => ({name: value, code: code ?? value}));
    facts.questions = await questions();
}

/** Fetch the catalogue, which changes whenever somebody saves a file. */
export async function loadStatistics() {
    const {body} = await fetchJson("api/statistics");
    facts.statistics = body.data;
    facts.faults = body.faults;
}

/** Have the service look into the folder, if it lets this page, and fetch the catalogue. */
export async function reloadStatistics() {
    await fetchJson("api/reload", {method: "POST"}).catch(() => {});
    await loadStatistics();
}

async function questions() {
    if (statisticNamed("questions")) return fetchData("api/questions?format=records&wait=10");
    // A folder of somebody's own statistics need not have this one.
    const choices = await fetchData("api/choices/Question");
    const {years} = facts.dataset;
    return choices.map(({value, code}) => ({code, question: value, topic: "Questions", better: null, years}));
}

export const statisticNamed = (name) => facts.statistics.find((statistic) => statistic.name === name);
export const questionOf = (code) => facts.questions.find((question) => question.code === code);
export const questionNamed = (text) => facts.questions.find(({question}) => question === text);
export const placeOf = (code) => facts.places.find((place) => place.code === code);
export const placeNamed = (name) => facts.places.find((place) => place.name === name);

/** "have obesity": the part of a question that tells it from the others. */
export const shortQuestion = (question) =>
    question.question.replace(/^Percent of adults (aged 18 years and older )?who /, "");

/** "adults who have obesity": a question as a noun. */
export const questionNoun = ({question}) =>
    question.replace(/^Percent of (adults) (?:aged 18 years and older )?who /, "$1 who ");

/** "Q036 · lower is better · 2011–2021" */
export const factsOf = ({code, better, years}) =>
    [code, better && `${better} is better`, yearsInWords(years)].filter(Boolean).join(" · ");
