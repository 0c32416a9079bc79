"""Chips, and what is the same for all chips of a family."""

from dataclasses import dataclass, field

from ..golden.spec import RULES
from ..golden.spec.plain import Plain

__all__ = ["CHIPS", "ECP5_12", "ECP5_25", "ECP5_45", "ECP5_85", "GW1NR_9", "GW2AR_18", "GW5AST_138",
           "GW5A_25", "ICE40UP5K", "PACKER_OPTIONS", "Chip", "ChipFamily", "large_presets",
           "small_clocks", "small_presets"]


# What tools may be told, as Amaranth's platforms name it; "synthesis" is the command of Yosys. The
# packer's belongs to one family.
PACKER_OPTIONS = {"ice40": "icepack_opts", "ecp5": "ecppack_opts", "gowin": "gowin_pack_opts",
                  "gw5a": "gowin_pack_opts"}


@dataclass(frozen=True)
class ChipFamily(Plain):
    """Chips with the same blocks.

    Parameters
    ----------
    name : str
    operand_bits : int
        Widest signed operand of a multiplier.
    block_shapes : tuple of (int, int)
        (Words, bits) that a block RAM with one read and one write port can be.
    options : dict
        What its tools are told: "synthesis", the command of Yosys; "nextpnr_opts" and the packer's,
        as Amaranth's platforms name them. Those of chip and board are added.
    cells : dict
        Row of the resource table -> cell type in the report of place and route, or, where that
        report does not tell it apart, prefix of the cell types in the netlist.
    lut_cells : dict
        Cell type in the report of place and route -> places of LUTs that it takes.
    mapping : str
        Passes of Yosys that make lookup tables, in place of the command's own; "": those.
    soft_multiplier : float
        A multiplier whose operands are too wide for a block is made of LUTs, this many for each
        product of two of their bits; 0: of several blocks.
    """

    name: str
    operand_bits: int
    block_shapes: tuple[tuple[int, int], ...]
    options: dict[str, str] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    lut_cells: dict[str, int] = field(default_factory=dict)
    mapping: str = ""
    soft_multiplier: float = 0.0

    @property
    def options_known(self):
        """Names of what its tools may be told."""
        return ("synthesis", "nextpnr_opts", PACKER_OPTIONS[self.name])


@dataclass(frozen=True)
class Chip(Plain):
    """One chip.

    Parameters
    ----------
    name : str
    family : ChipFamily
    luts, dsps, block_rams : int
        Lookup tables of four inputs, multipliers, block RAMs.
    large_rams : int
        iCE40's SPRAM, 16384 words of 16 bits, single-ported.
    samples : int or None
        Most samples that its boards store; None: as many as the design says.
    options : dict
        What the tools are told beside the family's options.
    floorplan : bool
        The build places multipliers and weights (`boards.floorplan`), and leaves the rest to the
        placer.
    readable : bool
        Files for it are read back as circuits. False: nothing is known of a file; the circuit that
        was placed is run in place of the file's, and the build says so.
    """

    name: str
    family: ChipFamily
    luts: int
    dsps: int
    block_rams: int
    large_rams: int = 0
    samples: int | None = None
    options: dict[str, str] = field(default_factory=dict)
    floorplan: bool = False
    readable: bool = True


