// The table behind a picture: sorted by a click on a heading, with the chosen place marked.

import {MOST_ROWS} from "./api.js";
import {h, fill} from "./dom.js";
import {placeNamed} from "./catalog.js";
import {WHOLE, count, isNumber, writer} from "./value_format.js";
import {inWords} from "./statistic.js";

/** A table of rows; `onPlace` is called with the code of a place that is chosen in it. */
export function makeTable({rows, columns: all, total, caption, place, onPlace}) {
    const columns = all.filter(isShown);
    const writers = columns.map((column) => writer(column, rows));
    const body = h("tbody");
    const draw = (ordered) => fill(body, ordered.map((row) => makeRow(row, columns, writers, onPlace)));
    const heads = columns.map((column) => makeHead(column, (sign) => draw(sorted(rows, column, sign))));
    draw(rows);
    const title = h("caption", {}, h("span", {}, caption, words(rows.length, total)));
    const table = h("table", {}, title, h("thead", {}, h("tr", {}, heads)), body);
    const box = h("div", {class: "table-box", tabindex: "0", role: "region", "aria-label": `Table: ${caption}`}, table);
    markPlace(box, place);
    return box;
}

/** A place's code says what its name beside it says; the downloads have it. */
const isShown = ({name}, _, columns) => name !== "abbreviation" || !columns.some((column) => column.name === "state");

/** Mark the rows of a place. */
export function markPlace(box, place) {
    for (const row of box.querySelectorAll("tbody tr")) {
        const chosen = place != null && row.dataset.place === place;
        row.classList.toggle("chosen", chosen);
        row.querySelector("th button")?.setAttribute("aria-pressed", chosen);
    }
}

const words = (shown, total) =>
    (shown < total ? ` – the first ${WHOLE.format(MOST_ROWS)} of ${count(total, "row")}; the downloads have all` : "");

function makeHead(column, sort) {
    const head = h("th", {scope: "col", class: isNumber(column) ? "number" : null});
    head.append(h("button", {type: "button", onclick: () => {
        const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
        sort(sign);
    }}, inWords(column.name)));
    return head;
}

function makeRow(row, columns, writers, onPlace) {
    const place = placeNamed(row.state);
    const cells = columns.map((column, index) => {
        const value = row[column.name];
        const content = writers[index](value);
        const kind = [isNumber(column) && "number", value == null && "missing"].filter(Boolean).join(" ") || null;
        if (index > 0) return h("td", {class: kind}, content);
        const isPlace = column.name === "state" && place;
        return h("th", {scope: "row", class: kind}, isPlace ? placeButton(place, onPlace) : content);
    });
    return h("tr", {"data-place": place?.code}, cells);
}

const placeButton = (place, onPlace) =>
    h("button", {type: "button", class: "plain", onclick: () => onPlace(place.code)}, place.name);

/** Rows in order of a column; those without a value come last either way. */
function sorted(rows, {name}, sign) {
    const collator = new Intl.Collator("en", {numeric: true});
    return rows.toSorted(({[name]: a}, {[name]: b}) => {
        if (a == null || b == null) return (a == null) - (b == null);
        return sign * (typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b)));
    });
}
