// The virtual board of the command that serves this page, over a socket of the same address.

import { Left, Stream } from "./stream.js";

const READY = "ready"; // of sim/lab/bridge.py; its other text says that the board is compiled

/** What the command has put behind # in the page's address; the socket asks for it. */
export const token = location.hash.slice(1);

/**
 * The virtual board of a design, once it listens.
 * @param {string} name of the design
 * @param {AbortSignal} signal that another engine was chosen
 * @param {function} compiling called where the board has to be compiled
 */
export function openSocket(name, signal, compiling) {
  const path = `/board/${encodeURIComponent(name)}?token=${token}`;
  const socket = new WebSocket(`ws://${location.host}${path}`);
  socket.binaryType = "arraybuffer";
  const stream = new Stream("the virtual board, compiled by Verilator",
    (bytes) => socket.send(bytes), async () => socket.close());
  return new Promise((resolve, reject) => {
    socket.onmessage = ({ data }) => {
      if (data === READY) resolve(stream);
      else if (typeof data === "string") compiling();
      else stream.push(new Uint8Array(data));
    };
    socket.onclose = ({ reason }) => {
      const said = reason || "the command that serves this page has ended, or refuses it";
      stream.fail(`There is no virtual board: ${said}.`);
      reject(stream.broken);
    };
    signal.addEventListener("abort", () => {
      socket.close();
      reject(new Left("another engine was chosen"));
    });
  });
}
