// From strokes to the data set's form: 32 x 32 points, counted in blocks of 4 x 4, 0 .. 16 each.

const POINTS = 32, BLOCK = 4;
const RADIUS = 1.9; // points: half the width of a pen in the data set
const TALLEST = POINTS - 2 * RADIUS, WIDEST = 22; // of a digit's middle lines, likewise

/** 64 pixels, 0 .. 16, of strokes: lists of [x, y] of any scale. None of no strokes. */
export function raster(strokes) {
  const pixels = new Uint8Array(64);
  const points = strokes.flat();
  if (!points.length) return pixels;
  const segments = fitted(strokes, points).flatMap((stroke) =>
    stroke.map((point, place) => [stroke[Math.max(0, place - 1)], point]));
  for (let y = 0; y < POINTS; y++) {
    for (let x = 0; x < POINTS; x++) {
      if (segments.some(([from, to]) => near(x + 0.5, y + 0.5, from, to))) {
        pixels[Math.floor(y / BLOCK) * 8 + Math.floor(x / BLOCK)]++;
      }
    }
  }
  return pixels;
}

/** Strokes moved and scaled as the data set's digits are: as tall as the square, in its middle. */
function fitted(strokes, points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys),
    Math.max(...ys)];
  const scale = Math.min(TALLEST / (bottom - top || 1), WIDEST / (right - left || 1));
  return strokes.map((stroke) => stroke.map(([x, y]) => [
    (x - (left + right) / 2) * scale + POINTS / 2, (y - (top + bottom) / 2) * scale + POINTS / 2]));
}

function near(x, y, [x0, y0], [x1, y1]) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = dx * dx + dy * dy;
  const along = length ? Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length)) : 0;
  return (x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2 <= RADIUS * RADIUS;
}
