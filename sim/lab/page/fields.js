// Weights as pictures: what each hidden neuron looks for, and the one that is chosen enlarged.

import { inHundredths } from "./decimals.js";
import { incoming, outgoing } from "./weights.js";
import { paint, scaleOf } from "./picture.js";

export class Fields {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.grid = root.querySelector("#fields");
    this.large = root.querySelector("#field");
    this.out = root.querySelector("#field-out");
    this.text = root.querySelector("#field-text");
    this.chosen = 0;
  }

  begin(design) {
    this.design = design;
    this.chosen = 0;
    this.grid.replaceChildren(...Array.from({ length: design.sizes[1] }, (_, neuron) => {
      const button = document.createElement("button");
      button.className = "field";
      button.append(document.createElement("canvas"));
      button.addEventListener("click", () => {
        this.chosen = neuron;
        this.show(this.image);
      });
      return button;
    }));
  }

  /** @param {Int16Array} image of the weights */
  show(image) {
    this.image = image;
    const inputs = this.design.sizes[0];
    const rows = [...this.grid.children].map((_, neuron) => incoming(this.design, image, "W1", neuron));
    const scale = scaleOf(rows.flatMap((row) => row.slice(0, inputs)));
    rows.forEach((row, neuron) => {
      const button = this.grid.children[neuron];
      paint(button.firstChild, row.slice(0, inputs).map((weight) => weight / scale), 8);
      button.setAttribute("aria-label", `hidden neuron ${neuron}`);
      button.setAttribute("aria-pressed", neuron === this.chosen);
    });
    const row = rows[this.chosen], out = outgoing(this.design, image, "W2", this.chosen);
    const own = row.slice(0, inputs);
    paint(this.large, own.map((weight) => weight / scaleOf(own)), 8);
    paint(this.out, out.map((weight) => weight / scaleOf(out)), out.length);
    this.text.textContent = `Hidden neuron ${this.chosen}, lane ${this.chosen % this.design.lanes}: `
      + `weights ${inHundredths(Math.min(...own))} … ${inHundredths(Math.max(...own))}`
      + (row.length > inputs ? `, bias ${inHundredths(row[inputs])}. ` : ". ")
      + "Below: its weights to the next layer.";
  }
}
