// Pictures: the server's Vega-Lite spec, drawn here as SVG. The same spec is behind the server's own .svg and .png.

import {fetchJson} from "./api.js";
import {byId, details, fill, h} from "./dom.js";
import {theme} from "./theme.js";
import {makeYearSlider} from "./year_slider.js";

const STEP = 20;
const PATIENCE = 400;
const NARROWEST = 200;
/** Pixels that a picture takes at most; a taller map would not be seen at a glance. */
const WIDEST = {map: 760};
const WIDEST_ELSE = 1100;
const HOW_TO_READ = [
    "Each place is a tile of the same size, about where it lies. So the District of Columbia and the territories can be"
    + " seen, and a large area does not look like many people.",
    "Colours are those of the question over all of its years: a figure has the same colour in every year. Where one end"
    + " of the figures is better, a darker orange is worse; of differences orange is worse and green is better.",
    "A tile without a colour has a sign, which the legend explains: the figure is missing, which does not mean low.",
];
let library;

/** The drawing library; it is fetched once, and again only after a failure. */
function loadLibrary() {
    const {href} = byId("vega");
    library ??= import(href).catch(async () => {
        library = null;
        await fetchJson(href);
        throw new Error("The drawing library could not be loaded.");
    });
    return library;
}

/**
 * A place for pictures: `show({formAddress, chart, mark, years})` draws one, and anew when width or theme change.
 *
 * With `years: {all, now, formAddress(year, form, extra)}` it has a slider of years; null says that there is none.
 */
export function makePicture(onPlace) {
    const host = h("div", {class: "picture"});
    const slider = makeYearSlider();
    const help = details("help", "How to read this map", false, HOW_TO_READ.map((text) => h("p", {}, text)));
    help.classList.add("help");
    const element = h("figure", {}, slider.element, host);
    const picture = {element, slider, help, wanted: null, view: null, address: "", drawing: null};
    picture.show = (wanted) => {
        picture.wanted = wanted;
        slider.show(wanted.years);
        return draw(picture, host, onPlace);
    };
    picture.hide = () => {
        Object.assign(picture, {wanted: null, address: ""});
        slider.show(null);
        clear(picture, host);
        picture.element.hidden = true;
    };
    const again = () => picture.wanted && draw(picture, host, onPlace).catch(() => {});
    new ResizeObserver(later(again)).observe(host);
    theme.listen(again);
    return picture;
}

/** Draw what is wanted as wide and in the theme that it would be now; the same is not drawn twice. */
function draw(picture, host, onPlace) {
    const {wanted} = picture;
    picture.element.hidden = false;
    const isExplained = wanted.chart === "map" && wanted.years !== undefined;
    if (!isExplained) picture.help.remove();
    else if (!picture.element.contains(picture.help)) picture.element.append(picture.help);
    const look = {...wishes(wanted), width: widthOf(host, wanted), theme: theme.now()};
    const address = wanted.formAddress("vegalite", look);
    if (address !== picture.address) {
        picture.address = address;
        picture.drawing = drawNow(picture, host, address, onPlace).catch((error) => {
            if (picture.address === address) picture.address = "";
            throw error;
        });
        // What is asked in advance is a wish; if it fails, the year itself will say why.
        const ahead = (year) => fetchJson(wanted.years.formAddress(year, "vegalite", look)).catch(() => {});
        picture.drawing.then(() => picture.slider.drawn(wanted.years?.now, ahead), () => {});
    }
    return picture.drawing;
}

async function drawNow(picture, host, address, onPlace) {
    const timer = setTimeout(() => picture.view || fill(host, h("p", {class: "quiet"}, "Drawing …")), PATIENCE);
    const [{body: spec}, {vegaEmbed}] = await Promise.all([fetchJson(address), loadLibrary()])
        .finally(() => clearTimeout(timer));
    if (picture.address !== address) return;
    const canvas = h("div");
    const {view} = await vegaEmbed(canvas, spec, {
        mode: "vega-lite", ast: true, actions: false, defaultStyle: false, renderer: "svg", tooltip: showTip,
    });
    if (picture.address !== address) return void view.finalize();
    clear(picture, host);
    host.append(canvas);
    picture.view = view;
    view.addEventListener("click", (_, item) => item?.datum?.state && onPlace(item.datum.state));
    describe(host, canvas, spec);
}

const wishes = ({chart, mark}) => ({...(chart && {chart}), ...(mark?.length && {mark})});

/** The addresses of the same picture as files. */
export const pictureFile = (wanted, form) =>
    wanted.formAddress(form, {...wishes(wanted), width: 900, ...(form === "png" && {scale: 2})});

function clear(picture, host) {
    picture.view?.finalize();
    picture.view = null;
    host.replaceChildren();
    hideTip();
}

/** One image with a sentence, instead of hundreds of marks without order; the table has the values. */
function describe(host, canvas, spec) {
    host.setAttribute("role", "img");
    host.setAttribute("aria-label", spec.description ?? "Picture of the table below");
    canvas.setAttribute("aria-hidden", "true");
    canvas.removeAttribute("role");
}

const widthOf = (host, {chart}) =>
    Math.max(NARROWEST, Math.min(WIDEST[chart] ?? WIDEST_ELSE, Math.floor(host.clientWidth / STEP) * STEP));

function later(action, milliseconds = 150) {
    let timer;
    return () => {
        clearTimeout(timer);
        timer = setTimeout(action, milliseconds);
    };
}

const tip = h("div", {class: "tip", hidden: true, "aria-hidden": "true"});
document.body.append(tip);
addEventListener("scroll", hideTip, {passive: true});

function hideTip() {
    tip.hidden = true;
}

/** Vega's tooltip handler; the value is `{title, …}`, texts by their names. */
function showTip(_, event, __, value) {
    if (value == null || value === "") return hideTip();
    const {title, ...texts} = typeof value === "object" ? value : {title: value};
    const lines = Object.entries(texts).map(([name, text]) => h("div", {}, `${name}: ${text}`));
    fill(tip, h("strong", {}, title), lines);
    tip.hidden = false;
    const {offsetWidth: width, offsetHeight: height} = tip;
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 8))}px`;
    tip.style.top = `${event.clientY + height + 24 > innerHeight ? event.clientY - height - 10 : event.clientY + 14}px`;
}
