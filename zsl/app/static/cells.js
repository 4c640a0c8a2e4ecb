// A table of cells that are clicked through yes, no and empty, or typed into; one of them is reached by Tab, the others by arrows.

import { element } from "./common.js";

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const LETTERS = { y: 1, n: 0, Backspace: null, Delete: null };

export function numberIn(text) {
  const found = text.trim() ? Number(text.trim().replace(",", ".")) : NaN;
  return Number.isFinite(found) ? found : null;
}

export function makeTable(place, valueOf, changed) {
  let names = { classes: [], attributes: [] }, cells = [], here = null;

  const isGraded = (column) => names.classes.some((_, row) => ![null, 0, 1].includes(valueOf(row, column)));

  function write(row, column, graded) {
    const value = valueOf(row, column), cell = cells[row][column];
    const words = value === null ? "" : graded ? String(value) : value ? "yes" : "no";
    cell.textContent = words || "·";
    cell.className = words ? `cell ${words}` : "cell";
    cell.setAttribute("aria-label", `${names.classes[row]}, ${names.attributes[column]}: ${words || "open"}`);
  }

  function update(column) {
    const graded = isGraded(column);
    names.classes.forEach((_, row) => write(row, column, graded));
  }

  function change(row, column, value) {
    changed(row, column, value);
    update(column);
  }

  function reach(row, column, focus) {
    if (here) here.tabIndex = -1;
    here = cells[row]?.[column] ?? null;
    if (here) here.tabIndex = 0;
    if (focus) here?.focus();
  }

  function type(row, column, first) {
    const cell = cells[row][column];
    const input = element("input", { className: "cell", value: first, inputMode: "decimal" });
    input.setAttribute("aria-label", `${cell.getAttribute("aria-label").replace(/: [^:]*$/, "")}: a number`);
    const end = (keep) => {
      if (!input.isConnected) return;
      const value = numberIn(input.value);
      input.onblur = null;
      input.replaceWith(cell);
      if (keep && value !== null) change(row, column, value);
    };
    input.onblur = () => end(true);
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      end(event.key === "Enter");
      reach(row, column, true);
    });
    cell.replaceWith(input);
    input.focus();
  }

  function pressed(event, row, column) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = ARROWS[event.key], key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (step) {
      if (cells[row + step[0]]?.[column + step[1]]) reach(row + step[0], column + step[1], true);
    } else if (key in LETTERS) change(row, column, LETTERS[key]);
    else if (/^[\d.,-]$/.test(key)) type(row, column, key);
    else return;
    event.preventDefault();
  }

  function cellAt(row, column) {
    const cell = element("button", { type: "button", tabIndex: -1 });
    cell.addEventListener("click", () => {
      const value = valueOf(row, column);
      reach(row, column, true);
      change(row, column, value === null ? 1 : value === 0 ? null : 0);
    });
    cell.addEventListener("keydown", (event) => pressed(event, row, column));
    return cell;
  }

  function build() {
    cells = names.classes.map((_, row) => names.attributes.map((__, column) => cellAt(row, column)));
    const head = element("tr", {}, element("td"), ...names.attributes.map((name) => element("th", { scope: "col" }, name)));
    const rows = names.classes.map((label, row) => element("tr", {}, element("th", { scope: "row" }, label),
      ...cells[row].map((cell) => element("td", {}, cell))));
    place.replaceChildren(...(names.classes.length && names.attributes.length
      ? [element("thead", {}, head), element("tbody", {}, ...rows)] : []));
    reach(0, 0);
  }

  return {
    update,
    // Show these names; what is there stays, with its focus, where they are the same.
    show(wanted, again = false) {
      const other = JSON.stringify(wanted) !== JSON.stringify(names);
      names = wanted;
      if (other) build();
      if (other || again) names.attributes.forEach((_, column) => update(column));
    },
    mark(asked) {
      for (const cell of place.querySelectorAll(".next")) cell.classList.remove("next");
      if (asked) cells[asked.row][asked.column].classList.add("next");
    },
  };
}
