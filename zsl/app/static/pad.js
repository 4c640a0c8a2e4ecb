// A pad to draw one symbol on: by pointer, by an example, or by a picture from a file.

import { ask, element } from "./common.js";
import { byHand, symbols } from "./symbols.js";

const SIDE = 28, INK = 20, FINE = 4, WIDTH = 1.7;

export class Pad {
  constructor(label, changed) {
    this.strokes = [];
    this.pixels = null; // those of a picture, instead of strokes
    this.note = "";
    this.changed = changed;
    this.canvas = element("canvas", { width: 264, height: 264, tabIndex: 0, role: "img" });
    this.label = label;
    this.problem = element("p", { className: "problem", role: "alert", hidden: true });
    this.place = element("div", { className: "pad" }, this.canvas, this.#tools(), this.problem);
    this.#listen();
    this.#paint();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#paint());
  }

  get isEmpty() { return !this.strokes.length && !this.pixels; }

  rename(label) { this.label = label; this.#describe(); }

  example(name) { this.#set({ strokes: byHand(name) }); }

  // 28 × 28 bytes in base64: the strokes brought to 20 of 28 pixels, equally thick whatever their size was.
  drawing() {
    if (this.pixels) return this.pixels;
    const points = this.strokes.flat(), xs = points.map(([x]) => x), ys = points.map(([, y]) => y);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const scale = Math.min((INK - WIDTH) / Math.max(right - left, bottom - top, 0.05), 60) * FINE;
    const canvas = element("canvas", { width: SIDE * FINE, height: SIDE * FINE }), pen = canvas.getContext("2d");
    const middle = (SIDE * FINE) / 2, [x0, y0] = [(left + right) / 2, (top + bottom) / 2];
    trace(pen, this.strokes.map((s) => s.map(([x, y]) => [middle + (x - x0) * scale, middle + (y - y0) * scale])), WIDTH * FINE);
    const { data } = pen.getImageData(0, 0, SIDE * FINE, SIDE * FINE), bytes = new Uint8Array(SIDE * SIDE);
    for (let y = 0; y < SIDE; y++) for (let x = 0; x < SIDE; x++) {
      let sum = 0;
      for (let v = 0; v < FINE; v++) for (let u = 0; u < FINE; u++) sum += data[4 * ((y * FINE + v) * SIDE * FINE + x * FINE + u) + 3];
      bytes[y * SIDE + x] = Math.round(sum / FINE ** 2);
    }
    return btoa(String.fromCharCode(...bytes));
  }

  #set({ strokes = [], pixels = null, note = "" }) {
    Object.assign(this, { strokes, pixels, note });
    this.problem.hidden = true;
    this.#paint();
    this.changed();
  }

  #undo() { this.#set({ strokes: this.pixels ? [] : this.strokes.slice(0, -1) }); }

  #tools() {
    const button = (words, act) => {
      const made = element("button", { type: "button" }, words);
      made.addEventListener("click", act);
      return made;
    };
    const choice = element("select", { "aria-label": "Example symbol" }, element("option", { value: "" }, "Example …"),
      ...Object.keys(symbols).map((name) => element("option", { value: name }, name)));
    choice.addEventListener("change", () => { if (choice.value) this.example(choice.value); choice.value = ""; });
    const file = element("input", { type: "file", accept: "image/png,image/jpeg,image/webp,image/gif,image/bmp,image/tiff" });
    file.addEventListener("change", () => this.#upload(file));
    const picture = element("label", { title: "A picture of one symbol, from a file" }, "Picture", file);
    return element("div", { className: "tools" },
      button("Undo", () => this.#undo()), button("Clear", () => this.#set({})), picture, choice);
  }

  async #upload(file) {
    const [chosen] = file.files;
    file.value = "";
    if (!chosen) return;
    try {
      const { drawing, note } = await ask("/api/draw/picture", await chosen.arrayBuffer());
      this.#set({ pixels: drawing, note });
    } catch (error) {
      this.problem.textContent = error.message;
      this.problem.hidden = false;
    }
  }

  #listen() {
    let stroke = null;
    const point = (event) => {
      const box = this.canvas.getBoundingClientRect(), within = (value) => Math.min(1, Math.max(0, value));
      return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      if (event.button || stroke) return;
      event.preventDefault();
      this.canvas.focus({ preventScroll: true });
      this.canvas.setPointerCapture(event.pointerId);
      if (this.pixels) this.#set({});
      stroke = [point(event)];
      this.strokes.push(stroke);
      this.#paint();
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!stroke) return;
      for (const each of event.getCoalescedEvents?.() ?? [event]) stroke.push(point(each));
      this.#paint();
    });
    const end = () => { if (stroke) { stroke = null; this.#describe(); this.changed(); } };
    this.canvas.addEventListener("pointerup", end);
    this.canvas.addEventListener("pointercancel", end);
    this.canvas.addEventListener("keydown", (event) => {
      if (event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey))) this.#undo();
      else if (event.key === "Delete") this.#set({});
      else return;
      event.preventDefault();
    });
  }

  #describe() {
    const n = this.strokes.length;
    const what = this.pixels ? "from a picture" : n ? `${n} ${n === 1 ? "stroke" : "strokes"}` : "empty";
    this.canvas.setAttribute("aria-label", `${this.label}: ${what}. Backspace undoes, Delete clears.`);
    this.canvas.classList.toggle("inked", !this.isEmpty);
  }

  #paint() {
    const { width } = this.canvas, pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, width, width);
    pen.fillStyle = pen.strokeStyle = getComputedStyle(this.canvas).color;
    if (this.pixels) {
      const size = width / SIDE;
      [...atob(this.pixels)].forEach((sign, k) => {
        pen.globalAlpha = sign.charCodeAt(0) / 255;
        pen.fillRect((k % SIDE) * size, Math.floor(k / SIDE) * size, size + 0.3, size + 0.3);
      });
      pen.globalAlpha = 1;
    } else trace(pen, this.strokes.map((s) => s.map(([x, y]) => [x * width, y * width])), 13);
    this.#describe();
  }
}

function trace(pen, strokes, width) {
  pen.lineCap = pen.lineJoin = "round";
  pen.lineWidth = width;
  for (const stroke of strokes) {
    pen.beginPath();
    pen.moveTo(...stroke[0]);
    for (const point of stroke) pen.lineTo(...point);
    pen.stroke();
  }
}
