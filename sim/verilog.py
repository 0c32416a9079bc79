"""Verilog of a module, by the Yosys that Amaranth brings along."""

from amaranth.back import verilog

__all__ = ["to_verilog"]

ATTEMPTS = 3


def to_verilog(elaboratable, name, **options):
    """Verilog text of an Amaranth module.

    Amaranth's Yosys is WebAssembly, whose runtime keeps the initial memory in a sealed memory file.
    Linux refuses the seal (EBUSY) while it happens to move one of the file's pages, about once in a
    thousand runs on a busy machine; nothing has been converted then, and the next attempt succeeds.

    Parameters
    ----------
    elaboratable : Elaboratable
    name : str
        Of the top module.
    **options
        Of `amaranth.back.verilog.convert`.

    Raises
    ------
    YosysError
        Whatever else Yosys finds, or the seal refused `ATTEMPTS` times.
    """
    attempt = 1
    while True:
        try:
            return verilog.convert(elaboratable, name=name, strip_internal_attrs=True, **options)
        except verilog.YosysError as error:
            if "seals to the memfd" not in str(error) or attempt == ATTEMPTS:
                raise
            attempt += 1
