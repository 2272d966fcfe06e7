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

/** A table in few words, of what names its version and whether it is the sample. */
export function tableOf({dataset, sample}) {
    const version = dataset === catalog.dataset.version ? "" : `, version ${dataset}`;
    return `${sample ? "the modelled sample" : "the CDC’s table"}${version}`;
}

export const statisticNamed = (name) => catalog.statistics.find((statistic) => statistic.name === name);
export const questionOf = (code) => catalog.questions.find((question) => question.code === code);
export const questionNamed = (text) => catalog.questions.find(({question}) => question === text);
export const placeOf = (code) => catalog.places.find((place) => place.code === code);
/** Codes of what takes no part in a ranking: the whole country, and the territories. */
const UNRANKED = new Set(["US", "AS", "GU", "MP", "PR", "VI"]);
export const isRanked = (name) => !UNRANKED.has(placeNamed(name)?.code);
export const placeNamed = (name) => catalog.places.find((place) => place.name === name);

/** "Q036 · lower is better · 2011–2021" */
export const questionFacts = ({code, better, years}) =>
    [code, better && `${better} is better`, yearsInWords(years)].filter(Boolean).join(" · ");

/** Which end of the figures is the better one, "lower" or "higher", of arguments that name one question. */
export const betterEnd = ({question}) => (questionOf(`${question}`) ?? questionNamed(`${question}`))?.better;
