// The order of an epoch's samples, as the chip draws it (golden/integer/generator.py, Shuffler).

/** Index of the sample that a shuffled run learns next, from the generator's state on. */
export function nextIndex(state, { mask, taps, size }) {
  for (;;) {
    const index = state ^ mask;
    if (index < size) return index;
    // State 0, which no shift ever leaves or reaches, goes before state 1: 0, 1, …, 0.
    const shifted = (state >>> 1) ^ (state & 1 ? taps : 0);
    state = state === 0 ? 1 : shifted === 1 ? 0 : shifted;
  }
}
