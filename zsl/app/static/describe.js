// Sliders or a sentence describe a class; the gallery shows where it is found, and one picture why.

import { ask, asker, byId, element, percent, say } from "./common.js";

let attributes = [], inputs = [], chosen = null, byText = false;

const question = () => ({
  name: byId("describe-name").value,
  ...(byText ? { sentence: byId("describe-sentence").value } : { values: inputs.map((input) => Number(input.value)) }),
});

const find = asker(async (signal) => {
  const asked = question();
  showFound(asked.name, await ask("/api/describe", asked, signal));
  if (chosen !== null) why();
}, (words) => say("describe-problem", words));

const why = asker(async (signal) => {
  const place = chosen;
  showWhy(await ask("/api/describe/why", { ...question(), place }, signal));
}, (words) => say("describe-problem", words), 30);

function showFound(name, found) {
  const answer = byId("describe-answer");
  const hits = found.tiles.filter((tile) => tile.hit), others = found.tiles.filter((tile) => !tile.hit);
  const truth = found.truth?.length ? ` In truth: ${found.truth.map(([label, n]) => `${n} × ${label}`).join(", ")}.` : "";
  answer.replaceChildren(
    element("strong", {}, `${found.found} of ${found.of}`), ` are recognised as “${name}”.${truth}`,
    found.found > hits.length ? ` The best ${hits.length} are shown.` : "",
    found.found ? " Choose one to see why." : " Choose one of the next in line to see what is missing.",
  );
  byId("describe-hits").replaceChildren(...hits.map(tileOf));
  byId("describe-next").replaceChildren(...others.map(tileOf));
  byId("describe-next-title").hidden = !others.length;
}

function tileOf(tile) {
  const what = tile.hit ? percent(tile.p) : `as ${tile.as}`;
  const picture = tile.picture
    ? element("img", { src: tile.picture, alt: "", width: 56, height: 56 })
    : element("span", { className: "words" }, tile.name);
  const made = element("button", { type: "button", className: tile.hit ? "tile hit" : "tile" }, picture, what);
  const truth = tile.truth === null ? "" : `, in truth ${tile.truth}`;
  made.title = `${tile.name}${truth}: ${percent(tile.p)} for the new class, ${tile.hit ? `next ${tile.rival}` : `taken for ${tile.as}`}`;
  made.setAttribute("aria-label", made.title);
  made.setAttribute("aria-pressed", tile.place === chosen);
  made.dataset.place = tile.place;
  made.addEventListener("click", () => {
    chosen = tile.place;
    for (const each of document.querySelectorAll(".tile")) each.setAttribute("aria-pressed", each === made);
    why();
  });
  return made;
}

const figure = (value) => (value === null ? "–" : Number(value.toFixed(2)));

function showWhy(found) {
  byId("describe-why").hidden = false;
  const name = byId("describe-name").value, most = Math.max(...found.parts.map((part) => Math.abs(part.amount)), 1e-9);
  byId("describe-reason").textContent = found.complaint
    || `The score of “${name}” is ${Math.abs(found.total).toFixed(3)} ${found.total >= 0 ? "above" : "below"} that of ${found.rival}.`
    + " To the right: what speaks for it; to the left: against.";
  byId("describe-reasons").replaceChildren(...found.parts.map((part) => {
    const bar = element("i", { className: part.amount >= 0 ? "for" : "against" });
    bar.style.width = `${50 * Math.abs(part.amount) / most}%`;
    const values = part.own === null ? "" : `${figure(part.own)} here, ${figure(part.rival)} for ${found.rival}`;
    return element("div", { className: "reason" },
      element("span", {}, part.name, element("small", {}, values)),
      element("span", { className: "scale" }, bar),
      element("b", {}, (part.amount >= 0 ? "+" : "−") + Math.abs(part.amount).toFixed(3)));
  }));
}

function makeSliders() {
  byId("describe-sliders").replaceChildren(...attributes.map((attribute, place) => {
    const output = element("b", {}, "0");
    const input = element("input", {
      type: "range", min: attribute.low, max: attribute.high, step: "any", value: attribute.low,
    });
    input.addEventListener("input", () => { output.textContent = figure(Number(input.value)); find(); });
    inputs[place] = input;
    const hidden = attribute.low === attribute.high; // it tells no classes apart
    return element("label", { className: "slider", hidden }, attribute.name, output, input);
  }));
}

function setSlider(place, value) {
  inputs[place].value = value;
  inputs[place].previousElementSibling.textContent = figure(Number(inputs[place].value));
}

async function sayIt(event) {
  event.preventDefault();
  if (byText) return find();
  try {
    const { said } = await ask("/api/describe/sentence", { sentence: byId("describe-sentence").value });
    for (const input of inputs) input.parentElement.classList.remove("said");
    for (const { place, value } of said) {
      setSlider(place, value);
      inputs[place].parentElement.classList.add("said");
    }
    byId("describe-said").textContent = said.length
      ? said.map(({ place, value, phrase }) => `“${phrase}” → ${attributes[place].name} ${figure(value)}`).join("; ") + "."
      : "No phrase is near the name of an attribute; nothing was moved.";
    if (said.length) find();
  } catch (error) {
    byId("describe-said").textContent = error.message;
  }
}

export function startDescribe(state) {
  if (state.state === "missing") {
    byId("describe-title").textContent = state.complaint;
    byId("describe-form").hidden = true;
    return;
  }
  byId("describe-title").textContent = state.title;
  ({ attributes, by_text: byText } = state);
  byId("describe-name").maxLength = state.limits.name;
  byId("describe-sentence").maxLength = state.limits.sentence;
  byId("describe-attributes").hidden = byId("describe-start-field").hidden = byText;
  if (byText) byId("describe-say").textContent = "Look for it";
  makeSliders();
  const starts = Object.keys(state.starts), choice = byId("describe-start");
  choice.replaceChildren(element("option", { value: "" }, "nothing: all at their least"),
    ...starts.map((name) => element("option", { value: name }, name)));
  const begin = () => {
    const row = state.starts[choice.value] ?? attributes.map((attribute) => attribute.low);
    row.forEach((value, place) => setSlider(place, value));
    for (const input of inputs) input.parentElement.classList.remove("said");
    if (choice.value) byId("describe-name").value = choice.value;
    find();
  };
  choice.addEventListener("change", begin);
  if (starts.length) choice.value = starts[0];
  if (!byText) begin();
  byId("describe-form").addEventListener("submit", sayIt);
  byId("describe-name").addEventListener("input", find);
  document.addEventListener("state-describe", ({ detail }) => {
    const missing = detail.sentences === "missing";
    byId("describe-say").disabled = byId("describe-sentence").disabled = detail.sentences !== "ready";
    if (missing) byId("describe-said").textContent = detail.why_no_sentences;
  });
}
