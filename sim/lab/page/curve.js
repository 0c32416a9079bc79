// Accuracy over samples as a line in SVG.

const WIDTH = 300, HEIGHT = 90;

export class Curve {
  /** @param {SVGElement} svg */
  constructor(svg) {
    this.svg = svg;
    this.lines = { learning: [], test: [] };
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  }

  clear() {
    this.lines = { learning: [], test: [] };
    this.draw();
  }

  /** Adds a point of "learning" or "test": after how many samples which share was right. */
  add(line, samples, share) {
    this.lines[line].push([samples, share]);
    this.draw();
  }

  draw() {
    const most = Math.max(1, ...Object.values(this.lines).flat().map(([samples]) => samples));
    const grid = [0, 0.5, 1].map((share) =>
      `<path class="grid" d="M0 ${y(share)}H${WIDTH}"/>`);
    const paths = Object.entries(this.lines).map(([name, points]) => {
      const path = points.map(([samples, share]) => `${x(samples / most)} ${y(share)}`);
      const dots = points.map(([samples, share]) =>
        `<circle class="${name}" cx="${x(samples / most)}" cy="${y(share)}" r="2"/>`);
      const line = path.length > 1 ? `<path class="${name}" d="M${path.join("L")}"/>` : "";
      return line + (name === "test" ? dots.join("") : "");
    });
    this.svg.innerHTML = [...grid, ...paths].join("");
  }
}

function x(part) {
  return 4 + part * (WIDTH - 8);
}

function y(share) {
  return HEIGHT - 4 - share * (HEIGHT - 8);
}
