// Requests and answers, one at a time, over whatever carries frames.

import { decode, encode } from "./frame.js";

const ATTEMPTS = 4;
const ANSWER = 0x80; // bit of the operation byte that marks an answer

export class LinkError extends Error {}

/**
 * A board's link. Its carrier has exchange(frame, accepts): sends a frame; the first that comes back
 * and that `accepts` turns into something else than null, or null if none comes in time.
 */
export class Link {
  constructor(carrier, protocol) {
    this.carrier = carrier;
    this.protocol = protocol;
    this.sequence = Math.floor(Math.random() * 256); // not a repetition of another host's
  }

  /** Bytes of `count` words, from `address` on, `stride` words apart. */
  read(space, address, count, stride = 1) {
    return this.#request("READ", space, [...head(space, address, count), ...little(stride, 2)]);
  }

  /** Writes `count` words, given as bytes. */
  write(space, address, count, bytes) {
    return this.#request("WRITE", space, [...head(space, address, count), ...bytes]);
  }

  async #request(operation, space, payload) {
    const code = this.protocol.operations[operation];
    this.sequence = (this.sequence + 1) % 256;
    const frame = encode([this.sequence, code, ...payload]);
    const accepts = (bytes) => {
      const body = decode(bytes);
      return body && body[0] === this.sequence && body[1] === (code | ANSWER) ? body : null;
    };
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const answer = await this.carrier.exchange(frame, accepts);
      if (!answer) continue;
      const status = this.protocol.statuses[answer[2]];
      if (status === "OK") return answer.subarray(3);
      throw new LinkError(`The board refuses a ${operation} of space ${space}: ${status}.`);
    }
    throw new LinkError("The board does not answer. Is it plugged in, and does it hold a cortigate "
      + "bitstream?");
  }
}

/** A number as bytes, the lowest first. */
export function little(value, bytes) {
  return Array.from({ length: bytes }, (_, place) => (value >>> (8 * place)) & 0xff);
}

function head(space, address, count) {
  return [space, ...little(address, 4), count];
}
