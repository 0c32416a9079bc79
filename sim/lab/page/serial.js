// A real board, over Web Serial: browsers made of Chromium have it, on secure pages and on loopback.

import { Stream } from "./stream.js";

const BAUD = 1_000_000;
const SILENCE = 60; // milliseconds after which a board looks for the rate

export const hasSerial = "serial" in navigator;

/** The board that the user chooses in the browser's own list of ports. */
export async function openSerial() {
  const port = await navigator.serial.requestPort();
  await port.open({ baudRate: BAUD, bufferSize: 4096 });
  const writer = port.writable.getWriter(), reader = port.readable.getReader();
  const stream = new Stream("the board on a serial port", (bytes) => writer.write(bytes),
    async () => {
      await reader.cancel();
      reader.releaseLock();
      writer.releaseLock();
      await port.close();
    });
  listen(reader, stream);
  await new Promise((resolve) => { setTimeout(resolve, SILENCE); });
  return stream;
}

async function listen(reader, stream) {
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      stream.push(value);
    }
  } catch (error) {
    stream.fail(`The board is gone (${error.message}): plug it in and choose it again.`);
  }
}
