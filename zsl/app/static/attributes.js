// A class table in the making: names, answers to questions, and what is told apart by now.

import { ask, asker, byId, element, say } from "./common.js";
import { makeTable, numberIn } from "./cells.js";

let limits, names = { classes: [], attributes: [] }, question = null, done = [], unsaved = false;
const values = new Map(); // by the names of class and attribute, so that a name may be taken out and put back

const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;
const keyOf = (row, column) => JSON.stringify([names.classes[row], names.attributes[column]]);
const valueOf = (row, column) => values.get(keyOf(row, column)) ?? null;
const table = makeTable(byId("attributes-table"), valueOf, (row, column, value) => { set(keyOf(row, column), value); refresh(); });

const typed = (kind) => byId(`attributes-${kind}`).value.split("\n").map((line) => line.trim()).filter(Boolean);

function draft(of) {
  const rows = of.classes.map((label) => of.attributes.map((name) => values.get(JSON.stringify([label, name])) ?? null));
  return { classes: of.classes, attributes: of.attributes, values: rows };
}

function set(key, value) {
  done.push({ key, before: values.get(key) ?? null });
  values.set(key, value);
  unsaved = true;
}

function skipped(of) {
  const cells = done.filter((step) => step.skip).map((step) => JSON.parse(step.key));
  return cells.map(([label, name]) => [of.classes.indexOf(label), of.attributes.indexOf(name)])
    .filter((cell) => !cell.includes(-1)).slice(-limits.skip);
}

const refresh = asker(async (signal) => {
  const wanted = { classes: typed("classes"), attributes: typed("attributes") };
  const found = wanted.classes.length && wanted.attributes.length
    ? await ask("/api/attributes", { ...draft(wanted), skip: skipped(wanted) }, signal) : null;
  names = wanted;
  table.show(names);
  show(found);
}, (words) => {
  say("attributes-problem", words);
  if (!words) return;
  close();
  byId("attributes-question").textContent = "There is no question before that is put right.";
}, 60);

// Nothing can be answered while the next question isn't there.
function close() {
  question = null;
  byId("attributes-number").value = "";
}

function show(found) {
  close();
  question = found?.question ?? null;
  table.mark(question);
  byId("attributes-save").disabled = !found;
  byId("attributes-question").replaceChildren(...wordsOf(found));
  byId("attributes-gain").textContent = question ? `The answer is expected to tell ${question.pairs.toFixed(1)} pairs apart.` : "";
  byId("attributes-apart").textContent = found
    ? `${found.together} of ${plural(found.of, "pair", "pairs")} of classes ${found.together === 1 ? "isn't" : "aren't"} told apart yet; `
    + `${plural(found.open, "cell is", "cells are")} open.` : "";
  const more = found ? found.together - found.pairs.length : 0;
  list("attributes-pairs", [...(found?.pairs ?? []).map((pair) => pair.join(" – ")), ...(more ? [`and ${more} more`] : [])]);
  list("attributes-helpful", (found?.helpful ?? []).map(([name, pairs, count]) =>
    `${name}: about ${pairs.toFixed(1)} pairs by ${plural(count, "answer", "answers")}`));
}

function wordsOf(found) {
  if (!found) return ["Type two names of classes or more, and attributes that may tell them apart."];
  if (question) return [element("strong", {}, names.classes[question.row]), `: ${names.attributes[question.column]}?`];
  if (!found.together) return ["All pairs of classes are told apart."];
  return skipped(names).length ? ["All other questions were skipped; undo asks the last one again, another attribute new ones."]
    : ["No answer helps any more: an attribute is missing that tells these pairs apart."];
}

const list = (id, lines) => byId(id).replaceChildren(...(lines.length ? lines : ["none"]).map((line) => element("li", {}, line)));

function answer(value) {
  if (!question) return;
  const { row, column } = question;
  if (value === "skip") done.push({ key: keyOf(row, column), skip: true });
  else set(keyOf(row, column), value);
  table.update(column);
  close();
  refresh();
}

function undo() {
  const step = done.pop();
  if (!step) return say("attributes-problem", "There is nothing to undo.");
  if (!step.skip) values.set(step.key, step.before);
  table.show(names, true);
  close();
  refresh();
}

async function open(text) {
  try {
    if (text.length > limits.csv) throw new Error(`The table has ${text.length} characters; wanted ${limits.csv} at most.`);
    const found = await ask("/api/attributes/open", { text });
    values.clear();
    done = [];
    found.classes.forEach((label, row) => found.attributes.forEach((name, column) =>
      values.set(JSON.stringify([label, name]), found.values[row][column])));
    for (const kind of ["classes", "attributes"]) byId(`attributes-${kind}`).value = found[kind].join("\n");
    names = { classes: found.classes, attributes: found.attributes };
    table.show(names, true);
    unsaved = false;
    refresh();
  } catch (error) {
    say("attributes-problem", error.message);
  }
}

async function save() {
  try {
    const { text } = await ask("/api/attributes/save", draft(names));
    const link = element("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: "draft.csv" });
    link.click();
    unsaved = false;
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  } catch (error) {
    say("attributes-problem", error.message);
  }
}

export function startAttributes(state) {
  ({ limits } = state);
  for (const kind of ["classes", "attributes"]) byId(`attributes-${kind}`).addEventListener("input", refresh);
  byId("attributes-classes").value = "zebra\nhorse\ndonkey\ncrow\npenguin\ntrout";
  byId("attributes-attributes").value = "striped\nlong ears\nflies\nswims\nlives on land";
  byId("attributes-csv").maxLength = limits.csv;
  byId("attributes-read").addEventListener("click", () => open(byId("attributes-csv").value));
  byId("attributes-file").addEventListener("change", async ({ target }) => {
    const [chosen] = target.files;
    target.value = "";
    if (chosen) open(await chosen.slice(0, 4 * limits.csv + 4).text());
  });
  for (const [id, value] of [["yes", 1], ["no", 0], ["skip", "skip"]]) {
    byId(`attributes-${id}`).addEventListener("click", () => answer(value));
  }
  byId("attributes-undo").addEventListener("click", undo);
  byId("attributes-save").addEventListener("click", save);
  byId("attributes-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const value = numberIn(byId("attributes-number").value);
    if (value === null) say("attributes-problem", "That is no number; wanted yes, no or one, such as 4 or 0.5.");
    else answer(value);
  });
  byId("attributes-form").addEventListener("keydown", (event) => {
    if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = { y: () => answer(1), n: () => answer(0), s: () => answer("skip"), u: undo }[event.key.toLowerCase()];
    act?.();
  });
  addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
  refresh();
}
