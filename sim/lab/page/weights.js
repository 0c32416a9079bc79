// Where a weight lies in the engine's memory: the only place that knows (golden/spec/memory_map.py).

/** Place of W[row, column] in the image of a design's weights. */
function placeOf(design, matrix, row, column) {
  const [i, j] = matrix.transposed ? [column, row] : [row, column];
  const block = Math.floor(i / design.lanes);
  const word = matrix.base + block * matrix.columns + j;
  return word * 2 ** design.laneBits + (i % design.lanes);
}

/** Weights of one neuron of a matrix, as real numbers; the bias, if there is one, is the last. */
export function incoming(design, image, name, row) {
  const matrix = design.matrices.find((one) => one.name === name);
  return Array.from({ length: matrix.shape[1] }, (_, column) =>
    image[placeOf(design, matrix, row, column)] / 2 ** design.weightFraction);
}

/** Weights from one neuron to the next layer. */
export function outgoing(design, image, name, column) {
  const matrix = design.matrices.find((one) => one.name === name);
  return Array.from({ length: matrix.shape[0] }, (_, row) =>
    image[placeOf(design, matrix, row, column)] / 2 ** design.weightFraction);
}

/** A copy in which all weights of one lane are zero. */
export function withoutLane(design, image, lane) {
  const mask = 2 ** design.laneBits - 1;
  return image.map((weight, place) => ((place & mask) === lane ? 0 : weight));
}
