// The pad: strokes by mouse, pen or finger.

const WIDTH = 0.09; // of the pen, of the pad

export class Pad {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {function} changed called with the strokes after each piece of one
   */
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.changed = changed;
    this.strokes = [];
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.strokes.push([]);
      this.#add(event);
      event.preventDefault();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) this.#add(event);
    });
  }

  clear() {
    this.strokes = [];
    this.draw();
  }

  #add(event) {
    const box = this.canvas.getBoundingClientRect();
    this.strokes.at(-1).push([(event.clientX - box.left) / box.width,
      (event.clientY - box.top) / box.height]);
    this.draw();
    this.changed(this.strokes);
  }

  draw() {
    const { width, height } = this.canvas;
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    context.strokeStyle = getComputedStyle(this.canvas).color;
    context.lineWidth = WIDTH * width;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of this.strokes) {
      context.beginPath();
      context.moveTo(stroke[0][0] * width, stroke[0][1] * height);
      for (const [x, y] of stroke) context.lineTo(x * width, y * height);
      context.stroke();
    }
  }
}
