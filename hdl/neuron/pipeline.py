"""The neuron pipeline of the ghost-unit rule: exact drives in, rates and differences out."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Activation, Design
from ...golden.spec.ghost import Mechanism
from ...golden.spec.schedule import Mode
from ..ghost.units import GhostUnits
from ..lib import requantise
from ..lib.fixed import FixedShape
from ..lib.memory import DualPortMemory
from ..program import StepTable

__all__ = ["NeuronPipeline", "activate"]


def activate(state, design: Design, output):
    """rho(s) as an expression: clipped or rectified for hidden layers, saturated for the last."""
    rate = design.rate
    top = rate.one if design.network.hidden is Activation.CLIP else rate.maximum
    low = Mux(output, Const(rate.minimum, state.shape()), Const(0, state.shape()))
    high = Mux(output, Const(rate.maximum, state.shape()), Const(top, state.shape()))
    return Mux(state < low, low, Mux(state > high, high, state))[:rate.width].as_signed()


class NeuronPipeline(wiring.Component):
    """One neuron a cycle, never stalled: drive in, (rate, post, feedback) out.

    Latency 6 cycles (sweep) or 7 (relaxation) from `drive` to `rate`. The modes are those of
    golden.spec.schedule; the equations

        s <- v + c + n            (sweep)          c: feedback drive,  n = beta (t - r)
        s <- s + dt (v + c + n - s)   (relaxation)

    Parameters
    ----------
    table : StepTable
    design : Design

    Members
    -------
    valid, first, tag, drive
        Exact drive (design.drive_fraction fraction bits); `first`: first neuron of its layer.
    train, label
        Nudge the last layer towards the class `label`.
    out_valid, out_first, out_tag, out_address, rate, state, post, feedback
        `post` multiplies in the plasticity, `feedback` goes down (difference format).
    ghost_write, ghost_address, ghost : stage 3, observed
        Rates that the ghosts took.
    saturated : 1 bit
        A drive or a state saturated (with `out_valid`).
    prediction : 8 bits
        Class of the largest drive of the last free phase.
    active : 1 bit
        Some stage holds a neuron.
    """

    def __init__(self, design: Design, table: StepTable):
        self._design, self._table = design, table
        bits = max(1, (table.maps.neurons - 1).bit_length())
        tag, rate = unsigned(table.tag_bits), FixedShape(design.rate)
        difference = FixedShape(design.difference)
        super().__init__({
            "valid": In(1), "first": In(1), "tag": In(tag), "drive": In(FixedShape(design.drive)),
            "train": In(1), "label": In(8),
            "drive_address": Out(bits),
            "out_valid": Out(1), "out_first": Out(1), "out_tag": Out(tag), "out_address": Out(bits),
            "rate": Out(rate), "state": Out(FixedShape(design.state)),
            "post": Out(difference), "feedback": Out(difference),
            "ghost_write": Out(1), "ghost_address": Out(bits), "ghost": Out(rate),
            "saturated": Out(1), "prediction": Out(8), "active": Out(1),
        })
        self._bits = bits

    def _address(self, m, valid, first, tag):
        """Neuron address of a stage: counted up from the layer's first one."""
        counter = Signal(self._bits)
        address = Signal(self._bits)
        m.d.comb += address.eq(Mux(first, self._table.neuron_base(tag), counter))
        with m.If(valid):
            m.d.sync += counter.eq(address + 1)
        return address

    def elaborate(self, platform):
        m = Module()
        design, table, rule = self._design, self._table, self._design.rule
        state = signed(design.state.width)
        stages = 7 if rule.relaxes else 6

        valid, first, tag = [self.valid], [self.first], [self.tag]
        for k in range(1, stages + 1):
            valid.append(Signal(name=f"valid_{k}"))
            first.append(Signal(name=f"first_{k}"))
            tag.append(Signal(table.tag_bits, name=f"tag_{k}"))
            m.d.sync += [valid[k].eq(valid[k - 1]), first[k].eq(first[k - 1]),
                         tag[k].eq(tag[k - 1])]
        m.d.comb += self.active.eq(Cat(valid).any())

        def mode_is(k, *modes):
            return table.flag(tag[k], lambda s: s.mode in modes)

        def output_at(k):
            return table.flag(tag[k], table.is_output)

        def delayed(value, k, name):
            """Register of the next stage, k + 1."""
            r = Signal(value.shape(), name=f"{name}_{k + 1}")
            m.d.sync += r.eq(value)
            return r

        # Stage 0: read what the neuron remembers; keep the drive's quotient and its carry.
        address_0 = self._address(m, valid[0], first[0], tag[0])
        m.d.comb += self.drive_address.eq(address_0)
        m.submodules.drives = drives = DualPortMemory(shape=state, depth=table.maps.neurons)
        m.submodules.ghosts = ghosts = GhostUnits(design)
        m.d.comb += [drives.read_address.eq(address_0), ghosts.address.eq(address_0)]
        discard = design.drive_fraction - design.state.fraction
        quotient_1 = delayed(requantise.divide(self.drive.raw, discard), 0, "quotient")
        carry_1 = delayed(
            requantise.rounding_bit(self.drive.raw, discard, design.state.rounding), 0, "carry")

        # Stage 1: one rounding for each neuron and drive.
        narrowed, clipped = requantise.saturate(
            requantise.add_with_carry(quotient_1, Const(0, 1), carry_1), design.state)
        d_2, clipped_2 = delayed(narrowed, 1, "d"), delayed(clipped, 1, "clipped")
        v_2 = delayed(drives.read_data, 1, "v")
        held_2 = delayed(ghosts.held, 1, "held")

        # Stage 2: v is the drive itself, or remembered while d is the feedback drive c.
        from_memory = mode_is(2, Mode.FEEDBACK, Mode.STEP)
        v = Mux(from_memory, v_2, d_2).as_signed()
        v_3 = delayed(v, 2, "v")
        c_3 = delayed(Mux(from_memory, d_2, 0).as_signed(), 2, "c")
        index_3, is_target_3 = self._index(m, valid[2], first[2])
        predicted_3 = delayed(activate(v, design, output_at(2)), 2, "predicted")
        held_3, clipped_3 = delayed(held_2, 2, "held"), delayed(clipped_2, 2, "clipped")

        # Stage 3: remember v, let the ghosts capture, add feedback and nudging.
        address_3 = self._address(m, valid[3], first[3], tag[3])
        m.d.comb += [
            drives.write_enable.eq(valid[3] & mode_is(3, Mode.FREE, Mode.LIVE)),
            drives.write_address.eq(address_3), drives.write_data.eq(v_3),
            ghosts.valid.eq(valid[3]), ghosts.mode.eq(table.mode(tag[3])),
            ghosts.write_address.eq(address_3), ghosts.predicted.eq(predicted_3),
            ghosts.held_3.eq(held_3),
            self.ghost_write.eq(ghosts.write), self.ghost_address.eq(address_3),
            self.ghost.raw.eq(predicted_3),
        ]
        self._winner(m, valid[3] & mode_is(3, Mode.FREE) & output_at(3), first[3], v_3, index_3)
        nudged_rate = predicted_3
        if rule.relaxes:
            m.submodules.states = states = DualPortMemory(shape=state, depth=table.maps.neurons)
            m.d.comb += states.read_address.eq(address_0)
            s_2 = delayed(states.read_data, 1, "s")
            s_3 = delayed(s_2, 2, "s")
            old_3 = delayed(activate(s_2, design, output_at(2)), 2, "old")
            nudged_rate = old_3
        nudges = table.flag(tag[3], lambda s: table.is_output(s) and (
            s.integrate if rule.relaxes else s.mode is Mode.FREE)) & self.train
        target = Mux(is_target_3, design.rate.one, 0)
        nudge = requantise.round_shift(target - nudged_rate, rule.nudging_shift,
                                       design.state.rounding)
        total_4 = delayed((v_3 + Mux(nudges, nudge, c_3)).as_signed(), 3, "total")
        predicted_4, clipped_4 = delayed(predicted_3, 3, "predicted"), delayed(clipped_3, 3, "clip")
        q_4 = delayed(ghosts.q, 3, "q")

        # Stage 4 (and 5): integrate.
        if rule.relaxes:
            k, s_4, old_4 = 5, delayed(s_3, 3, "s"), delayed(old_3, 3, "old")
            integrates = table.flag(tag[4], lambda s: s.mode is Mode.STEP or s.integrate)
            step = requantise.round_shift(total_4 - s_4, rule.step_shift, design.state.rounding)
            step_5 = delayed(Mux(integrates, step, 0).as_signed(), 4, "step")
            start_5 = delayed(Mux(mode_is(4, Mode.FREE), total_4, s_4).as_signed(), 4, "start")
            exact = start_5 + step_5
            predicted, q, clipped = (delayed(predicted_4, 4, "predicted"), delayed(q_4, 4, "q"),
                                     delayed(clipped_4, 4, "clip"))
            old = delayed(delayed(old_4, 4, "old"), 5, "old")
        else:
            k, exact, predicted, q, clipped = 4, total_4, predicted_4, q_4, clipped_4
        s_next, outside = requantise.saturate(exact, design.state)
        counts = ~mode_is(k, Mode.GHOST)
        s = delayed(s_next[:design.state.width].as_signed(), k, "s")
        clipped = delayed(clipped | (outside & counts), k, "clip")
        predicted, q = delayed(predicted, k, "predicted"), delayed(q, k, "q")

        # Last stage: activate and compare.
        k += 1
        r = activate(s, design, output_at(k))
        if rule.relaxes:
            r = Mux(mode_is(k, Mode.LIVE), old, r).as_signed()
        reference = q if rule.mechanism is Mechanism.REPLICATE else predicted
        m.d.sync += [self.rate.raw.eq(r), self.state.raw.eq(s), self.post.raw.eq(r - reference),
                     self.feedback.raw.eq(r - q), self.saturated.eq(clipped & valid[k])]
        k += 1
        m.d.comb += [self.out_valid.eq(valid[k]), self.out_first.eq(first[k]),
                     self.out_tag.eq(tag[k]),
                     self.out_address.eq(self._address(m, valid[k], first[k], tag[k]))]
        if rule.relaxes:
            writes = table.flag(tag[k], lambda s: s.mode in (Mode.FREE, Mode.STEP) or s.integrate)
            m.d.comb += [states.write_enable.eq(valid[k] & writes),
                         states.write_address.eq(self.out_address),
                         states.write_data.eq(self.state.raw)]
        return m

    def _index(self, m, valid, first):
        """Registers: a neuron's index in its layer, and whether it is the labelled one."""
        index, counter, index_r, is_target = Signal(8), Signal(8), Signal(8), Signal()
        m.d.comb += index.eq(Mux(first, 0, counter))
        with m.If(valid):
            m.d.sync += counter.eq(index + 1)
        m.d.sync += [index_r.eq(index), is_target.eq(index == self.label)]
        return index_r, is_target

    def _winner(self, m, valid, first, v, index):
        """Remember the index of the largest v (the first of equals)."""
        best = Signal.like(v)
        with m.If(valid & (first | (v > best))):
            m.d.sync += [best.eq(v), self.prediction.eq(index)]
