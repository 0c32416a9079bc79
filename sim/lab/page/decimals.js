// Numbers as text.

/** A number with two decimals; what rounds to zero has no sign. */
export function inHundredths(value) {
  return value.toFixed(2).replace(/^-(0\.00)$/, "$1");
}
