"""The top of an export's Verilog: a streamed core with one of the buses, and plain ports."""

from typing import NamedTuple

from amaranth.hdl import ClockDomain, ClockSignal, Module, ResetSignal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, Signature, connect

from ...golden.spec.design import Design
from .axi_lite import AxiLite
from .port import WindowPort
from .results import result_layout
from .samples import sample_layout
from .streamed import StreamedCore
from .wishbone import Wishbone

__all__ = ["BUSES", "Bus", "Shell"]


class Bus(NamedTuple):
    """How a bus looks from outside.

    Parameters
    ----------
    prefix, clock, reset : str
        Of the bus's signals, and names.
    reset_low : bool
        The reset is active low.
    adapter : type or None
        A component with `bus`, a port, and `window`; None: it is the window's port itself.
    """

    prefix: str
    clock: str
    reset: str
    reset_low: bool
    adapter: type | None

    def port(self, design: Design) -> Signature:
        """The bus as a master has it."""
        return WindowPort(design) if self.adapter is None else self.adapter.port(design)


BUSES = {
    "axi": Bus("s_axi", "aclk", "aresetn", True, AxiLite),
    "wishbone": Bus("wb", "clk_i", "rst_i", False, Wishbone),
    "bare": Bus("bus", "clk", "rst", False, None),
}


def _stream(prefix, bits, flow):
    """Members of an AXI4-Stream."""
    signature = {"tdata": Out(bits), "tvalid": Out(1), "tready": In(1), "tlast": Out(1)}
    return {f"{prefix}_{name}": member if flow is Out else member.flip()
            for name, member in signature.items()}


class Shell(wiring.Component):
    """A `StreamedCore` with every port under the name that its standard gives it.

    Parameters
    ----------
    design : Design
    clock_hz : int
    bus : str
        A name of `BUSES`; "bare" has the window's own port.

    Members
    -------
    s_axis_… , m_axis_…
        AXI4-Streams of samples and of results.
    s_axi_… , wb_… or bus_…
        The bus.
    running : 1 bit
        A run goes on: its falling edge can be an interrupt.
    aclk and aresetn, or clk_i and rst_i, or clk and rst

    Raises
    ------
    ValueError
        There is no such bus.
    """

    def __init__(self, design: Design, clock_hz, bus):
        if bus not in BUSES:
            raise ValueError(f"bus must be {', '.join(list(BUSES)[:-1])} or {list(BUSES)[-1]}, "
                             f"not {bus!r}")
        self._design, self._clock_hz, self._bus = design, clock_hz, bus
        named = BUSES[bus]
        super().__init__(
            {named.clock: In(1), named.reset: In(1)}
            | {f"{named.prefix}_{name}": member.flip()
               for name, member in named.port(design).members.items()}
            | _stream("s_axis", sample_layout(design)["data"].width, In)
            | _stream("m_axis", result_layout["data"].width, Out) | {"running": Out(1)})

    def elaborate(self, platform):
        m = Module()
        named = BUSES[self._bus]
        m.submodules.core = core = StreamedCore(self._design, self._clock_hz)
        m.domains.sync = ClockDomain("sync")
        reset = getattr(self, named.reset)
        m.d.comb += [ClockSignal().eq(getattr(self, named.clock)),
                     ResetSignal().eq(~reset if named.reset_low else reset)]
        port = core.bus
        if named.adapter is not None:
            m.submodules.adapter = adapter = named.adapter(self._design)
            connect(m, adapter.window, core.bus)
            port = adapter.bus
        for name, member in named.port(self._design).members.items():
            inner, outer = getattr(port, name), getattr(self, f"{named.prefix}_{name}")
            m.d.comb += inner.eq(outer) if member.flow is Out else outer.eq(inner)
        m.d.comb += [
            core.samples.p.data.eq(self.s_axis_tdata), core.samples.p.last.eq(self.s_axis_tlast),
            core.samples.valid.eq(self.s_axis_tvalid), self.s_axis_tready.eq(core.samples.ready),
            self.m_axis_tdata.eq(core.results.p.data), self.m_axis_tlast.eq(core.results.p.last),
            self.m_axis_tvalid.eq(core.results.valid), core.results.ready.eq(self.m_axis_tready),
            self.running.eq(core.running),
        ]
        return m
