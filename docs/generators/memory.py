"""Where weights and samples lie, by the memory maps of named designs."""

from cortigate.golden.spec import PRESETS, MemoryMap, preset
from cortigate.scripts.explanation import (
    MATRIX_COLUMNS,
    SPACE_COLUMNS,
    matrices_of,
    matrix_rows,
    space_rows,
)

from .tables import table

__all__ = ["memory", "presets"]

EXAMPLES = ("tiny", "digits", "pal")


def memory():
    """Matrices of some designs, word by word, and the size of every space."""
    out = []
    for name in EXAMPLES:
        design = preset(name)
        maps = MemoryMap(design)
        out += [f"### Preset `{name}`: {design.network}, {design.lanes} lanes",
                table(MATRIX_COLUMNS, matrix_rows(matrices_of(design))),
                table(SPACE_COLUMNS, [(f"`{name}`", *rest) for name, *rest in space_rows(design)]),
                (f"Weights have {design.weight.width} bits, of which {design.weight.fraction} are "
                f"fraction bits. The host's address of lane p in word w is w · "
                f"{1 << maps.lane_address_bits} + p. A sample takes {maps.sample_words} words, so "
                f"sample s begins at word {maps.sample_words} · s.")]
    return "\n\n".join(out)


def presets():
    """Every named design, but for the tests' own."""
    return table(("preset", "rule", "network", "lanes", "weights", "stored samples", "digest"), [
        (f"`{name}`", design.rule.name, str(design.network), design.lanes, str(design.weight),
         design.sample_capacity, f"`{design.digest}`")
        for name, design in PRESETS.items() if not name.startswith("tiny")])
