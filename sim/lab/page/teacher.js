// The data set's side of the page: epochs in portions, so that one may pause, step and look between.

const PORTION_MILLISECONDS = 120;
const WEIGHTS_MILLISECONDS = 700; // between two looks at the weights while it learns

export class Teacher {
  /**
   * @param {Lab} lab
   * @param {function} told called with { right, samples, cycles } of each portion
   * @param {function} looked called now and then, and at each end, to show weights
   */
  constructor(lab, told, looked) {
    Object.assign(this, { lab, told, looked, running: false });
  }

  pause() {
    this.running = false;
  }

  /** One sample: { pixels, label, prediction }, the last before it has learned. */
  async step() {
    const begun = performance.now();
    const { found, ...sample } = await this.lab.do((lab) => lab.step());
    this.#tell(found, performance.now() - begun);
    await this.looked();
    return sample;
  }

  /** To the end of the epoch, or until it is paused; true if the epoch is over. */
  async epoch() {
    this.running = true;
    const { epoch } = this.lab;
    let count = 4, looked = performance.now();
    try {
      while (this.running && this.lab.epoch === epoch) {
        const milliseconds = await this.#portion(count);
        count = Math.max(1, Math.round(count * Math.min(2, PORTION_MILLISECONDS / milliseconds)));
        if (performance.now() - looked > WEIGHTS_MILLISECONDS) {
          await this.looked();
          looked = performance.now();
        }
      }
    } finally {
      this.running = false;
    }
    await this.looked();
    return this.lab.epoch > epoch; // less: it was begun anew
  }

  async #portion(count) {
    const begun = performance.now();
    const found = await this.lab.do((lab) => lab.learn(count));
    const milliseconds = performance.now() - begun;
    this.#tell(found, milliseconds);
    return milliseconds;
  }

  #tell({ SAMPLES, CORRECT, CYCLES }, milliseconds) {
    this.told({ samples: SAMPLES, right: CORRECT, cycles: CYCLES, milliseconds });
  }
}
