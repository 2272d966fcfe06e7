// The address holds the whole view: what is not in the query string is not remembered.
//     ?view=trend&question=Q036&place=OH&since=2015          any statistic's own arguments are arg.NAME=VALUE

/** The path of the page, which a proxy may have put under a prefix. */
const HOME = new URL(".", document.baseURI).pathname;
const WORDS = ["view", "question", "statistic", "year", "since", "until", "place", "job"];
const ARGUMENT = "arg.";
const listeners = [];

/** What a query string says: each of WORDS as a text, `places` as a list, `given` as {name: [texts]}. */
export function read(search) {
    const query = new URLSearchParams(search);
    const view = {places: [], given: {}};
    for (const word of WORDS) view[word] = query.get(word) ?? "";
    view.places = (query.get("places") ?? "").split(",").filter(Boolean);
    for (const name of query.keys()) {
        if (name.startsWith(ARGUMENT)) view.given[name.slice(ARGUMENT.length)] = query.getAll(name);
    }
    return view;
}

/** The query string of a view; what is empty is left out. */
export function write(view) {
    const query = new URLSearchParams();
    for (const word of WORDS) if (view[word]) query.set(word, view[word]);
    if (view.places.length) query.set("places", view.places.join(","));
    for (const [name, values] of Object.entries(view.given)) {
        for (const value of values) query.append(ARGUMENT + name, value);
    }
    return `${HOME}?${query}`.replace(/\?$/, "").replaceAll("%2C", ",");
}

/** The view that the address names now. */
export const current = () => read(location.search);

/** The address of the present view with some changes; what is asked anew is no longer the answer of an old job. */
export const withChanges = (changes) => write({...current(), job: "", ...changes});

/** Go to the present view with some changes. */
export const change = (changes) => go(withChanges(changes));

/** Go to an address of this page; the one left is a step back. */
export function go(address) {
    if (address !== location.pathname + location.search) history.pushState(null, "", address);
    tell();
}

/** Go to the present view with some changes, in its place: what moves through many views leaves one step back. */
export function amend(changes) {
    history.replaceState(null, "", withChanges(changes));
    tell();
}

/** Call `listener` whenever the address has changed. */
export function listen(listener) {
    listeners.push(listener);
}

function tell() {
    for (const listener of listeners) listener(current());
}

/** Whether a click asks for an address of this page, here and not in another tab. */
function staysHere(event, link) {
    return link && link.origin === location.origin && link.pathname === HOME && !link.hash && !link.download
        && !link.target && event.button === 0
        && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}

addEventListener("popstate", tell);
document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!staysHere(event, link)) return;
    event.preventDefault();
    go(link.pathname + link.search);
});
