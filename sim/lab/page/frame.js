// Frames of the link: COBS(body, CRC low, CRC high) between zero bytes. See docs/protocol.md.

/** CRC-16/IBM-3740 of bytes. */
export function crc(bytes) {
  let value = 0xffff;
  for (const byte of bytes) {
    value ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) {
      value = value & 0x8000 ? ((value << 1) ^ 0x1021) & 0xffff : value << 1;
    }
  }
  return value;
}

/** The frame of a body of at most 248 bytes; the zero before it ends whatever half a frame is left. */
export function encode(body) {
  const check = crc(body);
  const frame = [0];
  let group = [];
  for (const byte of [...body, check & 0xff, check >> 8, 0]) {
    if (byte) {
      group.push(byte);
    } else {
      frame.push(group.length + 1, ...group);
      group = [];
    }
  }
  return Uint8Array.from([...frame, 0]);
}

/** The body of a frame without its zeros; null if the frame is damaged. */
export function decode(frame) {
  const bytes = [];
  for (let place = 0; place < frame.length;) {
    const code = frame[place];
    if (!code || place + code > frame.length) return null;
    bytes.push(...frame.slice(place + 1, place + code));
    place += code;
    if (place < frame.length) bytes.push(0);
  }
  const body = bytes.slice(0, -2);
  const sent = bytes.at(-2) | (bytes.at(-1) << 8);
  return body.length >= 3 && crc(body) === sent ? Uint8Array.from(body) : null;
}
