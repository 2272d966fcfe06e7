// The question: a field that shows the chosen one, with a list of all of them by topic that is narrowed by typing.
// It is ARIA's combobox with a listbox: the focus stays in the field, and the arrow keys move through the list.

import {announce, fill, h} from "./dom.js";
import {catalog, questionFacts, questionOf} from "./catalog.js";
import {questionsWith, shortName} from "./question_names.js";
import {count} from "./value_format.js";

const LIST = "question-list";

/** `show(code)` shows the chosen question; `onChoose` is called with the code of another. */
export function makeQuestionPicker(onChoose) {
    const input = h("input", {
        id: "question", type: "text", role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false",
        "aria-controls": LIST, "aria-describedby": "question-facts", autocomplete: "off", spellcheck: "false",
    });
    const list = h("div", {id: LIST, role: "listbox", "aria-label": "Questions", class: "question-list", hidden: true});
    const facts = h("span", {id: "question-facts", class: "hidden"});
    const element = h("div", {class: "question-picker"}, h("label", {for: "question"}, "Question"), input, list, facts);
    const picker = {element, input, list, chosen: "", active: null, onChoose};
    picker.show = (code) => {
        const question = questionOf(code);
        picker.chosen = code;
        input.value = question ? shortName(question) : code;
        facts.textContent = question ? `Percent of adults; ${questionFacts(question)}` : "";
    };
    input.addEventListener("focus", () => input.select());
    input.addEventListener("click", () => open(picker, ""));
    input.addEventListener("input", () => open(picker, input.value));
    input.addEventListener("blur", () => close(picker));
    input.addEventListener("keydown", (event) => KEYS[event.key]?.(picker, event));
    // Pressing in the list leaves the focus in the field.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", ({target}) => choose(picker, target.closest("[role=option]")));
    return picker;
}

const isOpen = ({list}) => !list.hidden;

const KEYS = {
    ArrowDown: (picker, event) => step(picker, event, 1),
    ArrowUp: (picker, event) => step(picker, event, -1),
    Enter: (picker, event) => {
        if (!isOpen(picker)) return;
        event.preventDefault();
        choose(picker, picker.active);
    },
    Escape: (picker, event) => {
        if (!isOpen(picker)) return;
        event.preventDefault();
        close(picker);
        picker.input.select();
    },
};

function step(picker, event, by) {
    event.preventDefault();
    if (!isOpen(picker)) return open(picker, "");
    const options = [...picker.list.querySelectorAll("[role=option]")];
    const at = options.indexOf(picker.active);
    setActive(picker, options[(at + by + options.length) % options.length]);
}

/** Show the questions that a text finds, by topic; of all of them the chosen one is active, else the first. */
function open(picker, text) {
    const {input, list} = picker;
    const found = questionsWith(catalog.questions, text);
    const topics = [...Map.groupBy(found, ({topic}) => topic)];
    fill(list, topics.map(([topic, questions]) => h("div", {role: "group", "aria-label": topic},
        h("div", {class: "topic", "aria-hidden": "true"}, topic),
        questions.map((question) => makeOption(question, picker.chosen)))));
    if (found.length === 0) list.append(h("p", {class: "quiet"}, "No question has these words."));
    if (text) announce(found.length ? count(found.length, "question") : "No question has these words");
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    const options = [...list.querySelectorAll("[role=option]")];
    setActive(picker, (!text && options.find((option) => option.dataset.code === picker.chosen)) || options[0]);
}

const makeOption = (question, chosen) => h("div", {
    role: "option", id: `question-${question.code}`, "data-code": question.code,
    "aria-selected": question.code === chosen ? "true" : "false", title: question.question,
}, shortName(question), h("small", {}, questionFacts(question)));

function setActive(picker, option) {
    picker.active?.classList.remove("active");
    picker.active = option ?? null;
    option?.classList.add("active");
    option?.scrollIntoView({block: "nearest"});
    if (option) picker.input.setAttribute("aria-activedescendant", option.id);
    else picker.input.removeAttribute("aria-activedescendant");
}

function choose(picker, option) {
    if (!option) return;
    const {code} = option.dataset;
    const changed = code !== picker.chosen;
    picker.show(code);
    close(picker);
    picker.input.select();
    if (changed) picker.onChoose(code);
}

function close(picker) {
    picker.list.hidden = true;
    picker.input.setAttribute("aria-expanded", "false");
    setActive(picker, null);
    picker.show(picker.chosen);
}
