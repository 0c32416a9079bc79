"""A core for `UsbTop` that gives back what it gets, for tests of what is around it."""

from amaranth.hdl import Module
from amaranth.lib import fifo, stream, wiring
from amaranth.lib.wiring import In, Out


class Echo(wiring.Component):
    """Every byte again, up to 1024 that nobody takes."""

    i: In(stream.Signature(8, always_ready=True))
    o: Out(stream.Signature(8))
    busy: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.submodules.kept = kept = fifo.SyncFIFOBuffered(width=8, depth=1024)
        m.d.comb += [
            kept.w_data.eq(self.i.payload), kept.w_en.eq(self.i.valid),
            self.o.payload.eq(kept.r_data), self.o.valid.eq(kept.r_rdy),
            kept.r_en.eq(self.o.ready), self.busy.eq(kept.r_rdy),
        ]
        return m
