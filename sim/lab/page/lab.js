// What one does in the lab, on any board: draw, teach, learn an epoch, test, hurt a lane.

import { Board } from "./board.js";
import { Link } from "./link.js";
import { nextIndex } from "./order.js";
import { withoutLane } from "./weights.js";

export class Lab {
  /**
   * @param {object} common of the file lab.json
   * @param {Digits} digits
   */
  constructor(common, digits) {
    this.common = common;
    this.allDigits = this.digits = digits;
    this.queue = Promise.resolve();
    this.#forget();
  }

  /** Nothing is learned yet. */
  #forget() {
    Object.assign(this, { learned: 0, epoch: 0, done: 0, shuffleState: 0 });
  }

  /** Does one thing after the other: a board runs one run at a time. */
  do(work) {
    const done = this.queue.then(() => work(this));
    this.queue = done.catch(() => {});
    return done;
  }

  /** Takes another board, of this design, and begins anew on it; `told` hears the samples' share. */
  async open(design, carrier, told) {
    this.design = design;
    this.digits = this.allDigits.limitedTo(design.capacity - 1);
    this.board = new Board(new Link(carrier, this.common.protocol), design);
    await this.board.claim();
    await this.board.writeSamples(0, this.digits.samples, told);
    await this.begin();
  }

  /** Lets go of the board, if there is one. */
  async close() {
    const { board } = this;
    this.board = null;
    this.#forget();
    await board?.link.carrier.close();
  }

  /** Back to the weights before all learning. */
  async begin() {
    if (this.design.generators.length) await this.board.writeGenerators(this.design.generators);
    await this.board.writeWeights(Int16Array.from(this.design.start));
    this.#forget();
  }

  /** Place of the drawing in the sample memory, behind the data set. */
  get #drawing() {
    return this.digits.samples.length;
  }

  /** What the board makes of 64 pixels: { prediction, rates }. */
  async look(pixels) {
    await this.board.writeSamples(this.#drawing, [[pixels, 0]]);
    return this.board.infer(this.#drawing);
  }

  /** Learns once that these pixels are of a class. */
  async teach(pixels, label) {
    await this.board.writeSamples(this.#drawing, [[pixels, label]]);
    await this.board.run(1, { train: true, first: this.#drawing });
    this.learned++;
  }

  /** Learns one sample more of the epoch in work: { found, pixels, label, prediction }. */
  async step() {
    const { training } = this.digits, { masks, shuffleTaps } = this.design;
    const place = nextIndex(this.shuffleState,
      { mask: masks[this.epoch % masks.length], taps: shuffleTaps, size: training });
    await this.board.run(1, { first: place }); // a board keeps no class of what it learns
    const prediction = await this.board.prediction(place);
    const found = await this.learn(1);
    const [pixels, label] = this.digits.samples[place];
    return { found, pixels, label, prediction };
  }

  /** Learns up to `count` samples more of the epoch in work; the registers then. */
  async learn(count) {
    const { training } = this.digits, { masks } = this.design;
    const found = await this.board.run(Math.min(count, training - this.done), {
      train: true, size: training, mask: masks[this.epoch % masks.length], state: this.shuffleState,
    });
    this.learned += found.SAMPLES;
    this.done += found.SAMPLES;
    this.shuffleState = found.SHUFFLE_STATE;
    if (this.done === training) {
      Object.assign(this, { epoch: this.epoch + 1, done: 0, shuffleState: 0 });
    }
    return found;
  }

  /** Share of the test samples that it gets right, without learning from them. */
  async measure() {
    const { training, test } = this.digits;
    return (await this.board.run(test, { first: training })).CORRECT / test;
  }

  weights() {
    return this.board.readWeights();
  }

  /** Sets all weights of a lane to zero: the neurons that it computes lose what they know. */
  async zeroLane(lane) {
    await this.board.writeWeights(withoutLane(this.design, await this.weights(), lane));
  }
}
