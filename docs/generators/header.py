"""The C header `cortigate.h`: numbers of the protocol, from `golden.spec.link`.

It is written anew, in the folder docs, by ``python -m generators.header cortigate.h``.
"""

import sys
from pathlib import Path

from cortigate.golden.spec import link as spec
from cortigate.scripts.export.header import comments, define

__all__ = ["header"]

CONSTANTS = {
    "PROTOCOL_VERSION": "byte 2 of the identity",
    "FRAME_BYTES": "of a decoded frame, at most",
    "WRITE_BYTES": "of words or elements in a write, at most",
    "READ_BYTES": "of words in a response, at most",
    "NO_TARGET": "label of a streamed sample without a target",
    "STOOD_LONG": "turns that a sample stood: these or more",
    "SESSION_SHIFT": "of the host's half of CONTROL",
    "RESTLESS_SHIFT": "of the count in STATUS",
    "RESULT_SHIFT": "of the layer in CONTROL whose rates are kept",
    "RESULT_BITS": "of it",
    "SLOWEST_BAUD": "that every board takes",
    "FEWEST_CYCLES": "of the board's clock in a bit of the line",
    "SPARSE_INPUTS": "of a design from which on it knows WRITE_SPARSE",
    "SPARSE_ZEROS": "of an element of WRITE_SPARSE, at most",
    "SPARSE_LITERALS": "likewise",
}
GROUPS = {"": spec.Operation, "SPACE_": spec.Space, "STATUS_": spec.Status,
          "REGISTER_": spec.Register, "CONTROL_": spec.Control,
          "FLASH_FACT_": spec.FlashFact, "FLASH_STATUS_": spec.FlashStatus}
HEAD = """\
/* The serial protocol of cortigate boards: its numbers, for programs in C.
 *
 * Written from golden/spec/link.py by docs/generators/header.py; the page "Protocol" of the
 * documentation says how they are used. Numbers on the line are little endian. A response has
 * the request's operation with CORTIGATE_RESPONSE set.
 */
#ifndef CORTIGATE_H
#define CORTIGATE_H
"""


def header():
    """The text of the file."""
    out = [HEAD]
    for name, said in CONSTANTS.items():
        out.append(define(name, f"{getattr(spec, name)}", said))
    out += [define("RESPONSE", "0x80", "bit of a response's operation"),
            define("PAUSE_MICROSECONDS", f"{round(spec.PAUSE_SECONDS * 1e6)}",
                   "of silence, after which a board finds the rate anew"),
            define("CRC_POLYNOMIAL", "0x1021", "CRC-16/IBM-3740"),
            define("CRC_START", "0xFFFF")]
    for prefix, group in GROUPS.items():
        out += ["", f"/* {group.__doc__.splitlines()[0]} */"]
        said = comments(group)
        out += [define(f"{prefix}{one.name}", f"{int(one)}", said[one]) for one in group]
    out += ["", "/* Bytes of one word; of CORTIGATE_SPACE_WEIGHTS byte 15 of the identity. */"]
    out += [define(f"WORD_BYTES_{space.name}", f"{size}")
            for space, size in spec.WORD_BYTES.items()]
    return "\n".join([*out, "", "#endif", ""])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(header(), encoding="utf-8")
