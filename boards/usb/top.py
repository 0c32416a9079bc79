"""The top level of a board that its host reaches by USB: the engine's bytes to D+ and D-."""

from amaranth.hdl import Module
from amaranth.lib import fifo, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from .identity import MANUFACTURER, PRODUCT, PRODUCT_ID, VENDOR_ID

__all__ = ["UsbTop"]

DEPTH = 16  # of the queues between the clocks: as many words as distributed memory has


class UsbTop(wiring.Component):
    """A design behind a USB serial port.

    USB is what makes more clock domains than one necessary. The bus has 12 million bits a second of
    its own clock, which is found by looking at it four times as often: `usb_io`, 48 MHz. Whatever
    follows the bits works once for each: `usb`, 12 MHz, in step with `usb_io`. The engine keeps
    `sync`, its own clock, which is faster and any: two queues (`AsyncFIFO`) cross between it and
    `usb`, and nothing else does.

    A packet goes to the host when it is full, or with the zero byte that ends every frame. A packet
    from the host waits, unanswered (NAK), until there is room for it.

    Parameters
    ----------
    core : wiring.Component
        `hdl.top.StreamTop`: ports i, o and busy, clock domain `sync`.

    Members
    -------
    d_p_i, d_n_i : 1 bit
        Levels of D+ and D-. Two flip-flops follow, since LUNA looks at them in `usb` without any;
        what comes from `usb_io` is in step with it.
    d_p_o, d_n_o, oe : 1 bit
        What is driven there, while `oe` is high.
    pullup : 1 bit
        Whether the resistor at D+, which tells the host that a device is there, is to be at 3.3 V.
    busy : 1 bit
        The engine runs.

    Raises
    ------
    ModuleNotFoundError
        From `elaborate`: LUNA is not installed.
    """

    d_p_i: In(1, init=1)
    d_n_i: In(1)
    d_p_o: Out(1)
    d_n_o: Out(1)
    oe: Out(1)
    pullup: Out(1)
    busy: Out(1)

    def __init__(self, core):
        self._core = core
        super().__init__()

    def elaborate(self, platform):
        from .device import SerialDevice, fragment_of, pins  # LUNA is needed from here on

        m = Module()
        m.submodules.core = core = self._core
        m.submodules.usb_port = port = Module()  # by this name synthesis knows its memories
        bus = pins()
        device = SerialDevice(
            bus=bus, idVendor=VENDOR_ID, idProduct=PRODUCT_ID,
            manufacturer_string=MANUFACTURER, product_string=PRODUCT,
            serial_number=0)  # none: all boards have the same bitstream
        port.submodules.device = fragment_of(device, platform)
        for line, level in ((bus.d_p, self.d_p_i), (bus.d_n, self.d_n_i)):
            port.submodules += FFSynchronizer(level, line.i, o_domain="usb_io")
        port.submodules.heard = heard = fifo.AsyncFIFO(
            width=8, depth=DEPTH, w_domain="usb", r_domain="sync")
        port.submodules.said = said = fifo.AsyncFIFO(
            width=8, depth=DEPTH, w_domain="sync", r_domain="usb")
        port.d.comb += [
            device.connect.eq(1),
            heard.w_data.eq(device.rx.payload), heard.w_en.eq(device.rx.valid),
            device.rx.ready.eq(heard.w_rdy),
            device.tx.payload.eq(said.r_data), device.tx.valid.eq(said.r_rdy),
            device.tx.last.eq(said.r_data == 0), said.r_en.eq(device.tx.ready),
        ]
        m.d.comb += [
            core.i.payload.eq(heard.r_data), core.i.valid.eq(heard.r_rdy), heard.r_en.eq(1),
            said.w_data.eq(core.o.payload), said.w_en.eq(core.o.valid), core.o.ready.eq(said.w_rdy),
            self.d_p_o.eq(bus.d_p.o), self.d_n_o.eq(bus.d_n.o), self.oe.eq(bus.d_p.oe),
            self.pullup.eq(bus.pullup.o), self.busy.eq(core.busy),
        ]
        return m
