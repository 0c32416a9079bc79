"""Everything that the cortical microcircuit can vary."""

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

from ...spec.plain import Plain
from ..sizes import check_sizes
from .rule import PalCredit

__all__ = ["DendriticRule"]

LEAST, MOST = 1e-9, 1e9  # of what is divided by and multiplied: nothing over- or underflows
CONDUCTANCES = ("leak", "basal", "apical", "dendrite", "nudge", "teaching")


@dataclass(frozen=True)
class DendriticRule(Plain):
    """Network, conductances, time constants and rates; the defaults are the published ones.

    Parameters
    ----------
    sizes : tuple of int
        Pyramidal cells per layer, input first; 3 layers or more. A hidden layer has one interneuron
        for each pyramidal cell of the next layer.
    credit : PalCredit
        Of all but PAL the feedback does not learn from noise; under backprop B = W^T and the
        interneurons' synapses are -W^T.
    leak, basal, apical, dendrite, nudge, teaching : float
        Conductances in 1/ms, leak positive: of the leak; from a pyramidal cell's basal and apical
        dendrite and an interneuron's dendrite to its soma; from the pyramidal cell above to its
        interneuron; from the target to an output cell.
    dt, presentation : float
        Time step and time for which a sample is held, in ms.
    tau_noise, tau_highpass : float
        In ms, dt or more.
    tau_update : float or None
        Time constant in ms of each synapse's low-pass of its change of W; None: no low-pass.
    look_ahead : float
        See filters.py.
    sigma : float
        Amplitude of the noise in the apical dendrites of hidden cells; 0: none.
    rate, inter_rate, cancel_rate, back_rate : float
        In 1/ms, >= 0: of W; of the interneurons' dendrites; of their synapses onto apical
        dendrites; of B.
    decay : float
        alpha >= 0: B decays with the rate alpha back_rate.
    bound : float
        W and B are drawn from -bound … bound.

    Raises
    ------
    TypeError, ValueError
        A parameter of the wrong kind or outside its range.
    """

    sizes: tuple[int, ...] = (5, 20, 10, 20, 5)
    credit: PalCredit = PalCredit.PAL
    leak: float = 0.03
    basal: float = 0.1
    apical: float = 0.06
    dendrite: float = 0.1
    nudge: float = 0.06
    teaching: float = 0.06
    dt: float = 0.01
    presentation: float = 1.0
    tau_noise: float = 0.1
    tau_highpass: float = 0.1
    tau_update: float | None = 100.0
    look_ahead: float = 1.0
    sigma: float = 0.05
    rate: float = 0.0
    inter_rate: float = 0.0
    cancel_rate: float = 5.0
    back_rate: float = 50.0
    decay: float = 1e-5
    bound: float = 1.0

    def __post_init__(self):
        super().__post_init__()
        check_sizes(self.sizes)
        for name in ("leak", "dt", "bound"):
            if not LEAST <= getattr(self, name) <= MOST:
                raise ValueError(f"{name} must lie in {LEAST:g} .. {MOST:g}, not "
                                 f"{getattr(self, name)!r}")
        for name in (*CONDUCTANCES, "sigma", "rate", "inter_rate", "cancel_rate", "back_rate",
                     "decay"):
            if not 0.0 <= getattr(self, name) <= MOST:
                raise ValueError(f"{name} must lie in 0 .. {MOST:g}, not {getattr(self, name)!r}")
        for name in ("presentation", "tau_noise", "tau_highpass", "tau_update"):
            value = getattr(self, name)
            if value is not None and not value >= self.dt:
                raise ValueError(f"{name} must be at least dt, {self.dt!r}, not {value!r}")
        if self.presentation == math.inf:
            raise ValueError("presentation must be finite, not inf")
        if not 0.0 <= self.look_ahead <= 1.0:
            raise ValueError(f"look_ahead must lie in 0 .. 1, not {self.look_ahead!r}")
        if self.decay * self.back_rate * self.dt > 1.0:
            raise ValueError(f"decay must be {1.0 / (self.back_rate * self.dt):g} or less, so that "
                             f"B does not change its sign, not {self.decay!r}")
        if self.membrane_steps().min() < 1.0:
            raise ValueError(f"dt must be {self.dt * self.membrane_steps().min():g} ms or less, "
                             f"the shortest membrane time constant, not {self.dt!r}")

    @property
    def depth(self):
        """L, the number of forward weight matrices."""
        return len(self.sizes) - 1

    @property
    def steps(self):
        """Time steps for which a sample is held."""
        return round(self.presentation / self.dt)

    @property
    def hidden_total(self):
        """Conductance of a hidden cell's soma."""
        return self.leak + self.basal + self.apical

    def basal_share(self, layer):
        """lambda: the soma of a cell of layer 1 … L over its basal potential, without errors."""
        return self.basal / (self.leak + self.basal + (self.apical if layer < self.depth else 0.0))

    @property
    def inter_share(self):
        """The soma of an interneuron over its dendrite's potential, without a nudge."""
        return self.dendrite / (self.leak + self.dendrite)

    def membrane_steps(self):
        """Time constants in steps of hidden cells, output cells and interneurons."""
        totals = (self.hidden_total, self.leak + self.basal + self.teaching,
                  self.leak + self.dendrite + self.nudge)
        return 1.0 / (self.dt * np.array(totals))

    def replace(self, **changes):
        """Copy with some parameters changed (and checked again)."""
        return dataclasses.replace(self, **changes)
