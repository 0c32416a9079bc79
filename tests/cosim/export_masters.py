"""Masters of an exported core's bus: cocotbext's, and one of our own for the bare port.

Each has `write`, `read` and `burst`. An access is an address in bytes and data, None to read; its
answer is the word, of a write any, or None: it was refused.
"""

import cocotb
from cocotb.triggers import ClockCycles, FallingEdge, RisingEdge
from cocotb.types import LogicArray
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiResp
from cocotbext.wishbone.driver import WBOp, WishboneMaster

__all__ = ["MASTERS", "undefined"]

BYTES = 4
# Inputs that ask -> those that mean nothing meanwhile, of each bus and of the samples' stream.
COMPANIONS = {
    "axi": {("s_axi_awvalid",): ("s_axi_awaddr", "s_axi_awprot"),
            ("s_axi_wvalid",): ("s_axi_wdata", "s_axi_wstrb"),
            ("s_axi_arvalid",): ("s_axi_araddr", "s_axi_arprot")},
    "wishbone": {("wb_cyc_i", "wb_stb_i"): ("wb_we_i", "wb_adr_i", "wb_sel_i", "wb_dat_i")},
    "bare": {("bus_valid",): ("bus_write", "bus_address", "bus_write_data")},
}
STREAM = {("s_axis_tvalid",): ("s_axis_tdata", "s_axis_tlast")}


async def undefined(dut, bus, clock):
    """Make X of every input that means nothing, in every cycle: a master may leave it open."""
    groups = [([getattr(dut, name) for name in asks],
               [(line, LogicArray("X" * len(line))) for line in map(dut.__getattr__, others)])
              for asks, others in (COMPANIONS[bus] | STREAM).items()]
    while True:
        await FallingEdge(clock)
        for asks, others in groups:
            if not all(line.value == 1 for line in asks):
                for line, nothing in others:
                    line.value = nothing


class AxiBus:
    """AXI4-Lite, with pauses: an address comes before its data, an answer waits."""

    def __init__(self, dut, pauses):
        self._master = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axi"), dut.aclk, dut.aresetn,
                                     reset_active_level=False)
        write, read = self._master.write_if, self._master.read_if
        self._paused = write.aw_channel, write.w_channel, write.b_channel, read.r_channel
        self._pauses = pauses
        self.pause()

    def pause(self):
        """Pause from now on."""
        for channel in self._paused:
            channel.set_pause_generator(self._pauses)

    async def write(self, address, data, strobes=BYTES):
        done = await self._master.write(address, data.to_bytes(BYTES, "little")[:strobes])
        return data if done.resp == AxiResp.OKAY else None

    async def read(self, address):
        done = await self._master.read(address, BYTES)
        return int.from_bytes(done.data, "little") if done.resp == AxiResp.OKAY else None

    async def burst(self, accesses):
        """Accesses that wait all at once, reads beside writes, without pauses."""
        for channel in self._paused:
            channel.clear_pause_generator()
            channel.pause = False
        under_way = [cocotb.start_soon(self.read(address) if data is None
                                       else self.write(address, data))
                     for address, data in accesses]
        found = [await access for access in under_way]
        self.pause()
        return found


class WishboneBus:
    """Wishbone, classic."""

    def __init__(self, dut, pauses):
        names = {"cyc": "cyc_i", "stb": "stb_i", "we": "we_i", "adr": "adr_i", "sel": "sel_i",
                 "datwr": "dat_i", "datrd": "dat_o", "ack": "ack_o", "err": "err_o"}
        self._master = WishboneMaster(dut, "wb", dut.clk_i, timeout=200, signals_dict=names)
        self._pauses = pauses

    async def _cycle(self, *operations):
        return [(int(done.datrd) if operation.dat is None else operation.dat)
                if done.ack == 1 else None for operation, done in zip(
                    operations, await self._master.send_cycle(list(operations)), strict=True)]

    async def write(self, address, data, strobes=BYTES):
        [found] = await self._cycle(WBOp(address // BYTES, data, idle=3 * next(self._pauses),
                                         sel=(1 << strobes) - 1))
        return found

    async def read(self, address):
        [found] = await self._cycle(WBOp(address // BYTES, idle=3 * next(self._pauses)))
        return found

    async def burst(self, accesses):
        """Accesses of one cycle, the strobe high from the first to the last."""
        return await self._cycle(*(WBOp(address // BYTES, data) for address, data in accesses))


class BareBus:
    """The window's own port."""

    def __init__(self, dut, pauses):
        self._dut, self._pauses = dut, pauses
        dut.bus_valid.value = 0

    async def _access(self, address, data):
        dut = self._dut
        dut.bus_valid.value, dut.bus_write.value = 1, data is not None
        dut.bus_address.value, dut.bus_write_data.value = address // BYTES, data or 0
        while True:
            await FallingEdge(dut.clk)
            if dut.bus_ready.value:
                break
        refused, found = dut.bus_refused.value, dut.bus_read_data.value
        await RisingEdge(dut.clk)
        dut.bus_valid.value = 0
        return None if refused else int(found) if data is None else data

    async def write(self, address, data):
        [found] = await self._paused(address, data)
        return found

    async def read(self, address):
        [found] = await self._paused(address, None)
        return found

    async def _paused(self, *access):
        await ClockCycles(self._dut.clk, 1 + 3 * next(self._pauses))
        return await self.burst([access])

    async def burst(self, accesses):
        """Accesses with `valid` high from the first to the last."""
        return [await self._access(*access) for access in accesses]


MASTERS = {"axi": AxiBus, "wishbone": WishboneBus, "bare": BareBus}
