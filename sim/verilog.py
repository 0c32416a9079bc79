"""Verilog of a module, by the Yosys that Amaranth brings along."""

from amaranth.back import rtlil

from ..hdl.lib.yosys import written

__all__ = ["from_rtlil", "to_verilog"]

NOTES = ("-remove generator -remove top -remove src -remove amaranth.hierarchy "
         "-remove amaranth.decoding")
# As `amaranth.back.verilog` does it, which cannot start from RTLIL that there is already.
SCRIPT = f"""\
proc -nomux -norom
memory_collect
attrmap {NOTES}
attrmap -modattr {NOTES}
write_verilog -norename"""
# Without `always @*`, to which a register's initial value is an event in Verilog and none in
# SystemVerilog: there such a process waits for ever where nothing else changes. Nor with names of
# what nobody reads, such as a second name of each port, or with Yosys's notes to itself.
PORTABLE = SCRIPT.replace("proc -nomux -norom", "proc\nopt_clean -purge").replace(
    "-remove src", "-remove src -remove full_case -remove unused_bits").replace(" -norename", "")


def to_verilog(elaboratable, name, *, portable=False, **options):
    """Verilog text of an Amaranth module.

    Parameters
    ----------
    elaboratable : Elaboratable
    name : str
        Of the top module.
    portable : bool
        Such as means the same as Verilog-2005 and as SystemVerilog: for exports.
    **options
        Of `amaranth.back.rtlil.convert`.

    Raises
    ------
    ConversionError
        From `hdl.lib.yosys.written`.
    """
    return written(lambda: rtlil.convert(elaboratable, name=name, emit_src=False, **options),
                   PORTABLE if portable else SCRIPT)


def from_rtlil(text):
    """Verilog of a module's RTLIL, which saves its elaboration; errors as of `to_verilog`."""
    return written(lambda: text, SCRIPT)
