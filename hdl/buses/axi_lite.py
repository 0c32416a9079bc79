"""AXI4-Lite: 32-bit reads and writes of the window, one at a time."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, Signature

from ...golden.spec.design import Design
from ...golden.spec.window import WindowMap
from .port import WindowPort

__all__ = ["OKAY", "SLVERR", "AxiLite", "AxiLitePort"]

OKAY, SLVERR = 0b00, 0b10


class AxiLitePort(Signature):
    """The five channels, as the manager has them; signals have the names of the standard.

    Parameters
    ----------
    bits : int
        Of a byte address.
    """

    def __init__(self, bits):
        super().__init__({
            "awaddr": Out(bits), "awprot": Out(3), "awvalid": Out(1), "awready": In(1),
            "wdata": Out(32), "wstrb": Out(4), "wvalid": Out(1), "wready": In(1),
            "bresp": In(2), "bvalid": In(1), "bready": Out(1),
            "araddr": Out(bits), "arprot": Out(3), "arvalid": Out(1), "arready": In(1),
            "rdata": In(32), "rresp": In(2), "rvalid": In(1), "rready": Out(1),
        })


class AxiLite(wiring.Component):
    """A subordinate. Reads and writes that wait both are served in turn.

    An address and its data are taken together. Refused with SLVERR, and done not even in part, is
    what the window refuses, and a write of less than four bytes, unless it writes none. The two
    lowest bits of an address and the protection mean nothing.

    An access takes two cycles more than the window does.

    Parameters
    ----------
    design : Design

    Members
    -------
    bus : AxiLitePort
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
        return AxiLitePort(WindowMap(design).byte_bits)

    def elaborate(self, platform):
        m = Module()
        axi, window = self.bus, self.window
        writes, read_last, strobes = Signal(), Signal(), Signal(4)
        m.d.comb += writes.eq(axi.awvalid & axi.wvalid & (read_last | ~axi.arvalid))
        m.d.sync += [axi.awready.eq(0), axi.wready.eq(0), axi.arready.eq(0)]
        with m.FSM():
            with m.State("WAIT"):
                m.d.sync += [
                    window.write.eq(writes), window.write_data.eq(axi.wdata),
                    window.address.eq(Mux(writes, axi.awaddr, axi.araddr) >> 2),
                    strobes.eq(axi.wstrb), read_last.eq(~writes),
                ]
                with m.If(writes | axi.arvalid):
                    m.d.sync += [axi.awready.eq(writes), axi.wready.eq(writes),
                                 axi.arready.eq(~writes)]
                    m.next = "ACCESS"
                with m.Else():
                    m.d.sync += read_last.eq(read_last)
            with m.State("ACCESS"):
                whole = ~window.write | strobes.all()
                m.d.comb += window.valid.eq(whole)
                with m.If(window.ready | ~whole):
                    response = Mux(Mux(whole, window.refused, strobes.any()), SLVERR, OKAY)
                    m.d.sync += [
                        axi.bresp.eq(response), axi.rresp.eq(response),
                        axi.rdata.eq(window.read_data),
                        axi.bvalid.eq(window.write), axi.rvalid.eq(~window.write),
                    ]
                    m.next = "RESPOND"
            with m.State("RESPOND"):
                with m.If(axi.bready):
                    m.d.sync += axi.bvalid.eq(0)
                with m.If(axi.rready):
                    m.d.sync += axi.rvalid.eq(0)
                with m.If(Mux(window.write, axi.bready, axi.rready)):
                    m.next = "WAIT"
        return m
