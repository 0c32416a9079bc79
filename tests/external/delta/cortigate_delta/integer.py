"""The delta rule in integers: every bit of the hardware, as loops over the layers."""

from cortigate.golden.integer import IntegerModel
from cortigate.golden.integer.shared_edges import drives, rates

from .rule import Mode

__all__ = ["DeltaModel"]


class DeltaModel(IntegerModel):
    """A design's network in integers."""

    @classmethod
    def declared_edges(cls, design):
        """Roundings and clips of drives, clips of rates."""
        return drives(design) + rates(design)

    def _free_phase(self, trace, x, target):
        depth, layers = self.design.network.depth, [x]
        for layer in range(1, depth + 1):
            done = self._forward(trace, f"W{layer}", Mode.FREE, layers[-1])
            done.state = self._narrow(done, done.drive)
            done.rate = self._activate(done.state, layer)
            done.lists = {"rate": done.rate}
            self._count(trace, done)
            layers.append(done.rate)
        trace.prediction = self._winner(done.state)
        if target is not None:
            done.words = {"post": target - done.rate}
        return layers

    def _learn(self, trace, x, target, shifts):
        layers = self._free_phase(trace, x, target)
        post = trace.passes[-1].words["post"]
        self._update(trace, f"W{self.design.network.depth}", post, layers[-2], shifts[0])
