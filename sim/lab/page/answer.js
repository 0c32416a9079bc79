// The answer to a drawing: a bar for each class, which is also the button that corrects it.

import { inHundredths } from "./decimals.js";
import { paint, scaleOf } from "./picture.js";

export class Answer {
  /**
   * @param {HTMLElement} root
   * @param {function} taught called with the class that a drawing is said to be
   */
  constructor(root, taught) {
    this.digit = root.querySelector("#prediction");
    this.layers = root.querySelector("#layers");
    this.note = root.querySelector("#no-rates");
    this.bars = Array.from({ length: 10 }, (_, label) => {
      const button = document.createElement("button");
      button.className = "class";
      button.innerHTML = `<b>${label}</b><span class="track"><i></i></span><output></output>`;
      button.addEventListener("click", () => taught(label));
      root.querySelector("#classes").append(button);
      return button;
    });
  }

  /** @param {number[]} sizes of the layers */
  begin(sizes, results) {
    this.note.hidden = results;
    this.layers.replaceChildren(...sizes.map((size, layer) => {
      const figure = document.createElement("figure");
      const name = layer === 0 ? "inputs" : layer === sizes.length - 1 ? "outputs" : "hidden";
      figure.innerHTML = `<canvas class="dots"></canvas><figcaption>${size} ${name}</figcaption>`;
      figure.hidden = layer > 0 && !results;
      return figure;
    }));
    this.show(new Uint8Array(sizes[0]), null);
  }

  /** @param {?object} found what `Lab.look` returns; null shows nothing */
  show(pixels, found) {
    const rates = found?.rates ?? [];
    const values = rates.at(-1) ?? [];
    this.digit.textContent = found ? found.prediction : "–";
    const scale = scaleOf(values);
    this.bars.forEach((button, label) => {
      const value = values[label] ?? 0;
      button.querySelector("i").style.width = `${(Math.max(0, value) / scale) * 100}%`;
      button.querySelector("output").textContent = values.length ? inHundredths(value) : "";
      button.classList.toggle("chosen", found?.prediction === label);
      button.setAttribute("aria-label", `It is a ${label}: learn that`
        + (values.length ? `; value now ${inHundredths(value)}` : ""));
      button.disabled = !found;
    });
    const shown = [Array.from(pixels, (pixel) => pixel / 16), ...rates];
    this.layers.querySelectorAll("canvas").forEach((canvas, layer) => {
      // All are 8 rows or 5 high.
      const columns = layer === 0 ? 8 : layer === shown.length - 1 ? 2 : 4;
      paint(canvas, shown[layer] ?? [], columns);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", layer === 0 ? "the drawing in 8 x 8 pixels"
        : `rates ${(shown[layer] ?? []).map(inHundredths).join(", ")}`);
    });
  }
}
