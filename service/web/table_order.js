// The order of a table's rows: at a click the best or the highest first, or by name.

import {h} from "./dom.js";
import {valueColumns} from "./statistic.js";

let chosen = "";

/** The orders that a table of ranked places has; none for other tables, which stay in the order of their statistic. */
export function ordersOf(columns, better) {
    const {value} = valueColumns(columns);
    if (!value || !columns.some(({name}) => name === "rank") || !columns.some(({name}) => name === "state")) return [];
    const highest = {text: "Highest first", column: value, sign: -1};
    const lowest = {text: "Lowest first", column: value, sign: 1};
    const text = "Best first";
    const ends = {lower: [{...lowest, text}, highest], higher: [{...highest, text}, lowest]};
    return [...(ends[better] ?? [highest, lowest]), {text: "A to Z", column: "state", sign: 1}];
}

/** The order that was chosen last, if this table has it, else the first. */
export const chosenOrder = (orders) => orders.find(({text}) => text === chosen) ?? orders[0];

/** The orders to choose from, as one stop of the Tab key. */
export function makeOrders(orders, choose) {
    if (orders.length === 0) return null;
    const now = chosenOrder(orders);
    const legend = h("legend", {class: "hidden"}, "Order of the table");
    return h("fieldset", {class: "orders"}, legend, orders.map((order) => {
        const radio = h("input", {type: "radio", name: "order", checked: order === now, onclick: () => {
            chosen = order.text;
            choose(order);
        }});
        return h("label", {}, radio, order.text);
    }));
}

/** Rows in order of a column, or as they are without one; those without a value come last either way. */
export function ordered(rows, name, sign) {
    if (!name) return rows;
    const collator = new Intl.Collator("en", {numeric: true});
    return rows.toSorted(({[name]: a}, {[name]: b}) => {
        if (a == null || b == null) return (a == null) - (b == null);
        return sign * (typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b)));
    });
}
