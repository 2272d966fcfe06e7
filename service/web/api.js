// Requests to the API: an answer at once, or a job that is followed to its end.

/** Rows that the page shows at most; the downloads have all of them. */
export const MOST_ROWS = 1000;
const PATIENCE = 1;

/** The server's word that it cannot answer, with its reason in `message` and its fields in `body`. */
export class Refusal extends Error {
    constructor(status, body) {
        super(body.reason ?? `the service answered ${status}`);
        this.status = status;
        this.body = body;
    }
}

/** The JSON of an address with its status and headers; throws Refusal, also when the service cannot be reached. */
export async function fetchJson(address, options = {}) {
    let response;
    try {
        response = await fetch(address, options);
    } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new Refusal(0, {reason: "The service cannot be reached; it may have been stopped."});
    }
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw new Refusal(response.status, body);
    return {status: response.status, body, headers: response.headers};
}

/** The data of an address. */
export const fetchData = async (address, options) => (await fetchJson(address, options)).body.data;

/** `{question: "Q036", states: ["OH"]}` as a query string; null and "" are left out. */
export function queryOf(...parts) {
    const query = new URLSearchParams();
    for (const [name, value] of parts.flatMap((part) => Object.entries(part))) {
        for (const item of [value].flat()) if (item != null && item !== "") query.append(name, item);
    }
    return query.size ? `?${query}` : "";
}

/** The address of a request `{statistic, arguments}` in a form such as "csv". */
export const addressOf = (request, form, extra = {}) =>
    `api/${request.statistic}${form ? `.${form}` : ""}${queryOf(request.arguments, extra)}`;

const WISHES = {meta: true, limit: MOST_ROWS, offset: 0};

/** The rows of a request, with `total`, `meta`, `formAddress` and whether it `waited`; `onJob` hears of a job. */
export async function answerOf(request, signal, onJob) {
    if (request.job) return answerOfJob(await jobOf(request.job, signal), signal, onJob);
    const reply = await fetchJson(addressOf(request, "records", {...WISHES, wait: PATIENCE}), {signal});
    if (reply.status === 202) return {...await answerOfJob(reply.body, signal, onJob), waited: true};
    return readAnswer(reply, (form, extra) => addressOf(request, form, extra));
}

/** A job by its id. */
export const jobOf = async (id, signal) => (await fetchJson(`api/status/${encodeURIComponent(id)}`, {signal})).body;

async function answerOfJob(job, signal, onJob) {
    await follow(job, signal, onJob);
    const formAddress = (form, extra = {}) => `api/results/${job.job_id}.${form}${queryOf(extra)}`;
    return readAnswer(await fetchJson(formAddress("records", WISHES), {signal}), formAddress);
}

function readAnswer({body: {data, meta, page}}, formAddress) {
    return {rows: data, total: page?.total ?? data.length, meta, formAddress, waited: false};
}

async function follow(job, signal, onJob) {
    while (["queued", "running"].includes(job.status)) {
        onJob(job);
        job = (await fetchJson(`api/status/${job.job_id}?wait=${PATIENCE}`, {signal})).body;
    }
}

/** Ask the service to stop a job; one that has ended already needs no stopping. */
export async function cancel(id) {
    try {
        await fetchJson(`api/jobs/${id}`, {method: "DELETE"});
    } catch (error) {
        if (error.status !== 409 && error.status !== 410) throw error;
    }
}
