// scikit-learn's digits: 64 pixels of 0 .. 16 and a class each, first those to learn from.

export class Digits {
  static async load(url, training) {
    const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
    const samples = [];
    for (let start = 0; start < bytes.length; start += 65) {
      samples.push([bytes.subarray(start, start + 64), bytes[start + 64]]);
    }
    return new Digits(samples, training);
  }

  constructor(samples, training) {
    this.samples = samples;
    this.training = training; // how many are to learn from
    this.test = samples.length - training;
  }

  /** These, or as many as a board has room for: four to learn from for each to test. */
  limitedTo(count) {
    if (count >= this.samples.length) return this;
    const training = Math.min(this.training, Math.floor(0.8 * count));
    const test = this.samples.slice(this.training, this.training + count - training);
    return new Digits([...this.samples.slice(0, training), ...test], training);
  }

  /** One of the test samples, at random. */
  any() {
    return this.samples[this.training + Math.floor(Math.random() * this.test)];
  }
}
