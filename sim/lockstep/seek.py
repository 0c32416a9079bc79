"""Looks for the scenes of the smallest designs and keeps their numbers, so that `verify` need not.

    python -m cortigate.sim.lockstep.seek

Run it when a rule's model, its edges or what is drawn has changed: the scenes are drawn anew from
their numbers each time and still agree with the hardware, but may meet less.
"""

import json
import sys
from collections import Counter

from ...golden.spec import RULES, preset, tiny_preset
from .steering import KNOWN, Search

__all__ = ["SMALLEST", "seek"]

TRIES = 2000
TIMES = 2  # scenes that should meet each case: one may hide what is wrong
# The smallest design of every pipeline; that of small steps is no preset.
SMALLEST = {"relaxation": preset("digits-relax").replace(
    network=preset("tiny").network, lanes=2, sample_capacity=4)} | {
    name: preset(tiny_preset(name)) for name in RULES}


def seek(design, numbers):
    """Some of these numbers of scenes, few, that meet every case that any of them meets."""
    search = Search(design)
    found = {number: search.meets(search.draw(0, number)) for number in numbers}
    missing = Counter(case for cases in found.values() for case in cases)
    missing = {case: min(TIMES, times) for case, times in missing.items()}
    chosen = []
    while any(missing.values()):
        best = max(found, key=lambda n: sum(missing[case] > 0 for case in found[n]))
        chosen.append(best)
        for case in found.pop(best):
            missing[case] = max(0, missing[case] - 1)
    return chosen


def main(names):
    """Seek for these designs, or for all."""
    known = json.loads(KNOWN.read_text())
    for name in names or SMALLEST:
        digest = SMALLEST[name].digest
        # A rare scene, once found, is not lost.
        known[digest] = seek(SMALLEST[name], {*range(TRIES), *known.get(digest, ())})
        print(f"{name}: {len(known[digest])} scenes", flush=True)
        lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}"
                           for key, value in sorted(known.items()))
        KNOWN.write_text(f"{{\n{lines}\n}}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
