"""One lane: a multiplier, or what spikes leave of it, for forward, backward and update passes."""

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ..lib.lfsr import RoundingGenerator
from ..lib.multiplier import Multiplier
from ..plasticity.update import WeightUpdate
from .spikes import SpikeProduct

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
    update_4, backward_4
        Stage 4: what the multiplier is for (neither: forward).
    weight_4, post_4, pre_4
        W[b P + p, j], post or feedback value of row b P + p, rate shifted by the learning rate.
    address_4
        Of the weight's word.
    host_4, host_data
        Stage 4: pass `host_data` through to `new_weight` in the place of an updated weight.
    valid_6, first_6 : 1 bit
        Stage 6: add the product to the block's sum, which `first_6` starts afresh.
    draw : 1 bit
        Stage 6: an update word takes rounding bits.
    weight_5, product_6, sum_7, new_weight, saturated
    generator : load, load_data, restart, state
    """

    def __init__(self, design: Design, index, address_bits):
        self._design, self._index = design, index
        post = signed(design.difference.width)
        pre = Shape(design.event.width + design.update_span, design.event.signed)
        weight = signed(design.weight.width)
        if design.rule.spiking:
            self._product = SpikeProduct(design, index, pre, address_bits)
        else:
            self._product = Multiplier(
                a_width=max(design.weight.width, design.difference.width),
                b_width=max(pre.width + (not pre.signed), design.difference.width))
        super().__init__({
            "update_4": In(1), "backward_4": In(1), "weight_4": In(weight), "post_4": In(post),
            "pre_4": In(pre), "address_4": In(unsigned(address_bits)),
            "host_4": In(1), "host_data": In(weight),
            "valid_6": In(1), "first_6": In(1), "draw": In(1), "decay_6": In(1),
            "weight_5": Out(weight), "product_6": Out(self._product.product.shape()),
            "sum_7": Out(signed(design.drive_width)),
            "new_weight": Out(weight), "saturated": Out(1),
            "generator_load": In(1), "generator_data": In(31), "generator_restart": In(1),
            "generator_state": Out(31),
        })

    def elaborate(self, platform):
        m = Module()
        if self._design.rule.spiking:
            m.submodules.spikes = product = self._product
            m.d.comb += [
                product.update.eq(self.update_4), product.backward.eq(self.backward_4),
                product.weight.eq(self.weight_4), product.post.eq(self.post_4),
                product.pre.eq(self.pre_4), product.address.eq(self.address_4),
            ]
        else:
            m.submodules.multiplier = product = self._product
            pre = self.pre_4
            if not self._design.event.signed:
                pre = Cat(pre, Const(0, 1)).as_signed()
            m.d.comb += [
                product.a.eq(Mux(self.update_4, self.post_4, self.weight_4)),
                product.b.eq(Mux(self.backward_4, self.post_4, pre)),
            ]
        m.d.comb += self.product_6.eq(product.product)
        # Beside the product's two registers the weight waits in two of its own.
        weight_5, weight_6 = self.weight_5, Signal.like(self.weight_4)
        host_5, host_6 = Signal(), Signal()
        m.d.sync += [
            weight_5.eq(Mux(self.host_4, self.host_data, self.weight_4)),
            weight_6.eq(weight_5),
            host_5.eq(self.host_4), host_6.eq(host_5),
        ]
        with m.If(self.valid_6):
            # One table a bit: the sum is added to and then chosen, not chosen and then added to.
            m.d.sync += self.sum_7.eq(
                Mux(self.first_6, self.product_6, self.sum_7 + self.product_6))
        product, weight, host = self.product_6, weight_6, host_6
        if self._design.rule.feedback_weights:
            # A stage of its own: what decays is taken off before the one rounding.
            spare = self._design.update_discard - self._design.rule.decay_shift
            lost = Mux(self.decay_6, weight_6 << spare, 0)
            product_7 = Signal(signed(len(product) + 1))
            weight_7, host_7 = Signal.like(weight), Signal()
            m.d.sync += [product_7.eq(product - lost), weight_7.eq(weight), host_7.eq(host)]
            product, weight, host = product_7, weight_7, host_7
        m.submodules.update = update = WeightUpdate(self._design, len(product))
        m.d.comb += [
            update.product.eq(product), update.weight.eq(weight), update.keep.eq(host),
            self.new_weight.eq(update.new_weight), self.saturated.eq(update.saturated),
        ]
        if self._design.stochastic:
            m.submodules.generator = generator = RoundingGenerator(
                seed=self._design.generator_seed, lane=self._index)
            m.d.comb += [
                generator.step.eq(self.draw), update.random.eq(generator.random),
                generator.load.eq(self.generator_load),
                generator.load_data.eq(self.generator_data),
                generator.restart.eq(self.generator_restart),
                self.generator_state.eq(generator.state),
            ]
        return m
