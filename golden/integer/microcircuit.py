"""Sign-concordant microcircuit in integers (modes as in golden.spec.rules.microcircuit.program)."""

import numpy as np

from ..edges.edge import Edge, clip, comparison, halving
from ..spec.design import Design
from ..spec.memory_map import Matrix
from ..spec.rules.microcircuit import ERROR_BITS, TOP_THRESHOLD, MicrocircuitRule, Mode
from ..spec.spikes import feedback_masks
from ..spec.steps import Operation
from .model import IntegerModel
from .trace import Pass

__all__ = ["MicrocircuitModel"]


class MicrocircuitModel(IntegerModel):
    """Sign-concordant microcircuit; parameters and attributes as `IntegerModel`.

    Attributes
    ----------
    feedback : dict of (int64 array, int64 array)
        By the name of the forward weights W2 … WL: |M| and fixed random signs of the feedback
        through each of them.
    """

    @classmethod
    def declared_edges(cls, design: Design) -> list[Edge]:
        """Of potentials, error cells and the code of an input."""
        rule, sizes, state = MicrocircuitRule.of(design), design.network.sizes, design.state
        spikes = max(sizes[:-1]) << (design.weight.width - 1)  # the largest drive of spikes
        errors = max(sizes[2:]) << rule.magnitude_bits  # of error spikes
        reasons = [_few("spikes", spikes, state.maximum)]
        # A current halves, a potential loses a quarter: at most they add up to this much.
        reasons.append(_few("currents", 2 * spikes, state.maximum))
        upper = _few("currents below a spike", 2 * spikes + state.one, state.maximum)
        lower = _few("currents", 8 * spikes, state.maximum)
        cell = _few("error spikes", 2 * errors, 1 << (ERROR_BITS - 1))
        return (clip("drive", reasons[0], reasons[0]) + clip("current", reasons[1], reasons[1])
                + clip("potential", lower, upper) + clip("error cell", cell, cell)
                + comparison("spike") + comparison("gate, low") + comparison("gate, high")
                + comparison("top error, E+") + comparison("top error, E-")
                + comparison("error, E+") + comparison("error, E-") + halving("error halved")
                + comparison("input") + comparison("charge"))

    def __init__(self, design: Design):
        super().__init__(design)
        self.feedback = {m.name: self._fixed(m) for m in self.map.matrices if m.layer > 1}

    def _fixed(self, m: Matrix) -> tuple[np.ndarray, np.ndarray]:
        """(magnitudes, random signs) of the feedback that belongs to each weight."""
        rule = MicrocircuitRule.of(self.design)
        rows, columns = np.indices((m.rows, m.columns))
        address = m.base + rows // m.lanes * m.columns + columns
        masks = np.array([feedback_masks(rule.feedback_seed, lane)
                          for lane in range(m.lanes)])  # lanes x 5 x 2
        mask, flip = masks[rows % m.lanes].transpose(3, 2, 0, 1)  # 5 x rows x columns
        bits = np.bitwise_count(address & mask) & 1 ^ flip
        width = rule.magnitude_bits
        magnitude = np.ones_like(address) if width == 1 else np.sum(
            [bits[b].astype(np.int64) << b for b in range(width)], axis=0)
        return magnitude, 1 - 2 * bits[4].astype(np.int64)

    def _compiled(self):
        from .compiled import microcircuit

        return microcircuit.loops(self)

    def _learn(self, trace, x, target, shifts):
        self._steps(trace, x, target, shifts[0])

    def _free_phase(self, trace, x, target):
        self._steps(trace, x, None, None)

    def _left(self, trace, layer):
        """How often each neuron of a layer has spiked in an inference."""
        return sum(done.rate // self.design.rate.one for done in trace.passes
                   if len(done.rate) and self._reached(done) == layer)

    def _steps(self, trace, x, target, shift):
        """All time steps; without a target no error and no plasticity."""
        rule, sizes, one = self.design.rule, self.design.network.sizes, self.design.rate.one
        depth = len(sizes) - 1
        current, potential, error = ([np.zeros(n, np.int64) for n in sizes] for _ in range(3))
        trace_ = [np.zeros(n, np.int64) for n in sizes]
        charge, count = np.full(sizes[0], one // 2), np.zeros(sizes[depth], np.int64)
        for t in range(rule.steps):
            self._meets("compare", "input", x, one)
            charge = charge + np.minimum(x, one)
            self._meets("compare", "charge", charge, one)
            spikes = [(charge >= one).astype(np.int64)]
            charge = charge - one * spikes[0]
            trace_[0] = (trace_[0] >> 1) + one * spikes[0]
            gates, reached, errors = {}, {}, {}
            for layer in range(1, depth + 1):
                done = self._forward(trace, f"W{layer}", Mode.MEMBRANE,
                                     changes=one * spikes[layer - 1])
                spike, gate, u = self._membrane(done, current, potential, layer)
                done.rate, done.state = one * spike, potential[layer]
                if layer < depth:
                    trace_[layer] = (trace_[layer] >> 1) + one * spike
                    done.lists = {"spike": one * spike, "trace": trace_[layer]}
                else:
                    teacher = np.zeros_like(spike)
                    if target is not None and t > 0:
                        teacher = target // one
                    error[layer] = self._halved(error[layer]) + one * (teacher - spike)
                    errors[layer] = self._ternary(error[layer], TOP_THRESHOLD, "top error")
                    done.words = {"error": one * errors[layer]}
                    count += spike
                self._count(trace, done)
                spikes.append(spike)
                gates[layer], reached[layer] = gate, u
            if target is not None:
                self._downwards(trace, error, errors, gates, reached)
                for layer in range(depth, 0, -1):
                    self._plasticity(trace, layer, one * errors[layer], trace_[layer - 1], shift)
            self._repeat(trace, t + 1 < rule.steps)
        trace.prediction = self._winner(count)

    def _membrane(self, done, current, potential, layer):
        """Postsynaptic current and membrane potential; (spikes, gates, potentials before)."""
        one = self.design.state.one
        arriving = self._narrow(done, done.drive)
        current[layer] = self._saturate(done, current[layer] - (current[layer] >> 1) + arriving,
                                        name="current")
        u = self._saturate(done, potential[layer] - (potential[layer] >> 2) + current[layer],
                           name="potential")
        self._meets("compare", "spike", u, one)
        spike, gate = u >= one, (u > -one) & (u < 3 * one)
        potential[layer] = np.where(spike, 0, u)
        return spike.astype(np.int64), gate.astype(np.int64), u

    def _downwards(self, trace, error, errors, gates, reached):
        """Error cells, layer below layer: B = |M| sgn(W^T)."""
        rule = MicrocircuitRule.of(self.design)
        sizes, one = self.design.network.sizes, self.design.rate.one
        limit = (1 << (ERROR_BITS - 1)) - 1
        for layer in range(len(sizes) - 2, 0, -1):
            name = f"W{layer + 1}"
            magnitude, sign = self.feedback[name]
            if rule.concordant:
                sign = np.where(self.weights[name] < 0, -1, 1)
            above = one * errors[layer + 1]
            done = Pass(Operation.BACKWARD, name, Mode.ERROR, walked=above,
                        drive=above @ (sign * magnitude))
            trace.passes.append(done)
            v = self._halved(error[layer]) + self._narrow(done, done.drive)
            self._meets("clip", "error cell", v, -limit - 1, limit)
            error[layer] = np.clip(v, -limit - 1, limit)
            done.saturated = done.saturated | (error[layer] != v)
            spikes = self._ternary(error[layer], rule.threshold(sizes[layer + 1]), "error")
            # An edge of the gate is met where the gate has something to keep out.
            u, unit = reached[layer][spikes != 0], self.design.state.one
            self._meets("compare", "gate, low", u, -unit)
            self._meets("compare", "gate, high", u, 3 * unit)
            errors[layer] = gates[layer] * spikes
            done.state, done.rate = error[layer], 0 * v
            done.words = {"error": one * errors[layer]}
            done.changed = bool(error[layer].any())
            self._count(trace, done)

    def _plasticity(self, trace, layer, post, pre, shift):
        """W += eta z p^T; without any error spike nothing is drawn and nothing changes."""
        name = f"W{layer}"
        if post.any():
            self._update(trace, name, post, pre, shift, bias=False)
        else:
            weights = self.weights[name]
            trace.passes.append(Pass(Operation.UPDATE, name, walked=pre, lanes=post,
                                     weights=weights, saturated=np.zeros(weights.shape, bool)))

    def _halved(self, v):
        """v / 2, towards zero: what decays ends at zero from either side."""
        self._meets("halve", "error halved", v)
        return (v + (v < 0)) >> 1

    def _ternary(self, v, threshold, name):
        self._meets("compare", f"{name}, E+", v, threshold)
        self._meets("compare", f"{name}, E-", v, -threshold)
        return (v >= threshold).astype(np.int64) - (v <= -threshold)


def _few(what, most, end):
    """Why a clip is out of reach, or nothing."""
    return f"at: {what} of this network add up to {most} at most" if most < end - 1 else ""
