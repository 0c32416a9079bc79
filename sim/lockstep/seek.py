"""Looks for the scenes of the smallest designs and keeps their numbers, so that `verify` need not.

    python -m cortigate.sim.lockstep.seek [NAME …]

Run it when a rule's model, its edges or what is drawn has changed: the scenes are drawn anew from
their numbers each time and still agree with the hardware, but may meet less. It says which cases
no scene meets: holes of `cortigate verify --coverage`, found without any hardware. Of a rule of
another package nothing is kept; `verify` looks for scenes itself.
"""

import argparse
import json
from collections import Counter

from ...golden.spec import RULES, preset, tiny_preset
from .coverage import Coverage
from .steering import KNOWN, OF_OTHERS, Search

__all__ = ["SMALLEST", "seek"]

TRIES = 2000
OWN = 63  # cortigate's own rules have codes up to here
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


def main(words=None):
    """Seek for the designs that a command line names, or for all of cortigate's own.

    Parameters
    ----------
    words : list of str or None
        None: those of this process.
    """
    parser = argparse.ArgumentParser(prog="python -m cortigate.sim.lockstep.seek",
                                     description="Look for the scenes of the smallest designs.")
    parser.add_argument("name", nargs="*", help=f"one of {', '.join(SMALLEST)}; cortigate's own "
                                                "if none is named")
    names = parser.parse_args(words).name
    if unknown := [name for name in names if name not in SMALLEST]:
        parser.error(f"names must be among {', '.join(SMALLEST)}, not {', '.join(unknown)}")
    known = json.loads(KNOWN.read_text())
    for name in names or [n for n, design in SMALLEST.items() if design.rule.code <= OWN]:
        design, digest = SMALLEST[name], SMALLEST[name].digest
        print(f"{name}: searching {TRIES} scenes, which takes minutes", flush=True)
        # A rare scene, once found, is not lost.
        numbers = seek(design, {*range(TRIES), *known.get(digest, ())})
        search = Search(design)
        met = set().union(*(search.meets(search.draw(0, number)) for number in numbers))
        print(f"{name}: {len(numbers)} scenes", flush=True)
        for where, case in sorted(set(Coverage(design).meetings.holes()) - OF_OTHERS - met):
            print(f"{name}: not met: {where}: {case}", flush=True)
        if design.rule.code > OWN:
            continue
        known[digest] = numbers
        lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}"
                           for key, value in sorted(known.items()))
        KNOWN.write_text(f"{{\n{lines}\n}}\n")


if __name__ == "__main__":
    main()
