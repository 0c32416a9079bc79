"""One lane: a multiplier, or what spikes leave of it, for forward, backward and update passes."""

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ...golden.spec.generator import ROUNDING_BITS, ROUNDING_WIDTH
from ..lib.lfsr import RoundingGenerator
from ..lib.multiplier import Multiplier
from .spikes import SpikeProduct
from .update import WeightUpdate

__all__ = ["Lane"]


class Lane(wiring.Component):
    """Multiply-accumulate lane with its weight update; stages as in `SynapseArray`.

    Parameters
    ----------
    design : Design
    index : int
        p.
    address_bits : int
        Of a weight's word.

    Members
    -------
    takes_post_5, backward_5
        Stage 5: the multiplier takes the post-synaptic value in place of the weight (update, and
        with nothing to do), or of the rate (backward).
    weight_5, post_5, pre_5
        W[b P + p, j], post or feedback value of row b P + p, rate shifted by the learning rate.
    address_5
        Of the weight's word.
    host, host_data
        `host_data` becomes `new_weight` three cycles later, if `backward_5` and `pre_5` have been 0
        for the last two cycles and `decay_7` is in the next one.
    valid_7, first_7 : 1 bit
        Stage 7: add the product to the block's sum, which `first_7` starts afresh.
    draw : 1 bit
        Stage 7, or 8 where an update takes a stage more: an update word takes rounding bits.
    decay_7 : 1 bit
        Stage 7: the weight loses a fraction of itself, too (only where weights may).
    weight_6, product_7, sum_8, new_weight, saturated
    generator_load, generator_data, generator_restart, generator_state
        The host's access to the rounding generator (only where updates are rounded
        stochastically).
    """

    def __init__(self, design: Design, index, address_bits):
        self._design, self._index = design, index
        post = signed(design.difference.width)
        pre = Shape(design.event.width + design.update_span, design.event.signed)
        weight = signed(design.weight.width)
        if design.engine.spiking:
            self._product = SpikeProduct(design, index, pre, address_bits)
            self._update_width = len(self._product.product)
        else:
            operand = pre.width + (not pre.signed)
            self._update_width = post.width + operand
            self._product = Multiplier(
                a_width=max(design.weight.width, design.difference.width),
                b_width=max(operand, design.difference.width))
        super().__init__({
            "takes_post_5": In(1), "backward_5": In(1), "weight_5": In(weight), "post_5": In(post),
            "pre_5": In(pre), "address_5": In(unsigned(address_bits)),
            "host": In(1), "host_data": In(weight),
            "valid_7": In(1), "first_7": In(1), "draw": In(1), "decay_7": In(1),
            "weight_6": Out(weight), "product_7": Out(self._product.product.shape()),
            "sum_8": Out(signed(design.drive_width)),
            "new_weight": Out(weight), "saturated": Out(1),
            "generator_load": In(1), "generator_data": In(ROUNDING_BITS),
            "generator_restart": In(1), "generator_state": Out(ROUNDING_WIDTH),
        })

    def elaborate(self, platform):
        m = Module()
        if self._design.engine.spiking:
            m.submodules.spikes = product = self._product
            m.d.comb += [
                product.update.eq(self.takes_post_5), product.backward.eq(self.backward_5),
                product.weight.eq(self.weight_5), product.post.eq(self.post_5),
                product.pre.eq(self.pre_5), product.address.eq(self.address_5),
            ]
        else:
            m.submodules.multiplier = product = self._product
            pre = self.pre_5
            if not self._design.event.signed:
                pre = Cat(pre, Const(0, 1)).as_signed()
            m.d.comb += [
                product.a.eq(Mux(self.takes_post_5, self.post_5, self.weight_5)),
                product.b.eq(Mux(self.backward_5, self.post_5, pre)),
            ]
        m.d.comb += self.product_7.eq(product.product)
        # Beside the product's two registers the weight waits in two of its own. The host's enters
        # the last register before the update, which adds nothing to it.
        delays = self._design.engine.decays or self._design.single_port

        def entered(weight):
            return Mux(self.host, self.host_data, weight)

        weight_6, weight_7 = self.weight_6, Signal.like(self.weight_5)
        m.d.sync += [weight_6.eq(self.weight_5),
                     weight_7.eq(weight_6 if delays else entered(weight_6))]
        with m.If(self.valid_7):
            # One table a bit: the sum is added to and then chosen, not chosen and then added to.
            m.d.sync += self.sum_8.eq(
                Mux(self.first_7, self.product_7, self.sum_8 + self.product_7))
        # An update multiplies no weight: the product is shorter, and so is the adder's carry chain.
        product, weight = self.product_7[:self._update_width].as_signed(), weight_7
        if self._design.engine.decays:  # what decays is taken off before the one rounding
            spare = self._design.update_discard - self._design.engine.decay_shift
            product -= Mux(self.decay_7, weight_7 << spare, 0)
        if delays:
            # A stage of its own. In a memory with one port, read every other cycle, it makes the
            # way from a weight's read to its write an odd one.
            product_8, weight_8 = Signal(product.shape()), Signal.like(weight)
            m.d.sync += [product_8.eq(product), weight_8.eq(entered(weight))]
            product, weight = product_8, weight_8
        m.submodules.update = update = WeightUpdate(self._design, len(product))
        m.d.comb += [
            update.product.eq(product), update.weight.eq(weight),
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
