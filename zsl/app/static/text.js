// Classes by names and example sentences, and a text that is sorted among them.

import { ask, asker, bestOf, byId, element, percent, say, showBars } from "./common.js";

let limits, classes = [];

const predict = asker(async (signal) => {
  const query = byId("text-query").value;
  if (!query.trim()) {
    byId("text-bars").replaceChildren();
    byId("text-answer").textContent = "Type a text.";
    return;
  }
  const found = await ask("/api/text", {
    classes: classes.map((each) => ({
      name: each.name.value, examples: each.examples.value.split("\n").filter((line) => line.trim()),
    })),
    query,
  }, signal);
  const best = bestOf(found.classes);
  const known = best.examples ? `its name and ${best.examples} ${best.examples === 1 ? "example" : "examples"}` : "its name alone";
  byId("text-answer").replaceChildren("Most like ", element("strong", {}, best.name), `: ${percent(best.p)}, by ${known}.`);
  showBars(byId("text-bars"), found.classes);
}, (words) => say("text-problem", words), 250);

function addClass(name, examples = "") {
  const own = {
    name: element("input", { value: name, maxLength: limits.name, "aria-label": "Name of the class" }),
    examples: element("textarea", { value: examples, rows: 2, placeholder: "Example sentences, one per line, if you have some" }),
    remove: element("button", { type: "button", className: "icon", title: "Remove this class" }, "✕"),
  };
  own.examples.setAttribute("aria-label", "Example sentences of the class, one per line");
  own.remove.setAttribute("aria-label", "Remove this class");
  own.remove.addEventListener("click", () => {
    classes = classes.filter((each) => each !== own);
    own.place.remove();
    count();
    predict();
  });
  for (const input of [own.name, own.examples]) input.addEventListener("input", predict);
  own.place = element("div", { className: "class", role: "group" },
    element("div", { className: "head" }, own.name, own.remove), own.examples);
  own.place.setAttribute("aria-label", "Class");
  classes.push(own);
  byId("text-classes").append(own.place);
  count();
  return own;
}

function count() {
  byId("text-add").disabled = classes.length >= limits.classes;
  for (const each of classes) each.remove.disabled = classes.length <= 2;
}

export function startText(state) {
  ({ limits } = state);
  addClass("lost or stolen card");
  addClass("card has not arrived", "I ordered a card two weeks ago and it is still not here");
  addClass("exchange rate", "how much do I get for euros");
  byId("text-query").maxLength = limits.text;
  byId("text-query").value = "My wallet was taken on the train";
  byId("text-query").addEventListener("input", predict);
  byId("text-form").addEventListener("submit", (event) => { event.preventDefault(); predict(); });
  byId("text-sort").disabled = false;
  byId("text-add").addEventListener("click", () => addClass("").name.focus());
  document.addEventListener("state-text", ({ detail }) => {
    if (detail.state === "missing") {
      say("text-problem", detail.complaint);
      byId("text-answer").textContent = "";
      for (const input of byId("text").querySelectorAll("input, textarea, button")) input.disabled = true;
    }
  });
  if (state.state !== "missing") predict();
}
