// Light or dark: as the system has it, unless the reader chose.

import {byId} from "./dom.js";

const KEY = "theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = [];

/** Only the whole page has this control; a frame in another page has its theme from that page, in its address. */
const select = byId("theme");
const chosen = () => (select ? localStorage.getItem(KEY) : new URLSearchParams(location.search).get(KEY)) ?? "";

export const theme = {
    now: () => chosen() || (dark.matches ? "dark" : "light"),
    listen: (listener) => listeners.push(listener),
};

function apply() {
    document.documentElement.dataset.theme = chosen();
    for (const listener of listeners) listener();
}

if (select) select.value = chosen();
select?.addEventListener("change", () => {
    localStorage.setItem(KEY, select.value);
    apply();
});
dark.addEventListener("change", apply);
apply();
