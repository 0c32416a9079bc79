// The virtual board of the command that serves this page, over a socket of the same address.

import { Stream } from "./stream.js";

/** What the command has put behind # in the page's address; the socket asks for it. */
export const token = location.hash.slice(1);

/** The virtual board of a design; compiled where it is not yet, which takes a minute. */
export function openSocket(name) {
  const path = `/board/${encodeURIComponent(name)}?token=${token}`;
  const socket = new WebSocket(`ws://${location.host}${path}`);
  socket.binaryType = "arraybuffer";
  const stream = new Stream("the virtual board, compiled by Verilator",
    (bytes) => socket.send(bytes), async () => socket.close());
  return new Promise((resolve, reject) => {
    socket.onmessage = ({ data }) => stream.push(new Uint8Array(data));
    socket.onopen = () => resolve(stream);
    socket.onclose = ({ reason }) => {
      const said = reason || "the command that serves this page has ended, or refuses it";
      stream.fail(`There is no virtual board: ${said}.`);
      reject(stream.broken);
    };
  });
}
