// Questions in few words, and found by the words, the code or the topic that a reader remembers.

/** Short names by what a wording has in it; the first that fits counts. A question without one keeps its own words. */
const SHORT_NAMES = [
    [/fruit less than one time/, "Fruit less than once a day"],
    [/vegetables less than one time/, "Vegetables less than once a day"],
    [/have obesity/, "Obesity"],
    [/overweight classification/, "Overweight, not obese"],
    [/(150 minutes|aerobic guideline) .*and engage in muscle/, "Active 150 min. a week, and muscle strengthening"],
    [/300 minutes/, "Active 300 min. a week"],
    [/150 minutes/, "Active 150 min. a week"],
    [/engage in muscle-strengthening/, "Muscle strengthening 2 days a week"],
    [/no leisure-time physical activity/, "No leisure-time physical activity"],
];

/** "have obesity": the part of a question that tells it from the others. */
export const shortQuestion = ({question}) =>
    question.replace(/^Percent of adults (aged 18 years and older )?who /, "");

/** "Obesity": a question by a name of few words. */
export const shortName = ({question}) =>
    SHORT_NAMES.find(([words]) => words.test(question))?.[1] ?? shortQuestion({question});

/** "adults who have obesity": a question as a noun. */
export const questionNoun = ({question}) =>
    question.replace(/^Percent of (adults) (?:aged 18 years and older )?who /, "$1 who ");

/** The same for "Q36" and "q036". */
const foldedCode = (code) => String(code).toLowerCase().replace(/(?<!\d)0+(?=\d)/g, "");

/** The questions that have every word of a text in their name, wording or topic, or one of them as their code. */
export function questionsWith(questions, text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return questions.filter((question) => {
        const all = [question.code, shortName(question), question.question, question.topic].join(" ").toLowerCase();
        return words.every((word) => all.includes(word) || foldedCode(word) === foldedCode(question.code));
    });
}
