// How many of the last samples were right: one portion alone says little.

export const WINDOW = 100; // samples

export class Recent {
  constructor() {
    this.clear();
  }

  clear() {
    Object.assign(this, { portions: [], samples: 0, right: 0 });
  }

  /** Takes a portion; forgets the oldest ones that are not needed for the last 100 samples. */
  add({ samples, right }) {
    this.portions.push([samples, right]);
    this.samples += samples;
    this.right += right;
    while (this.samples - this.portions[0][0] >= WINDOW) {
      const [samples_, right_] = this.portions.shift();
      this.samples -= samples_;
      this.right -= right_;
    }
  }

  get share() {
    return this.right / this.samples;
  }
}
