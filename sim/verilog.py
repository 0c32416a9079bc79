"""Verilog of a module, by the Yosys that Amaranth brings along."""

from amaranth.back import verilog

from ..hdl.lib.yosys import converted

__all__ = ["to_verilog"]


def to_verilog(elaboratable, name, **options):
    """Verilog text of an Amaranth module.

    Parameters
    ----------
    elaboratable : Elaboratable
    name : str
        Of the top module.
    **options
        Of `amaranth.back.verilog.convert`.

    Raises
    ------
    ConversionError
        From `hdl.lib.yosys.converted`.
    """
    return converted(lambda: verilog.convert(elaboratable, name=name, strip_internal_attrs=True,
                                             **options))
