// Light or dark: as the system has it, unless the reader chose.

import {byId} from "./dom.js";

const KEY = "theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = [];

export const theme = {
    now: () => localStorage.getItem(KEY) || (dark.matches ? "dark" : "light"),
    listen: (listener) => listeners.push(listener),
};

function apply() {
    document.documentElement.dataset.theme = localStorage.getItem(KEY) ?? "";
    for (const listener of listeners) listener();
}

const select = byId("theme");
select.value = localStorage.getItem(KEY) ?? "";
select.addEventListener("change", () => {
    localStorage.setItem(KEY, select.value);
    apply();
});
dark.addEventListener("change", apply);
apply();
