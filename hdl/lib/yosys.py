"""What a synthesis script must add after reading the design, since Amaranth cannot say it."""

__all__ = ["YOSYS_SCRIPT"]

# 1. Nobody reads the address that is written in the same cycle. Otherwise Yosys builds a bypass
#    around every block RAM to return the old word: for 512 x 128 bits 143 LUTs and 281 flip-flops
#    on iCE40 instead of none.
# 2. A single-port memory starts with any contents, since iCE40's SPRAM cannot be initialised.
# 3. The registers of hdl.lib.spread hold the same and are several all the same. An attribute of a
#    signal does not reach its register.
YOSYS_SCRIPT = """\
setparam -set COLLISION_X_MASK 1'1 */t:$memrd_v2
delete */t:$meminit_v2 */r:MEMID=\\single_port* %i
setattr -set keep 1 */w:spread_* %ci1 */t:$dff %i
"""
