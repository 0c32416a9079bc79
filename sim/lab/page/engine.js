// The engine in this page: hdl/top.py compiled to WebAssembly, without a line in between.

const ANSWER_CYCLES = 100_000; // until the last byte of an answer; the longest takes 5,000
const SLICE = 4_000; // cycles between two looks at the clock
const SLICE_MILLISECONDS = 12; // then the page may draw

/** Nothing of WASI is used: what the C library asks for answers that it is not there. */
function imports(module) {
  const found = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    (found[from] ??= {})[name] = () => 52; // ENOSYS
  }
  return found;
}

export class Engine {
  /** The engine of a file of this page; a signal ends the loading. */
  static async load(url, signal) {
    const answer = await fetch(url, { signal });
    if (!answer.ok) throw new Error(`${url}: ${(await answer.text()).slice(0, 500)}`);
    const module = await WebAssembly.compile(await answer.arrayBuffer());
    const instance = await WebAssembly.instantiate(module, imports(module));
    return new Engine(instance.exports);
  }

  constructor(exports) {
    this.name = "the engine in this page";
    this.exports = exports;
    exports._initialize();
    this.milliseconds = 0; // spent in runs
  }

  async exchange(frame, accepts) {
    const { memory, inbox, outbox, exchange } = this.exports;
    new Uint8Array(memory.buffer).set(frame, inbox());
    const length = exchange(frame.length, ANSWER_CYCLES);
    const start = outbox();
    return length ? accepts(new Uint8Array(memory.buffer).slice(start, start + length - 1)) : null;
  }

  /** Lets the run that is under way go on for a moment. */
  async elapse() {
    const begun = performance.now();
    while (performance.now() - begun < SLICE_MILLISECONDS) {
      if (this.exports.elapse(SLICE) < SLICE) break;
    }
    this.milliseconds += performance.now() - begun;
    await nextTurn();
  }

  async close() {}
}

/** As setTimeout(0), which waits at least 4 ms. */
function nextTurn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(null);
  });
}
