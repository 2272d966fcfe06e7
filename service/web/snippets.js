// The same request elsewhere: curl, Python, R and Excel, each to copy and run as it is.

import {addressOf} from "./api.js";
import {h} from "./dom.js";

/** Each program with a text made of the CSV's address, which holds no quotes, since it is percent-encoded. */
const PROGRAMS = {
    curl: (address) => `curl -s '${address}'`,
    Python: (address) => `import pandas as pd\n\ntable = pd.read_csv("${address}")`,
    R: (address) => `table <- read.csv("${address}")`,
    Excel: (address) => `let
    Source = Csv.Document(Web.Contents("${address}"), [Delimiter = ",", Encoding = 65001, QuoteStyle = QuoteStyle.Csv]),
    Answer = Table.PromoteHeaders(Source, [PromoteAllScalars = true])
in
    Answer`,
};
const LONGEST_WAIT = 60;
const HOW = {
    Excel: "Data → Get Data → From Other Sources → Blank Query → Advanced Editor; "
        + "or Data → From Web with the address alone.",
};

/** The snippets of a request; of one that takes long they wait as long as the service lets them. */
export function makeSnippets(request, {waited}) {
    const address = new URL(addressOf(request, "csv", waited ? {wait: LONGEST_WAIT} : {}), document.baseURI).href;
    return Object.entries(PROGRAMS).map(([program, write]) =>
        h("section", {class: "snippet"}, h("h3", {}, program), HOW[program] && h("p", {class: "quiet"}, HOW[program]),
            makeCode(write(address), program)));
}

/** Text to copy, with the button that copies it. */
export function makeCode(text, name) {
    const code = h("pre", {tabindex: "0", role: "region", "aria-label": `${name}, to copy`}, h("code", {}, text));
    const button = h("button", {type: "button", class: "copy", "aria-label": `Copy ${name}`}, "Copy");
    button.addEventListener("click", async () => {
        await copy(text, code);
        button.textContent = "Copied";
        setTimeout(() => (button.textContent = "Copy"), 1500);
    });
    return h("div", {class: "code"}, code, button);
}

/** The clipboard is closed to pages that came over plain HTTP from another machine; there the text is selected. */
async function copy(text, code) {
    try {
        await navigator.clipboard.writeText(text);
    } catch {
        getSelection().selectAllChildren(code);
        document.execCommand("copy");
    }
}
