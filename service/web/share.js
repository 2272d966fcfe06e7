// What a reader takes along: a link, the picture, the table, the citation, and a frame for another page.

import {announce, h} from "./dom.js";
import {makeCode} from "./snippets.js";
import {theme} from "./theme.js";

/** Rows of a table that is copied; longer ones are for the downloads. */
const MOST_COPIED = 20000;
const FRAME_HEIGHT = 80;

/** Buttons that copy: the link, the picture where there is one, and the table of an `answer`; and what came of it. */
export function makeCopies({formAddress, total}, pictureAddress) {
    const said = h("span", {class: "said"});
    const say = (text) => {
        said.textContent = text;
        announce(text);
    };
    return [
        makeCopy("link", say, () => ({"text/plain": location.href})),
        pictureAddress && makeCopy("picture", say, () => ({"image/png": fetched(pictureAddress, "blob")})),
        makeCopy("table", say, () => tableOf(formAddress, total)),
        said,
    ];
}

const makeCopy = (what, say, contents) => h("button", {type: "button", class: "plain", onclick: async () => {
    say("");
    say(await put(contents).then(() => `Copied: the ${what}.`, (error) => error.message));
}}, `Copy ${what}`);

/** Put texts, blobs or promises of them into the clipboard, by type. */
async function put(contents) {
    const parts = contents();
    if (globalThis.ClipboardItem && navigator.clipboard?.write) {
        const blobs = Object.entries(parts).map(([type, part]) => [type, asBlob(part, type)]);
        return navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
    }
    if ("image/png" in parts) throw new Error("Browsers copy pictures only from https; save the PNG.");
    const texts = await Promise.all(Object.entries(parts).map(async ([type, part]) => [type, await part]));
    putByEvent(texts);
}

async function asBlob(part, type) {
    const content = await part;
    return content instanceof Blob ? content : new Blob([content], {type});
}

/** The clipboard is closed to pages that came over plain HTTP from another machine; this way is open to texts. */
function putByEvent(texts) {
    const fillClipboard = (event) => {
        event.preventDefault();
        for (const [type, text] of texts) event.clipboardData.setData(type, text);
    };
    document.addEventListener("copy", fillClipboard, {once: true});
    if (!document.execCommand("copy")) throw new Error("The browser did not let the page copy.");
}

async function fetched(address, kind) {
    const response = await fetch(address);
    if (response.ok) return response[kind]();
    const {reason} = await response.json().catch(() => ({}));
    throw new Error(reason ?? "It could not be fetched; try again.");
}

/** The table as the service's own HTML, with its title and source, and the same separated by tabs. */
function tableOf(formAddress, total) {
    if (total > MOST_COPIED) throw new Error("Too long to copy; download it.");
    const page = fetched(formAddress("html"), "text");
    return {"text/html": page, "text/plain": page.then(inTabs)};
}

/** What spreadsheets and editors take: the title, a line a row with tabs between the cells, the source. */
function inTabs(page) {
    const parsed = new DOMParser().parseFromString(page, "text/html");
    const lines = (elements, text) => [...elements].map(text);
    return [
        lines([parsed.querySelector("caption")], wordsOf),
        lines(parsed.querySelectorAll("tr"), (row) => lines(row.cells, wordsOf).join("\t")),
        lines(parsed.querySelectorAll("p"), wordsOf),
    ].map((part) => part.join("\n")).join("\n\n");
}

const wordsOf = (element) => element.textContent.replace(/\s+/g, " ").trim();

/** The citation as a text and for reference managers. */
export function makeCite({citation, bibtex}) {
    const forms = {Citation: citation, BibTeX: bibtex};
    return Object.entries(forms).filter(([, text]) => text).map(([name, text]) =>
        h("section", {class: "wrapped"}, h("h3", {}, name), makeCode(text, name)));
}

/** The HTML of a frame with the picture that is shown; `figure` has its height. */
export function makeEmbed(figure) {
    const sites = document.querySelector("meta[name=framed-by]").content.split(" ").filter(Boolean);
    const address = new URL("embed", document.baseURI);
    address.search = location.search;
    address.searchParams.delete("job"); // it is not kept for long
    address.searchParams.set("theme", theme.now());
    const height = Math.ceil(figure.getBoundingClientRect().height) + FRAME_HEIGHT;
    const frame = `<iframe src="${attribute(address.href)}" title="${attribute(document.title)}" width="100%" `
        + `height="${height}" style="border: 0" loading="lazy"></iframe>`;
    const allowed = sites.length === 0
        ? "No site may frame it yet: the operator names those that may in [server] allowed_origins."
        : `Pages that may frame it: ${sites.includes("*") ? "those of every site" : sites.join(", ")}.`;
    return h("div", {class: "wrapped"}, h("p", {class: "quiet"}, allowed), makeCode(frame, "HTML"));
}

const attribute = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
