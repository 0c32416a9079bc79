// Numbers as pictures: a canvas with one square for each.

/** Colour of a value of -1 .. 1: blue below zero, orange above, the page's own ground at zero. */
function colour(value) {
  const [red, green, blue] = value < 0 ? [47, 111, 219] : [230, 126, 34];
  return `rgba(${red}, ${green}, ${blue}, ${Math.min(1, Math.abs(value)).toFixed(3)})`;
}

/**
 * Paints values, row after row, each of -1 .. 1.
 * @param {HTMLCanvasElement} canvas
 * @param {number} columns
 */
export function paint(canvas, values, columns) {
  const rows = Math.ceil(values.length / columns);
  if (canvas.width !== columns || canvas.height !== rows) {
    [canvas.width, canvas.height] = [columns, rows];
  }
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, columns, rows);
  values.forEach((value, place) => {
    context.fillStyle = colour(value);
    context.fillRect(place % columns, Math.floor(place / columns), 1, 1);
  });
}

/** The largest magnitude of some numbers, or 1 if all are zero. */
export function scaleOf(values) {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
}
