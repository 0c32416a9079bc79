"""Amaranth platforms as this project needs them: tools from PyPI, and nothing but a bitstream."""

import re

from amaranth.hdl import Instance, Module
from amaranth.lib import io
from amaranth.vendor import GowinPlatform, LatticeECP5Platform

__all__ = ["AroraVPlatform", "HimbaechelPlatform", "building_tools"]


def building_tools(platform, resources=()):
    """`platform`, an ECP5 board of amaranth-boards, without the steps and tools that flash it.

    Parameters
    ----------
    platform : type
    resources : sequence of Resource
        More of its pins, such as a UART on a header.
    """
    return type("Platform", (platform,), {
        "__doc__": platform.__doc__,
        "required_tools": LatticeECP5Platform.required_tools,
        "command_templates": LatticeECP5Platform.command_templates,
        "resources": [*platform.resources, *resources],
    })


class DrivingBuffer(io.Buffer):
    """An output that always drives; `oe` means nothing.

    Amaranth makes a three-state buffer of it, TBUF, of which gowin_pack does not take the voltage
    of the pin's bank: a bank without any other output would be set for 1.2 V.
    """

    def elaborate(self, platform):
        m = Module()
        for bit, invert in enumerate(self.port.invert):
            m.submodules[f"buf{bit}"] = Instance("OBUF", i_I=self.o[bit] ^ invert,
                                                 o_O=self.port.io[bit])
        return m


class HimbaechelPlatform(GowinPlatform):
    """Gowin through nextpnr-himbaechel, which took the place of the nextpnr-gowin of Amaranth 0.5.

    The files are named as for the other families: ``name.json`` from Yosys, ``name.pnr.json``
    from place and route, ``name.fs`` the bitstream.
    """

    def get_io_buffer(self, buffer):
        """The buffer of a pin; an `io.Buffer` that is an output always drives."""
        if type(buffer) is io.Buffer and buffer.direction is io.Direction.Output and isinstance(
                buffer.port, io.SingleEndedPort):
            result = DrivingBuffer(buffer.direction, buffer.port)
            result.o = buffer.o
            return result
        return super().get_io_buffer(buffer)

    @property
    def chip(self):
        """Name of the silicon: the R of GW1NR and GW2AR is a memory in the same package."""
        return f"{self.series.replace('R', '')}-{self.size}{self.subseries_f}"

    @property
    def required_tools(self):
        """Tools of the commands below."""
        return ["yosys", "nextpnr-himbaechel-gowin", "gowin_pack"]

    @property
    def command_templates(self):
        """Synthesis, placement, packing.

        Every clock gets the frequency of the design's: himbaechel's own files of constraints need
        the names that nets have after packing.
        """
        return [
            r"""
            {{invoke_tool("yosys")}}
                {{quiet("-q")}}
                {{get_override("yosys_opts")|options}}
                -l {{name}}.rpt
                {{name}}.ys
            """,
            r"""
            {{invoke_tool("nextpnr-himbaechel-gowin")}}
                {{quiet("--quiet")}}
                {{get_override("nextpnr_opts")|options}}
                --log {{name}}.tim
                --device {{platform.part}}
                --vopt family={{platform.chip}}
                --vopt cst={{name}}.cst
                {% for signal, frequency in platform.iter_signal_clock_constraints() -%}
                --freq {{frequency / 1000000}}
                {% endfor %}
                --json {{name}}.json
                --write {{name}}.pnr.json
            """,
            r"""
            {{invoke_tool("gowin_pack")}}
                -d {{platform.chip}}
                -o {{name}}.fs
                {{get_override("gowin_pack_opts")|options}}
                {{name}}.pnr.json
            """,
        ]


class AroraVPlatform(HimbaechelPlatform):
    """Gowin's GW5A, whose part numbers Amaranth 0.5 does not know."""

    PART = re.compile(r"(GW5A[A-Z]*)-([A-Z]V)(25|138)([A-Z]+\d+[A-Z]?)(ES|[CA]\d(?:/I\d)?)")

    def parse_part(self):
        """Take the part's number and the family's name apart; ValueError if they do not agree."""
        match = self.PART.fullmatch(self.part)
        if match is None:
            raise ValueError(f"part must be a GW5A such as GW5A-LV25MG121NC1/I0, not {self.part}")
        self.series, self.voltage, self.size, self.package, self.speed = match.groups()
        self.series_f, self.size_f, self.subseries = self.series, self.size, ""
        kind = f"{self.series}-{self.size}"
        if not re.fullmatch(rf"{kind}[A-Z]", self.family):
            raise ValueError(f"family must be {kind} and a letter, not {self.family}")
        self.subseries_f = self.family[-1]

    @property
    def chip(self):
        """Name of the silicon, as apycula has it."""
        return self.family
