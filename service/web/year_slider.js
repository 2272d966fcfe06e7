// The years of a map as a slider that can play them; each year is an ordinary view, which the address holds.

import {amend, listen} from "./address.js";
import {fill, h, set} from "./dom.js";

/** Milliseconds that a year stays while they are played. */
const STAY = 900;
const still = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * `show({all, now})` shows it, or hides it without years; `drawn(year, ahead)` says that the picture of a year is
 * there, and `ahead(year)` asks for another one in advance.
 */
export function makeYearSlider() {
    const button = h("button", {type: "button", onclick: () => (slider.playing ? stop(slider) : play(slider))});
    const range = h("input", {type: "range", min: 0, step: 1, "aria-label": "Year", oninput: () => slide(slider)});
    const output = h("output", {});
    const ends = [h("span", {class: "quiet"}), h("span", {class: "quiet"})];
    const element = h("div", {class: "years", hidden: true}, button, output, ends[0], range, ends[1]);
    const slider = {element, button, range, output, ends, all: [], playing: false, moving: false, timer: null};
    slider.show = (years) => show(slider, years);
    slider.drawn = (year, ahead) => goOn(slider, year, ahead);
    still.addEventListener("change", () => stop(slider));
    listen(() => slider.moving || stop(slider));
    stop(slider);
    return slider;
}

function show(slider, years) {
    slider.element.hidden = !years || years.all.length < 2;
    if (slider.element.hidden) return void stop(slider);
    const {range, ends} = slider;
    slider.all = years.all.map(String);
    fill(ends[0], slider.all[0]);
    fill(ends[1], slider.all.at(-1));
    range.max = slider.all.length - 1;
    range.value = Math.max(0, slider.all.indexOf(years.now));
    name(slider, years.now);
}

function name({range, output}, year) {
    set(range, "aria-valuetext", year);
    fill(output, year);
}

/** Take the year that the reader chose; an animation ends there. */
function slide(slider) {
    stop(slider);
    go(slider);
}

function go(slider) {
    const year = yearOf(slider);
    name(slider, year);
    slider.moving = true;
    amend({year});
    slider.moving = false;
}

const yearOf = ({all, range}) => all[Number(range.value)];
const isAtEnd = ({range}) => Number(range.value) >= Number(range.max);

/** From the present year on; from the first one at the end. */
function play(slider) {
    slider.playing = true;
    fill(slider.button, "Stop");
    if (isAtEnd(slider)) {
        slider.range.value = 0;
        go(slider);
    } else {
        step(slider);
    }
}

function step(slider) {
    slider.range.value = Number(slider.range.value) + 1;
    go(slider);
}

/** The next year after a while, once the picture of this one is drawn. */
function goOn(slider, year, ahead) {
    if (!slider.playing || year !== yearOf(slider)) return;
    if (isAtEnd(slider)) return void stop(slider);
    ahead(slider.all[Number(slider.range.value) + 1]);
    clearTimeout(slider.timer);
    slider.timer = setTimeout(() => step(slider), STAY);
}

/** Nothing moves by itself where the reader does not want motion: there is no button then. */
function stop(slider) {
    slider.playing = false;
    clearTimeout(slider.timer);
    fill(slider.button, "Play");
    slider.button.hidden = still.matches;
}
