// Example symbols, as strokes of points from 0 to 1, for whoever draws by the keyboard or wants to look around first.

const arc = (x, y, r, from, to, n = 28) => Array.from({ length: n + 1 }, (_, k) => {
  const angle = from + ((to - from) * k) / n;
  return [x + r * Math.cos(angle), y + r * Math.sin(angle)];
});
const turn = 2 * Math.PI;

export const symbols = {
  circle: [arc(0.5, 0.5, 0.32, 0, turn)],
  cross: [[[0.2, 0.2], [0.8, 0.8]], [[0.8, 0.2], [0.2, 0.8]]],
  triangle: [[[0.5, 0.18], [0.84, 0.8], [0.16, 0.8], [0.5, 0.18]]],
  zigzag: [[[0.15, 0.3], [0.38, 0.72], [0.52, 0.3], [0.68, 0.72], [0.86, 0.3]]],
  spiral: [Array.from({ length: 60 }, (_, k) => [0.5 + 0.0058 * k * Math.cos(k / 4.6), 0.5 + 0.0058 * k * Math.sin(k / 4.6)])],
  arrow: [[[0.15, 0.5], [0.85, 0.5]], [[0.6, 0.26], [0.85, 0.5], [0.6, 0.74]]],
  ladder: [[[0.3, 0.15], [0.3, 0.85]], [[0.7, 0.15], [0.7, 0.85]], [[0.3, 0.38], [0.7, 0.38]], [[0.3, 0.62], [0.7, 0.62]]],
  hook: [[[0.36, 0.15], [0.36, 0.6], ...arc(0.52, 0.6, 0.16, Math.PI, 0, 14), [0.68, 0.5]]],
  trident: [[[0.5, 0.15], [0.5, 0.85]], [[0.22, 0.2], ...arc(0.5, 0.32, 0.28, Math.PI, 0, 16), [0.78, 0.2]]],
  square: [[[0.22, 0.22], [0.78, 0.22], [0.78, 0.78], [0.22, 0.78], [0.22, 0.22]]],
};

// The symbol as another hand would draw it: a little turned, stretched and sheared.
export function byHand(name) {
  const wobble = (most) => most * (2 * Math.random() - 1);
  const angle = wobble(0.16), stretch = 1 + wobble(0.12), shear = wobble(0.12);
  return symbols[name].map((stroke) => stroke.map(([x, y]) => {
    const u = (x - 0.5) * stretch + shear * (y - 0.5) + wobble(0.002), v = (y - 0.5) / stretch + wobble(0.002);
    return [0.5 + u * Math.cos(angle) - v * Math.sin(angle), 0.5 + u * Math.sin(angle) + v * Math.cos(angle)];
  }));
}
