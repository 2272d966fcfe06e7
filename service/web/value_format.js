// Values as a reader wants them. The downloads have them in full.

export const NOT_PUBLISHED = "not published";

export const WHOLE = new Intl.NumberFormat("en-US");
const ONE = new Intl.NumberFormat("en-US", {minimumFractionDigits: 1, maximumFractionDigits: 1});
const LEAST = 0.001;
const THREE = new Intl.NumberFormat("en-US", {minimumFractionDigits: 3, maximumFractionDigits: 3});

const isYear = (name) => /(^|_)(year|id)s?$/.test(name);
export const isNumber = ({name, type}) =>
    !isYear(name) && /INT|DOUBLE|FLOAT|DECIMAL/.test(type) && !type.endsWith("[]");

/** Whether a column holds measured figures, and not counts. */
export const isMeasure = ({type}) => /DOUBLE|FLOAT|DECIMAL/.test(type) && !type.endsWith("[]");

/** A function that writes the values of a column; shares and correlations get more digits than percentages. */
export function writer(column, rows) {
    if (!isNumber(column)) return (value) => text(value);
    const values = rows.map((row) => row[column.name]).filter((value) => value != null);
    const whole = /INT/.test(column.type) && !/INTERVAL/.test(column.type);
    const small = values.length > 0 && values.every((value) => Math.abs(value) <= 1);
    const format = whole ? WHOLE : small ? THREE : ONE;
    return (value) => {
        if (value == null) return NOT_PUBLISHED;
        return small && value > 0 && value < LEAST ? `<${LEAST}` : format.format(value);
    };
}

function text(value) {
    if (value == null) return "none";
    if (Array.isArray(value)) return value.every(Number.isInteger) ? yearsInWords(value) : value.join(", ");
    if (typeof value === "boolean") return value ? "yes" : "no";
    return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Years in few signs: "2011–2021", "2017, 2019, 2021". */
export function yearsInWords(years) {
    const [first, last] = [years[0], years.at(-1)];
    const unbroken = years.length > 2 && years.every((year, index) => year === first + index);
    return unbroken ? `${first}–${last}` : years.join(", ");
}

/** A figure with one digit, or that it is not published. */
export const figure = (value) => (value == null ? NOT_PUBLISHED : ONE.format(value));

/** "4.3 points above", of a difference that is above zero where a value is above what it is compared with. */
export const apart = (value) =>
    (value == null ? NOT_PUBLISHED : `${ONE.format(Math.abs(value))} points ${value < 0 ? "below" : "above"}`);

/** "+1.1 points", of a change. */
export const points = (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${ONE.format(Math.abs(value))} points`;

export const count = (number, noun) => `${WHOLE.format(number)} ${noun}${number === 1 ? "" : "s"}`;

/** Seconds as "0.4 s", "1 min 5 s". */
export function duration(seconds) {
    if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
    return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
