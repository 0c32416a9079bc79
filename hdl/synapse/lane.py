"""One lane: a multiplier that serves forward, backward and update passes."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ..lib.lfsr import RoundingGenerator
from ..lib.multiplier import Multiplier
from ..plasticity.update import WeightUpdate

__all__ = ["Lane"]


class Lane(wiring.Component):
    """Multiply-accumulate lane with its weight update; stages as in `SynapseArray`.

    Parameters
    ----------
    design : Design
    index : int
        p.

    Members
    -------
    update_3, backward_3
        Stage 3: what the multiplier is for (neither: forward).
    weight_3, post_3, pre_3
        W[b P + p, j], post or feedback value of row b P + p, rate shifted by the learning rate.
    host_3, host_data
        Stage 3: pass `host_data` through to `new_weight` in the place of an updated weight.
    valid_5, first_5 : 1 bit
        Stage 5: add the product to the block's sum, which `first_5` starts afresh.
    draw_5 : 1 bit
        Stage 5: an update word takes rounding bits.
    product_5, sum_6, new_weight_7, saturated_7
    generator : load, load_data, restart, state
    """

    def __init__(self, design: Design, index):
        self._design, self._index = design, index
        post = signed(design.difference.width)
        pre = unsigned(design.presynaptic.width + design.update_span)
        weight = signed(design.weight.width)
        self._a_width = max(design.weight.width, design.difference.width)
        self._b_width = max(pre.width + 1, design.difference.width)
        super().__init__({
            "update_3": In(1), "backward_3": In(1), "weight_3": In(weight), "post_3": In(post),
            "pre_3": In(pre), "host_3": In(1), "host_data": In(weight),
            "valid_5": In(1), "first_5": In(1), "draw_5": In(1),
            "product_5": Out(signed(self._a_width + self._b_width)),
            "sum_6": Out(signed(design.drive_width)),
            "new_weight_7": Out(weight), "saturated_7": Out(1),
            "generator_load": In(1), "generator_data": In(31), "generator_restart": In(1),
            "generator_state": Out(31),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.multiplier = multiplier = Multiplier(
            a_width=self._a_width, b_width=self._b_width)
        m.submodules.update = update = WeightUpdate(self._design, len(multiplier.product))
        pre = Cat(self.pre_3, Const(0, 1)).as_signed()
        m.d.comb += [
            multiplier.a.eq(Mux(self.update_3, self.post_3, self.weight_3)),
            multiplier.b.eq(Mux(self.backward_3, self.post_3, pre)),
            self.product_5.eq(multiplier.product),
        ]
        # Beside the multiplier's two registers the weight waits in two of its own.
        weight_4, weight_5 = Signal.like(self.weight_3), Signal.like(self.weight_3)
        host_4, host_5 = Signal(), Signal()
        m.d.sync += [
            weight_4.eq(Mux(self.host_3, self.host_data, self.weight_3)),
            weight_5.eq(weight_4),
            host_4.eq(self.host_3), host_5.eq(host_4),
        ]
        with m.If(self.valid_5):
            # One table a bit: the sum is added to and then chosen, not chosen and then added to.
            m.d.sync += self.sum_6.eq(
                Mux(self.first_5, self.product_5, self.sum_6 + self.product_5))
        m.d.comb += [
            update.product.eq(self.product_5), update.weight.eq(weight_5), update.keep.eq(host_5),
            self.new_weight_7.eq(update.new_weight), self.saturated_7.eq(update.saturated),
        ]
        if self._design.stochastic:
            m.submodules.generator = generator = RoundingGenerator(
                seed=self._design.generator_seed, lane=self._index)
            m.d.comb += [
                generator.step.eq(self.draw_5), update.random.eq(generator.random),
                generator.load.eq(self.generator_load),
                generator.load_data.eq(self.generator_data),
                generator.restart.eq(self.generator_restart),
                self.generator_state.eq(generator.state),
            ]
        return m