ICE40 = ChipFamily(
    "ice40",
    operand_bits=16,
    block_shapes=((256, 16), (512, 8), (1024, 4), (2048, 2)),
    # -spram: the digits in single-port RAM. Without -dsp, whose pass takes the registers out of
    # multipliers that are instantiated.
    options={"synthesis": "synth_ice40 -spram -abc9 -device u", "nextpnr_opts": "--opt-timing"},
    cells={
        "LUT": "SB_LUT4",
        "FF": "SB_DFF",
        "logic cell": "ICESTORM_LC",  # a LUT, a FF or both
        "DSP": "ICESTORM_DSP",
        "block RAM": "ICESTORM_RAM",
        "SPRAM": "ICESTORM_SPRAM",
    },
    lut_cells={"ICESTORM_LC": 1},
    # As synth_ice40's own but for the delay of a wire, 2.5 ns in place of 0.75, as it is in a chip
    # that is nearly full: with less, only adders count as long, and all else gets more tables in
    # series than it needs.
    mapping="""\
check -latchonly -assert
read_verilog -D ICE40_U -icells -lib -specify +/ice40/abc9_model.v
abc9 -W 2500
ice40_wrapcarry -unwrap
techmap -map +/ice40/ff_map.v
clean
opt_lut -tech ice40
""",
    # 8-16-6-4 with 4 and 8 lanes and operands of 16 x 18 bits, 64-32-10 with 4, and 18 x 17 bits:
    # 2.76 to 2.91.
    soft_multiplier=2.8,
)
ECP5 = ChipFamily(
    "ecp5",
    operand_bits=18,
    block_shapes=((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)),
    options={"synthesis": "synth_ecp5 -abc9"},
    cells={
        "LUT": "TRELLIS_COMB",
        "FF": "TRELLIS_FF",
        "DSP": "MULT18X18D",
        "block RAM": "DP16KD",
    },
    lut_cells={"TRELLIS_COMB": 1},
)
GOWIN = ChipFamily(
    "gowin",
    operand_bits=18,
    block_shapes=((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)),
    cells={
        "LUT": "LUT4",
        "carry": "ALU",  # takes the place of a LUT
        "LUT RAM": "RAM16SDP4",  # takes the places of four
        "FF": "DFF",
        "DSP": "MULT18X18",
        "block RAM": "BSRAM",
    },
    # The pins have their buffers from Amaranth.
    options={"synthesis": "synth_gowin -setundef -noiopads"},
    lut_cells={"LUT4": 1, "ALU": 1, "RAM16SDP4": 4},
)
# Synthesis infers no multipliers; those that are instantiated, MULT27X36, take two blocks each.
GW5A = ChipFamily(
    "gw5a",
    operand_bits=27,
    # nextpnr makes two blocks of one with words of 36 bits.
    block_shapes=((1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)),
    cells={
        "LUT": "LUT4",
        "carry": "ALU",  # takes the place of a LUT
        "FF": "DFF",
        "DSP": "MULT27X36",
        "block RAM": "BSRAM",
    },
    # apycula has no RAM made of LUTs for GW5A-25A.
    options={"synthesis": "synth_gowin -family gw5a -setundef -noiopads -nolutram"},
    lut_cells={"LUT4": 1, "ALU": 1},
    # As on iCE40; not measured.
    soft_multiplier=2.8,
)

ICE40UP5K = Chip("iCE40UP5K", ICE40, 5280, 8, 30, 4)
# The 12F is sold with half of what its chip has; the tools use the whole of it.
# 992 samples fill two banks of 16 block RAMs, which leaves 24.
ECP5_12 = Chip("LFE5U-12F", ECP5, 24288, 28, 56, samples=992)
ECP5_25 = Chip("LFE5U-25F", ECP5, 24288, 28, 56, samples=992)
ECP5_45 = Chip("LFE5U-45F", ECP5, 43848, 72, 108)
# Of 64 lanes, 30,000 LUTs, this placer's wires are a quarter shorter than the usual one's, whose
# result no router finishes in half an hour. The router sends what is not critical on detours until
# it is: 12 of 100 MHz are lost, unless it looks at what has become too slow again.
ECP5_85 = Chip("LFE5U-85F", ECP5, 83640, 156, 208, floorplan=True,
                 options={"nextpnr_opts": "--placer static --router router2 --tmg-ripup"})
# 400 samples take 13 block RAMs, which leaves 13; 496 a bank of 16, which leaves 30.
GW1NR_9 = Chip("GW1NR-9C", GOWIN, 8640, 20, 26, samples=400,
                 options={"synthesis": "-family gw1n"})
GW2AR_18 = Chip("GW2AR-18C", GOWIN, 20736, 48, 46, samples=496,
                  options={"synthesis": "-family gw2a"})
# Multipliers of 27 x 36 bits: half of the chip's blocks. The clock's pin is one of those that
# configure the chip through SSPI or a CPU; gowin_pack wants the former free on every GW5A-25A.
GW5A_25 = Chip("GW5A-25A", GW5A, 23040, 14, 56, samples=992, options={
    "nextpnr_opts": "--vopt sspi_as_gpio", "gowin_pack_opts": "--sspi_as_gpio --cpu_as_gpio"})
GW5AST_138 = Chip("GW5AST-138C", GW5A, 138240, 149, 340, readable=False,
                  options={"gowin_pack_opts": "--cpu_as_gpio"})
CHIPS = (ICE40UP5K, ECP5_12, ECP5_25, ECP5_45, ECP5_85, GW1NR_9, GW2AR_18, GW5A_25, GW5AST_138)


def small_presets():
    """Designs for the smallest chips: dict from rule to preset (`Rule.small`)."""
    return {name: rule.small for name, rule in RULES.items() if rule.small}


def small_clocks():
    """Clocks of those that reach more than the usual 37.5 MHz: dict from preset to Hz."""
    return {"digits": 40_500_000, "mnist-small": 40_500_000}


def large_presets():
    """Designs for the larger chips: dict from rule to preset (`Rule.large`)."""
    return {name: rule.large for name, rule in RULES.items() if rule.large}
