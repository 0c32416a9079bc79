"""One design after the other is measured, and each kind of network timed once on this computer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cortigate.golden.spec import PRESETS, RULES
from cortigate.golden.spec.plain import Plain
from cortigate.scripts.choosing import Chosen

from .backprop import BOUNDS, rate_of
from .engine import cost
from .fabric import boards_of, build_missing, fabric
from .portion import Portion
from .report import BenchmarkRun
from .timing import Speed, speeds

__all__ = ["DIGITS", "SAMPLES", "Measuring"]

# What is measured if nothing is named: of every rule its design for large chips and the one of that
# name without "-deep"; and samples.
DIGITS = tuple(name for rule in RULES.values()
               for name in dict.fromkeys((rule.large.removesuffix("-deep"), rule.large))
               if name in PRESETS)
SAMPLES = 1000


@dataclass(frozen=True)
class Measuring(Plain):
    """How designs are measured.

    Parameters
    ----------
    portion : Portion
        Of the data.
    seed : int
        Of the weights.
    boards : list of str
        Empty: all that have the preset.
    builds : Path
        Folder of the builds.
    build : bool
        Make those that are missing.
    rtl : bool
        Simulate the hardware, too.
    seconds : float
        For which each program of this computer runs.
    log : callable
        Told what is going on.
    """

    portion: Portion
    seed: int
    boards: list[str]
    builds: Path
    build: bool
    rtl: bool
    seconds: float
    log: Callable[[str], object]
    _timed: dict[tuple, list[Speed]] = field(default_factory=dict)

    def run(self, one: Chosen) -> BenchmarkRun:
        """Measure a design."""
        design, name = one.design, one.name
        fabrics = [build_missing(design, name, place, self.builds, one.changed, log=self.log)
                   if self.build else fabric(design, name, place, self.builds, one.changed)
                   for place in self._places(one)]
        weights = self.portion.weights(design, self.seed)
        spent = cost(design, *self.portion.samples, weights=weights, rtl=self.rtl, log=self.log)
        return BenchmarkRun(name, design, self.portion.data.name, spent, fabrics,
                            self._speeds(design), self.portion.after)

    def _places(self, one):
        """Names of the boards: those asked for, or all that have the preset, but for its margin."""
        plain = one.design.replace(margin_shift=None)
        return self.boards or (boards_of(one.name) if plain == PRESETS.get(one.name) else [])

    def _speeds(self, design):
        """Speeds of the programs: the same for all designs of one network, and of one margin."""
        network = design.network
        kind = network.sizes, BOUNDS[network.hidden], design.margin_shift, rate_of(design)
        if kind not in self._timed:
            self._timed[kind] = speeds(self.portion.task(design, self.seed), self.seconds, self.log)
        return self._timed[kind]
