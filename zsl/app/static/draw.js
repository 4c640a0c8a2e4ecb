// Classes of drawings, and one more drawing that is compared with them.

import { ask, asker, bestOf, byId, element, percent, say, showBars } from "./common.js";
import { Pad } from "./pad.js";
import { symbols } from "./symbols.js";

let limits, query, classes = [];
const LETTERS = "ABCDEFGHIJ";

const predict = asker(async (signal) => {
  const drawn = classes.filter((each) => each.pads.some((pad) => !pad.isEmpty));
  const pads = [query, ...classes.flatMap((each) => each.pads)];
  say("draw-note", pads.find((pad) => pad.note)?.note ?? "");
  if (drawn.length < 2 || query.isEmpty) {
    byId("draw-bars").replaceChildren();
    byId("draw-answer").textContent = drawn.length < 2
      ? `Draw at least two classes, then a symbol here; ${drawn.length} so far.` : "Now draw a symbol here.";
    return;
  }
  const found = await ask("/api/draw", {
    classes: drawn.map((each) => ({
      name: each.name.value, drawings: each.pads.filter((pad) => !pad.isEmpty).map((pad) => pad.drawing()),
    })),
    query: query.drawing(),
  }, signal);
  const best = bestOf(found.classes);
  byId("draw-answer").replaceChildren("Most like ", element("strong", {}, best.name), `: ${percent(best.p)}.`);
  if (found.note) say("draw-note", found.note);
  showBars(byId("draw-bars"), found.classes);
}, (words) => say("draw-problem", words));

function addClass() {
  const own = { pads: [] };
  const letter = [...LETTERS].find((each) => !classes.some((other) => other.name.value === each)) ?? "";
  own.name = element("input", { value: letter, maxLength: limits.name, "aria-label": "Name of the class" });
  own.name.addEventListener("input", () => { label(own); predict(); });
  const remove = element("button", { type: "button", className: "icon", title: "Remove this class" }, "✕");
  remove.setAttribute("aria-label", "Remove this class");
  remove.addEventListener("click", () => {
    classes = classes.filter((each) => each !== own);
    own.place.remove();
    count();
    predict();
  });
  own.remove = remove;
  own.places = element("div", { className: "pads" });
  own.more = element("button", { type: "button", className: "more" }, "+ another drawing");
  own.more.addEventListener("click", () => addPad(own).canvas.focus());
  own.place = element("div", { className: "class", role: "group" },
    element("div", { className: "head" }, own.name, remove), own.places, own.more);
  classes.push(own);
  addPad(own);
  byId("draw-classes").append(own.place);
  count();
  return own;
}

function addPad(own) {
  const pad = new Pad("", predict);
  own.pads.push(pad);
  own.places.append(pad.place);
  own.more.hidden = own.pads.length >= limits.drawings;
  label(own);
  return pad;
}

function label(own) {
  own.place?.setAttribute("aria-label", `Class ${own.name.value}`);
  own.pads.forEach((pad, k) => pad.rename(`Drawing ${k + 1} of class ${own.name.value}`));
}

function count() {
  byId("draw-add").disabled = classes.length >= limits.classes;
  for (const each of classes) each.remove.disabled = classes.length <= 2;
}

function fill() {
  while (classes.length < 3) addClass();
  const names = Object.keys(symbols).sort(() => Math.random() - 0.5);
  classes.forEach((each, k) => { each.name.value = names[k]; each.pads[0].example(names[k]); label(each); });
  query.example(names[Math.floor(Math.random() * classes.length)]);
}

export function startDraw(state) {
  if (state.state === "missing") { say("draw-problem", state.complaint); return; }
  ({ limits } = state);
  query = new Pad("The symbol to recognise", predict);
  byId("draw-query").append(query.place);
  addClass();
  addClass();
  addClass();
  byId("draw-add").addEventListener("click", () => addClass().pads[0].canvas.focus());
  byId("draw-fill").addEventListener("click", fill);
}
