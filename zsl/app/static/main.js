// The tabs, and the state of the parts while they are being loaded.

import { ask, byId } from "./common.js";
import { startAttributes } from "./attributes.js";
import { startDescribe } from "./describe.js";
import { startDraw } from "./draw.js";
import { startText } from "./text.js";

const parts = { describe: startDescribe, draw: startDraw, text: startText, attributes: startAttributes };
const tabs = [...document.querySelectorAll("[role=tab]")];

function show(name, focus = false) {
  for (const tab of tabs) {
    const own = tab.getAttribute("aria-controls") === name;
    tab.setAttribute("aria-selected", own);
    tab.tabIndex = own ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).hidden = !own;
    if (own && focus) tab.focus();
  }
  document.title = `zsl: ${name}`;
}

const named = () => (location.hash.slice(1) in parts ? location.hash.slice(1) : "describe");

for (const [place, tab] of tabs.entries()) {
  tab.addEventListener("click", () => { location.hash = tab.getAttribute("aria-controls"); });
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(place + step + tabs.length) % tabs.length];
    history.replaceState(null, "", `#${next.getAttribute("aria-controls")}`);
    show(named(), true);
  });
}
addEventListener("hashchange", () => show(named()));
show(named());

const started = new Set();
async function follow() {
  let waiting = true;
  try {
    const state = await ask("/api/state");
    waiting = false;
    for (const [name, start] of Object.entries(parts)) {
      const ready = state[name].state !== "loading" && (name !== "describe" || state[name].sentences !== "loading");
      waiting ||= !ready;
      const early = name !== "describe" || state[name].state !== "loading";
      if (early && !started.has(name)) {
        started.add(name);
        start(state[name]);
      }
      document.dispatchEvent(new CustomEvent(`state-${name}`, { detail: state[name] }));
    }
  } catch (error) {
    byId("describe-title").textContent = error.message;
  }
  if (waiting) setTimeout(follow, 700);
}
follow();
