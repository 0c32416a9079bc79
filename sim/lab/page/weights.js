// Where a weight lies in the engine's memory: the only place that knows (golden/spec/memory_map.py).

/** The places of a matrix: one, or those of its head and its tail. */
function partsOf(design, name) {
  return design.matrices.filter((one) => one.name === name);
}

/** Place of W[row, column] in the image of a design's weights. */
function placeOf(design, parts, row, column) {
  const matrix = parts.findLast((one) => one.first <= row);
  const own = row - matrix.first;
  const [i, j] = matrix.transposed ? [column, own] : [own, column];
  const block = Math.floor(i / design.lanes);
  const word = matrix.base + block * matrix.columns + j;
  return word * 2 ** design.laneBits + (i % design.lanes);
}

/** Weights of one neuron of a matrix, as real numbers; the bias, if there is one, is the last. */
export function incoming(design, image, name, row) {
  const parts = partsOf(design, name);
  return Array.from({ length: parts[0].shape[1] }, (_, column) =>
    image[placeOf(design, parts, row, column)] / 2 ** design.weightFraction);
}

/** Weights from one neuron to the next layer. */
export function outgoing(design, image, name, column) {
  const parts = partsOf(design, name);
  const rows = parts.reduce((sum, one) => sum + one.shape[0], 0);
  return Array.from({ length: rows }, (_, row) =>
    image[placeOf(design, parts, row, column)] / 2 ** design.weightFraction);
}

/** A copy in which all weights of one lane are zero. */
export function withoutLane(design, image, lane) {
  const mask = 2 ** design.laneBits - 1;
  return image.map((weight, place) => ((place & mask) === lane ? 0 : weight));
}
