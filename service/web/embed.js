// A frame in another page: the picture of a view, in which its source stands, and a link to the rest.

import {requestOfForm} from "./any_statistic.js";
import {read, write} from "./address.js";
import {answerOf} from "./api.js";
import {byId, fill, h} from "./dom.js";
import {load, statisticNamed} from "./catalog.js";
import {argumentsOf} from "./argument_form.js";
import {makePicture} from "./picture.js";
import {VIEWS, completed, requestOf} from "./views.js";

const main = byId("embed");

async function start() {
    try {
        await load();
        await show(completed(read(location.search)));
    } catch (error) {
        fill(main, h("p", {class: "notice"}, error.message));
    }
    document.body.dataset.ready = "yes";
}

/** A click leads nowhere: what would change is not in the frame. */
async function show(view) {
    const request = requestFor(view);
    if (!request) throw new Error("There is no picture of this view.");
    const statistic = request.pictured?.name ?? request.statistic;
    const {formAddress} = await answerOf({...request, statistic}, undefined, () => {});
    const picture = makePicture(() => {});
    const all = h("a", {href: write(view), target: "_blank", rel: "noopener"}, "All of it, with the table");
    fill(main, picture.element, h("p", {class: "quiet"}, all));
    await picture.show({formAddress, chart: request.chart, mark: request.mark});
}

function requestFor(view) {
    if (view.view !== "any") return VIEWS[view.view].about ? requestOf(view) : null;
    const statistic = statisticNamed(view.statistic);
    return statistic && requestOfForm(statistic, argumentsOf(statistic, view), {...view, job: ""});
}

start();
