// The table behind a picture: whole, in the order that the reader chooses, with the chosen place in sight.

import {MOST_ROWS} from "./api.js";
import {h, fill} from "./dom.js";
import {placeNamed} from "./catalog.js";
import {makeLegend} from "./marks.js";
import {makeOneStop, setStop} from "./roving.js";
import {MANY, readableColumns} from "./table_columns.js";
import {chosenOrder, makeOrders, ordered, ordersOf} from "./table_order.js";
import {hasBetterEnd, withRanks} from "./table_ranks.js";
import {WHOLE, count} from "./value_format.js";

/** A table of rows; `onPlace` is called with the code of a place that is chosen in it, `better` is the better end. */
export function makeTable({caption, total, place, onPlace, better: end, ...answer}) {
    const better = hasBetterEnd(answer.columns) ? end : null;
    const {rows, columns: ranked} = withRanks(answer.rows, answer.columns, better);
    const {columns, marks, said} = readableColumns(ranked, rows);
    const title = `${caption}${captionEnd(said, rows.length, total)}`;
    const orders = ordersOf(ranked, better);
    const [heads, body, chooser] = [h("tr"), h("tbody"), makeOrders(orders, (order) => draw(order))];
    const element = h("div", {class: columns.length > MANY ? "table many" : "table"});
    element.append(h("div", {class: "choices"}, chooser, makeMethodChoice(element, columns)),
        makeBox(rows, h("table", {}, h("caption", {}, title), h("thead", {}, heads), body)));
    const draw = ({column, sign}) => {
        fill(body, ordered(rows, column, sign).map((row) => makeRow(row, columns, onPlace)));
        for (const head of heads.children) setSorted(head, head.dataset.column === column ? sign : 0);
        markPlace(element, element.dataset.place);
    };
    fill(heads, columns.map((column) => makeHead(column, (sign) => {
        chooser?.querySelectorAll("input").forEach((radio) => (radio.checked = false));
        draw({column: column.name, sign});
    })));
    setStop([...heads.querySelectorAll("button")]);
    makeOneStop(heads, "button", ["ArrowLeft", "ArrowRight"]);
    makeOneStop(body, "th button", ["ArrowUp", "ArrowDown"]);
    element.dataset.place = place ?? "";
    draw(chosenOrder(orders) ?? {});
    element.append(makeLegend(marks) ?? "");
    return element;
}

/** Without places there is nothing in the rows to move to by key, so the box itself is scrolled. */
const makeBox = (rows, table) => h("div", {
    class: "table-box", tabindex: rows.some(({state}) => placeNamed(state)) ? null : "0",
    role: "region", "aria-label": `Table: ${table.caption.textContent}`,
}, table);

/** Mark the rows of a place, and bring the first of them into sight within the box of the table. */
export function markPlace(element, place) {
    element.dataset.place = place ?? "";
    const rows = [...element.querySelectorAll("tbody tr")];
    for (const row of rows) {
        const chosen = Boolean(place) && row.dataset.place === place;
        row.classList.toggle("chosen", chosen);
        row.querySelector("th button")?.setAttribute("aria-pressed", chosen);
    }
    const first = rows.find((row) => row.classList.contains("chosen"));
    setStop([...element.querySelectorAll("tbody th button")], first?.querySelector("th button"));
    if (first) requestAnimationFrame(() => bringIntoSight(first));
}

function captionEnd(said, shown, total) {
    const first = `the first ${WHOLE.format(MOST_ROWS)} of ${count(total, "row")}; the downloads have all`;
    return [...said, shown < total && first].filter(Boolean).map((part) => `; ${part}`).join("");
}

let showsMethod = false;

/** The choice to see also the columns that say how figures came about; null where there are none. */
function makeMethodChoice(element, columns) {
    const number = columns.filter(({isOfMethod}) => isOfMethod).length;
    const show = (wanted) => element.classList.toggle("brief", number > 0 && !wanted);
    show(showsMethod);
    if (number === 0) return null;
    const box = h("input", {type: "checkbox", checked: showsMethod, onchange: () => show(showsMethod = box.checked)});
    return h("label", {class: "method"}, box, `${count(number, "more column")}`);
}

function makeHead({name, head: text, note, number, isOfMethod}, sort) {
    const kind = [number && "number", isOfMethod && "of-method"].filter(Boolean).join(" ") || null;
    const head = h("th", {scope: "col", class: kind, "data-column": name});
    head.append(h("button", {type: "button", onclick: () => {
        // Numbers begin with the highest, names with A.
        const begin = number ? -1 : 1;
        sort(head.getAttribute("aria-sort") === DIRECTIONS[begin] ? -begin : begin);
    }}, h("span", {}, text), note && h("small", {}, ` ${note}`)));
    return head;
}

const DIRECTIONS = {[-1]: "descending", 1: "ascending"};

function setSorted(head, sign) {
    if (sign) head.setAttribute("aria-sort", DIRECTIONS[sign]);
    else head.removeAttribute("aria-sort");
}

function makeRow(row, columns, onPlace) {
    const place = placeNamed(row.state);
    const cells = columns.map(({name, number, cell, isHead, isOfMethod}) => {
        const content = cell(row) ?? "–";
        const kinds = [number && "number", row[name] == null && "missing", isOfMethod && "of-method"];
        const kind = kinds.filter(Boolean).join(" ") || null;
        if (!isHead) return h("td", {class: kind}, content);
        return h("th", {scope: "row", class: kind}, name === "state" && place ? placeButton(place, onPlace) : content);
    });
    return h("tr", {"data-place": place?.code}, cells);
}

const placeButton = (place, onPlace) =>
    h("button", {type: "button", class: "plain", tabindex: "-1", onclick: () => onPlace(place.code)}, place.name);

/** Only the box is scrolled, never the page. */
function bringIntoSight(row) {
    const box = row.closest(".table-box");
    if (!box) return;
    const [inner, outer] = [row.getBoundingClientRect(), box.getBoundingClientRect()];
    const top = outer.top + box.querySelector("thead").offsetHeight;
    if (inner.top >= top && inner.bottom <= outer.bottom) return;
    box.scrollTop += inner.top - top - (outer.bottom - top - inner.height) / 2;
}
