// What the page knows of the service: its dataset, statistics, questions and places.

import {fetchData, fetchJson} from "./api.js";
import {yearsInWords} from "./value_format.js";

export const catalog = {dataset: null, statistics: [], faults: [], questions: [], places: []};

/** Fetch all of it. */
export async function load() {
    const [dataset, places] = await Promise.all([
        fetchJson("api/dataset"), fetchData("api/choices/LocationDesc"), loadStatistics(),
    ]);
    catalog.dataset = {...dataset.body.data, fault: dataset.body.fault};
    catalog.places = places.map(({value, code}) => ({name: value, code: code ?? value}));
    catalog.questions = await questions();
}

/** Fetch the catalog, which changes whenever somebody saves a file. */
export async function loadStatistics() {
    const {body} = await fetchJson("api/statistics");
    catalog.statistics = body.data;
    catalog.faults = body.faults;
}

/** Have the service look into the folder, if it lets this page, and fetch the catalog. */
export async function reloadStatistics() {
    await fetchJson("api/reload", {method: "POST"}).catch(() => {});
    await loadStatistics();
}

async function questions() {
    if (statisticNamed("questions")) return fetchData("api/questions?format=records&wait=10");
    // A folder of somebody's own statistics need not have this one.
    const choices = await fetchData("api/choices/Question");
    const {years} = catalog.dataset;
    return choices.map(({value, code}) => ({code, question: value, topic: "Questions", better: null, years}));
}

export const statisticNamed = (name) => catalog.statistics.find((statistic) => statistic.name === name);
export const questionOf = (code) => catalog.questions.find((question) => question.code === code);
export const questionNamed = (text) => catalog.questions.find(({question}) => question === text);
export const placeOf = (code) => catalog.places.find((place) => place.code === code);
export const placeNamed = (name) => catalog.places.find((place) => place.name === name);

/** "have obesity": the part of a question that tells it from the others. */
export const shortQuestion = (question) =>
    question.question.replace(/^Percent of adults (aged 18 years and older )?who /, "");

/** "adults who have obesity": a question as a noun. */
export const questionNoun = ({question}) =>
    question.replace(/^Percent of (adults) (?:aged 18 years and older )?who /, "$1 who ");

/** "Q036 · lower is better · 2011–2021" */
export const questionFacts = ({code, better, years}) =>
    [code, better && `${better} is better`, yearsInWords(years)].filter(Boolean).join(" · ");
