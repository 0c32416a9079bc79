"""Wishbone B4 classic: 32-bit reads and writes of the window, one at a time."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, Signature

from ...golden.spec.design import Design
from ...golden.spec.window import WindowMap
from .port import WindowPort

__all__ = ["Wishbone", "WishbonePort"]


class WishbonePort(Signature):
    """The signals of a classic cycle, as the master has them, under the names of the slave's.

    Parameters
    ----------
    bits : int
        Of the number of a word of 32 bits.
    """

    def __init__(self, bits):
        super().__init__({
            "cyc_i": Out(1), "stb_i": Out(1), "we_i": Out(1), "adr_i": Out(bits),
            "sel_i": Out(4), "dat_i": Out(32), "dat_o": In(32), "ack_o": In(1), "err_o": In(1),
        })


class Wishbone(wiring.Component):
    """A slave. ERR ends what the window refuses, and a write of less than four bytes.

    An access takes as long as the window does. One that the master gives up, as a watchdog of the
    bus may do, is done all the same and answered to nobody; the next one begins after it.

    Parameters
    ----------
    design : Design

    Members
    -------
    bus : WishbonePort
    window : WindowPort
    """

    def __init__(self, design: Design):
        super().__init__({
            "bus": In(self.port(design)),
            "window": Out(WindowPort(design)),
        })

    @staticmethod
    def port(design: Design) -> Signature:
        """The bus as a master has it."""
        return WishbonePort(WindowMap(design).word_bits)

    def elaborate(self, platform):
        m = Module()
        wb, window = self.bus, self.window
        asks, partial, refused = Signal(), Signal(), Signal()
        busy, given_up, answered = Signal(), Signal(), Signal()
        m.d.comb += [
            asks.eq(wb.cyc_i & wb.stb_i), partial.eq(wb.we_i & ~wb.sel_i.all()),
            window.valid.eq(asks & ~partial & ~given_up), window.write.eq(wb.we_i),
            window.address.eq(wb.adr_i), window.write_data.eq(wb.dat_i),
            answered.eq(asks & window.ready & ~given_up),
            wb.dat_o.eq(window.read_data), wb.ack_o.eq(answered & ~window.refused),
            wb.err_o.eq(answered & window.refused | asks & refused),
        ]
        m.d.sync += refused.eq(asks & partial & ~refused)
        with m.If(window.ready):
            m.d.sync += [busy.eq(0), given_up.eq(0)]
        with m.Else():
            m.d.sync += [busy.eq(busy | window.valid), given_up.eq(given_up | busy & ~asks)]
        return m
