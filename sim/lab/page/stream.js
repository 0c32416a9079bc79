// A carrier of frames over a line of bytes: a serial port, or a socket that leads to one.

const TIMEOUT = 1_000; // milliseconds until an answer counts as lost
const POLL = 15; // milliseconds between two looks at a run
const LONGEST = 600; // bytes without a zero: noise

/** Thrown where the user has chosen another engine: nothing that has gone wrong. */
export class Left extends Error {}

export class Stream {
  /**
   * @param {string} name
   * @param {function} send takes bytes; may return a promise
   * @param {function} close
   */
  constructor(name, send, close) {
    Object.assign(this, { name, send, close, received: [], waiting: null, broken: null });
  }

  /** Bytes have come. */
  push(bytes) {
    for (const byte of bytes) {
      if (byte) {
        if (this.received.push(byte) > LONGEST) this.received = [];
        continue;
      }
      const answer = this.waiting?.accepts(this.received);
      this.received = [];
      if (answer) this.waiting.resolve(answer);
    }
  }

  /** The line is gone; the sentence goes to whoever uses it next. */
  fail(reason) {
    this.#end(new Error(reason));
  }

  /** The user has chosen another engine: whoever waits for this one waits no longer. */
  leave() {
    this.#end(new Left("another engine was chosen"));
  }

  #end(error) {
    this.broken ??= error;
    this.waiting?.reject(this.broken);
  }

  async exchange(frame, accepts) {
    if (this.broken) throw this.broken;
    let timer;
    const answer = new Promise((resolve, reject) => {
      this.waiting = { accepts, resolve, reject };
      timer = setTimeout(() => resolve(null), TIMEOUT);
    });
    try {
      await this.send(frame);
      return await answer;
    } finally {
      clearTimeout(timer);
      this.waiting = null;
    }
  }

  elapse() {
    return new Promise((resolve) => { setTimeout(resolve, POLL); });
  }
}
