// Many controls as one stop of the Tab key: within it the arrow keys move, Home and End go to the ends.

/** Make the controls of `box` that a selector finds one stop, also those that come later; `keys` go back and on. */
export function makeOneStop(box, selector, [back, on]) {
    const controls = () => [...box.querySelectorAll(selector)];
    box.addEventListener("focusin", ({target}) => target.matches(selector) && setStop(controls(), target));
    box.addEventListener("keydown", (event) => {
        if (!event.target.matches(selector) || event.ctrlKey || event.altKey || event.metaKey) return;
        const all = controls();
        const at = all.indexOf(event.target);
        const to = {[back]: at - 1, [on]: at + 1, Home: 0, End: all.length - 1}[event.key];
        if (to === undefined) return;
        event.preventDefault();
        all[to]?.focus();
    });
}

/** Let the Tab key stop at one of the controls only: the wanted one, the one that it stops at now, or the first. */
export function setStop(controls, wanted) {
    const stop = wanted ?? controls.find((control) => control.tabIndex === 0) ?? controls[0];
    for (const control of controls) control.tabIndex = control === stop ? 0 : -1;
}
