"""Neurons of phaseless alignment learning: noise upwards, errors downwards."""

from amaranth.hdl import Array, Const, Module, Mux, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.generator import ROUNDING_BITS, ROUNDING_WIDTH
from ...golden.spec.rules.pal import Mode
from ..lib import requantise
from ..lib.lfsr import RoundingGenerator
from ..lib.memory import DualPortMemory
from .pipeline import Chains, NeuronPipeline, clip, soft, soft_piece

__all__ = ["PalPipeline", "pipeline"]


class PalPipeline(NeuronPipeline):
    """Drive to rate in 7 cycles.

        u = v + xi, r = rho(u)       xi: +A or -A, a fresh bit for each neuron
        e = rho'(u) v                rho': a shift, or nothing

    Members
    -------
    settled : 1 bit
        This is not the first time step of a sample: rates have changed by what the noise does.
    taught : 1 bit
        There is a target; without one the output has no error.
    noise : load, data, restart, state
        The generator of this lane's noise, for the host.
    """

    LATENCY = 7

    def _members(self):
        return {"settled": In(1), "taught": In(1), "noise": In(wiring.Signature({
            "load": Out(1), "data": Out(ROUNDING_BITS), "restart": Out(1),
            "state": In(ROUNDING_WIDTH)}))}

    def hear(self, m, *, settled, taught):
        m.d.comb += [self.settled.eq(settled), self.taught.eq(taught)]

    def elaborate(self, platform):
        m = Module()
        design, table, rule = self._design, self._table, self._design.rule
        one, rounding = design.rate.one, design.state.rounding
        at = Chains(m, self)
        valid, first, tag, delayed = at.valid, at.first, at.tag, at.delayed

        # Stage 0: the drive's quotient and its carry.
        address_0 = self._address(m, valid[0], first[0], tag[0])
        m.d.comb += self.drive_address.eq(address_0)
        discard = design.drive_fraction - design.state.fraction
        quotient_1 = delayed(requantise.divide(self.drive.raw, discard), 0, 1, "quotient")
        carry_1 = delayed(requantise.rounding_bit(self.drive.raw, discard, rounding), 0, 1, "carry")

        # Stage 1: one rounding for each neuron and drive; a bit of noise.
        narrowed, clipped = requantise.saturate(
            requantise.add_with_carry(quotient_1, Const(0, 1), carry_1), design.state)
        m.submodules.generator = generator = RoundingGenerator(
            seed=design.generator_seed, lane=design.lanes * design.stochastic + self._lane)
        noisy_1 = valid[1] & at.mode_is(1, Mode.FREE) & ~at.is_output(1) & self.train
        m.d.comb += [
            generator.step.eq(noisy_1), generator.load.eq(self.noise.load),
            generator.load_data.eq(self.noise.data), generator.restart.eq(self.noise.restart),
            self.noise.state.eq(generator.state),
        ]
        v_2, clipped_3 = delayed(narrowed, 1, 2, "v"), delayed(clipped, 1, 3, "clipped")
        noisy_2, up_2 = delayed(noisy_1, 1, 2, "noisy"), delayed(generator.random[0], 1, 2, "up")

        # Stage 2: the noise.
        amplitude = one >> rule.noise_shift
        noise = Mux(noisy_2, Mux(up_2, amplitude, -amplitude), 0)
        total_3 = delayed((v_2 + noise).as_signed(), 2, 3, "total")
        index_3, target_3 = self._target(m, valid[2], first[2])

        # Stage 3: the potential.
        s, outside = requantise.saturate(total_3, design.state)
        u_4 = delayed(s[:design.state.width].as_signed(), 3, 4, "u")
        clipped_6 = delayed(delayed(clipped_3 | outside, 3, 4, "clip"), 4, 6, "clip_later")

        # Stage 4: the potential's size, or what the slope of the pass upwards leaves of the error.
        count = table.maps.neurons
        m.submodules.slopes = slopes = DualPortMemory(shape=3, depth=count)
        m.submodules.rates = rates = DualPortMemory(shape=signed(design.rate.width), depth=count)
        m.d.comb += slopes.read_address.eq(delayed(address_0, 0, 2, "address"))
        m.d.comb += rates.read_address.eq(delayed(address_0, 0, 4, "address_late"))
        slope_4 = delayed(slopes.read_data, 3, 4, "slope")
        nothing = [Const(0, u_4.shape())] * 4
        quotient = Array([*(u_4 >> k for k in range(4)), *nothing])[slope_4]
        carry = Array([0, *(requantise.rounding_bit(u_4, k, rounding) for k in range(1, 4)),
                       0, 0, 0, 0])[slope_4]
        size_5 = delayed(Mux(u_4 < 0, -u_4, u_4), 4, 5, "size")
        u_5 = delayed(u_4, 4, 5, "u_later")
        target = delayed(target_3, 3, 4, "target")
        upwards_4 = at.mode_is(4, Mode.FREE)
        wrong = Mux(self.train & self.taught, target - u_4, 0)
        e_5 = delayed(Mux(upwards_4, wrong, quotient).as_signed(), 4, 5, "e")
        carry_5 = delayed(carry & ~upwards_4, 4, 5, "carry_later")

        # Stage 5: rate and slope; the error, rounded.
        rate = design.rate
        r_6 = delayed(Mux(at.is_output(5), clip(u_5, rate.minimum, rate.maximum),
                          soft(u_5 < 0, size_5, one))[:rate.width].as_signed(), 5, 6, "rate")
        piece_6 = delayed(soft_piece(size_5, one), 5, 6, "piece")
        u_6 = delayed(u_5, 5, 6, "u_last")
        e_6 = delayed((e_5 + carry_5).as_signed(), 5, 6, "e_rounded")
        old_6 = delayed(rates.read_data, 5, 6, "old")

        # Stage 6: what each list and word gets.
        upwards, output = at.mode_is(6, Mode.FREE), at.is_output(6)
        error, too_large = requantise.saturate(e_6, design.difference)
        judged = ~upwards | output
        limit = one >> rule.clip_shift
        change = Mux(self.settled, r_6 - old_6, 0).as_signed()
        hat = Mux(change > limit, limit, Mux(change < -limit, -limit, change)).as_signed()
        up_6 = delayed(up_2, 2, 6, "up_later")
        self._winner(m, valid[6] & upwards & output & ~self.settled, first[6], u_6,
                     delayed(index_3, 3, 6, "index"))
        m.d.sync += [
            self.rate.raw.eq(Mux(upwards, r_6, 0)),
            self.state.raw.eq(Mux(upwards, u_6, error)),
            self.saturated.eq(valid[6] & (clipped_6 | (judged & too_large))),
            self.moved.eq(valid[6]), self.changed.eq(valid[6]),
        ]
        self._leave(m, {"list_rate": r_6, "list_hat": hat, "list_error": error,
                        "words_noise": Mux(up_6, one, -one), "words_error": error})
        piece_7 = delayed(piece_6, 6, 7, "piece_later")

        # Stage 7: remember.
        for memory, value in ((slopes, piece_7), (rates, self.rate.raw)):
            m.d.comb += [memory.write_enable.eq(valid[7] & at.mode_is(7, Mode.FREE)),
                         memory.write_address.eq(self.out_address), memory.write_data.eq(value)]
        return m


def pipeline(design):
    """Class of a design's neurons."""
    return PalPipeline
