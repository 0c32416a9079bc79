// A board as the page sees it: weights, samples, runs and counters over the link.

import { LinkError, little } from "./link.js";

const UNTIL_STUCK = 10_000; // milliseconds that a run's counters may stand still

export class Board {
  /**
   * @param {Link} link
   * @param {object} design of the file RULE.json
   */
  constructor(link, design) {
    this.link = link;
    this.design = design;
    this.protocol = link.protocol;
    this.session = 1 + Math.floor(Math.random() * 0xffff); // in CONTROL's high half
  }

  /** LinkError unless a board of this very design answers; then it is this page's. */
  async claim() {
    const { spaces, identityBytes, version } = this.protocol; // "CG", version, rule, digest
    const found = await this.link.read(spaces.IDENTITY, 0, identityBytes);
    const digest = [...found.subarray(4, 12)].map((b) => b.toString(16).padStart(2, "0")).join("");
    if (found[0] !== 0x43 || found[1] !== 0x47 || found[2] !== version) {
      throw new LinkError("This board does not speak this page's protocol.");
    }
    if (digest !== this.design.digest) {
      throw new LinkError(`The board runs the design ${digest}, this page knows `
        + `${this.design.digest}: start cortigate lab with --design and the board's own design.`);
    }
    await this.#writeRegisters("CONTROL", [this.#control()]);
  }

  #control(...bits) {
    const { control } = this.protocol;
    return this.session * 0x10000 + bits.reduce((sum, name) => sum + control[name], 0);
  }

  async #writeRegisters(first, values) {
    const { spaces, registers } = this.protocol;
    await this.link.write(spaces.REGISTERS, registers[first], values.length,
      values.flatMap((value) => little(value, 4)));
  }

  /** Registers by name; LinkError if the board is not this page's any more. */
  async registers() {
    const { spaces, registers } = this.protocol;
    const names = Object.keys(registers);
    const bytes = await this.link.read(spaces.REGISTERS, 0, names.length);
    const words = new DataView(bytes.buffer, bytes.byteOffset);
    const found = {};
    names.forEach((name, place) => { found[name] = words.getUint32(4 * place, true); });
    if (found.CONTROL >>> 16 !== this.session) {
      throw new LinkError("The board was reset, or another program has taken it over: load the page "
        + "again.");
    }
    return found;
  }

  // ---- memories ---------------------------------------------------------------------------------

  async #readBytes(space, address, count, size, stride = 1) {
    const step = Math.floor(this.protocol.readBytes / size);
    const out = new Uint8Array(count * size);
    for (let start = 0; start < count; start += step) {
      const words = Math.min(step, count - start);
      out.set(await this.link.read(space, address + start * stride, words, stride), start * size);
    }
    return out;
  }

  async #writeBytes(space, address, bytes, size, told = () => {}) {
    const step = Math.floor(this.protocol.writeBytes / size) * size;
    for (let start = 0; start < bytes.length; start += step) {
      const part = bytes.subarray(start, start + step);
      await this.link.write(space, address + start / size, part.length / size, part);
      told((start + part.length) / bytes.length);
    }
  }

  /** The whole weight memory, Int16Array: place = word << lane bits | lane. */
  async readWeights() {
    const { weightWords } = this.design;
    const bytes = await this.#readBytes(this.protocol.spaces.WEIGHTS, 0, weightWords, 2);
    const image = new Int16Array(bytes.buffer);
    const unused = 16 - this.design.weightBits;
    return image.map((word) => (word << (16 + unused)) >> (16 + unused));
  }

  async writeWeights(image) {
    await this.#writeBytes(this.protocol.spaces.WEIGHTS, 0, new Uint8Array(image.buffer), 2);
  }

  async writeGenerators(states) {
    const bytes = Uint8Array.from(states.flatMap((state) => little(state, 4)));
    await this.#writeBytes(this.protocol.spaces.GENERATORS, 0, bytes, 4);
  }

  /**
   * Stores samples, [pixels of 0 .. 16, label] each, from place `first` on; `told` hears now and
   * then which share is stored.
   */
  async writeSamples(first, samples, told) {
    const { sampleWords, labelWord, pixelShift } = this.design;
    const bytes = new Uint8Array(samples.length * sampleWords * 2);
    samples.forEach(([pixels, label], number) => {
      const place = number * sampleWords * 2;
      bytes.set(pixels.map((pixel) => pixel << pixelShift), place);
      bytes[place + labelWord * 2] = label;
    });
    await this.#writeBytes(this.protocol.spaces.SAMPLES, first * sampleWords, bytes, 2,
      told);
  }

  /** The class that the last inference of a stored sample has found. */
  async prediction(place) {
    const { sampleWords, labelWord } = this.design;
    const address = place * sampleWords + labelWord;
    return (await this.#readBytes(this.protocol.spaces.SAMPLES, address, 1, 2))[1];
  }

  /** Rates, as real numbers, that the last inference of a sample has left in layer 1 .. L. */
  async #rates(place, layer) {
    const { sampleWords, resultWord, rateFraction, sizes } = this.design;
    const bytes = await this.#readBytes(this.protocol.spaces.SAMPLES,
      place * sampleWords + resultWord, sizes[layer], 2);
    return Array.from(new Int16Array(bytes.buffer), (word) => word / 2 ** rateFraction);
  }

  // ---- runs -------------------------------------------------------------------------------------

  /**
   * Runs `count` samples to their end; the registers then.
   * Options: train, first, size, mask (null: stored order), state, shifts (null: the rule's), layer.
   */
  async run(count, { train = false, first = 0, size = count, mask = null, state = 0, shifts = null,
                     layer = 0 } = {}) {
    const { resultShift } = this.protocol;
    const [one, two] = shifts ?? this.design.shifts;
    await this.#writeRegisters("COUNT", [count, first, size, 0, state, mask ?? 0, one, two]);
    const bits = ["START", ...(train ? ["TRAIN"] : []), ...(mask === null ? [] : ["SHUFFLED"])];
    await this.#writeRegisters("CONTROL", [this.#control(...bits) + layer * 2 ** resultShift]);
    let found, cycles = -1, since = performance.now();
    do {
      await this.link.carrier.elapse();
      found = await this.registers();
      if (found.CYCLES !== cycles) [cycles, since] = [found.CYCLES, performance.now()];
      if (performance.now() - since > UNTIL_STUCK) {
        throw new LinkError("The run does not go on: switch the board off and on.");
      }
    } while (found.STATUS & 1);
    if (found.SAMPLES !== count) {
      throw new LinkError(`The run ended after ${found.SAMPLES} of ${count} samples.`);
    }
    return found;
  }

  /** Infers a stored sample: its class, and the rates of layers 1 .. L if the design keeps them. */
  async infer(place) {
    const { results, sizes } = this.design;
    const rates = [];
    if (!results) await this.run(1, { first: place });
    for (let layer = 1; results && layer < sizes.length; layer++) {
      await this.run(1, { first: place, layer });
      rates.push(await this.#rates(place, layer));
    }
    return { prediction: await this.prediction(place), rates };
  }
}
