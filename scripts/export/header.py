"""C headers: definitions read off the specification, and the header of an exported core."""

import inspect
import re
from enum import Enum
from functools import partial

from cortigate.golden.spec import Design, MemoryMap
from cortigate.golden.spec.link import RESULT_SHIFT, Control
from cortigate.golden.spec.window import STREAMED, WindowMap
from cortigate.hdl.buses.results import CORRECT, DAMAGED

from .texts import filled

__all__ = ["comments", "define", "header"]

CONTROLS = (Control.START, Control.TRAIN, Control.STOP, Control.RESET_GENERATORS)


def comments(enumeration: type[Enum]) -> dict[Enum, str]:
    """Member -> the comment behind its value in the source, "" if there is none."""
    said = {}
    for line in inspect.getsource(enumeration).splitlines():
        found = re.match(r"\s+([A-Z][A-Z_0-9]*) = [^#]*(?:#\s*(.*))?$", line)
        if found and found[1] in enumeration.__members__:
            said[enumeration[found[1]]] = found[2] or ""
    return said


def define(name: str, value: object, said: str = "", prefix: str = "CORTIGATE") -> str:
    """One definition of PREFIX_NAME."""
    comment = f" /* {said.replace('…', '...')} */" if said else ""
    return f"#define {prefix}_{name} {value}{comment}"


def header(design: Design, name: str, values: dict[str, object]) -> str:
    """The text of the C header of an export; two cores of unlike names can share a program.

    Parameters
    ----------
    design : Design
    name : str
        Of the core: in capitals, every macro begins with it.
    values : dict
        As of `texts.filled`.
    """
    window, maps, capitals = WindowMap(design), MemoryMap(design), name.upper()
    ours = partial(define, prefix=capitals)
    out = [filled("core.h", values | {"capitals": capitals}),
           ours("SIZE", f"0x{1 << window.byte_bits:X}", "bytes of the bus")]
    out += [ours(space.name, f"0x{window.byte(space):X}", f"{count} words")
            for space, count in window.words.items()]
    out += ["", "/* Registers. */"]
    out += [ours(f"{register.name}", f"({capitals}_REGISTERS + 4 * {int(register)})",
                 STREAMED[register]) for register in STREAMED]
    out += ["", "/* Bits of CONTROL. */"]
    said = comments(Control) | {Control.START: "begin a run",
                                Control.TRAIN: "learn (else infer)",
                                Control.STOP: "begin no further sample"}
    out += [ours(f"CONTROL_{bit.name}", f"{int(bit)}", said[bit]) for bit in CONTROLS]
    if design.results:
        out.append(ours("CONTROL_LAYER(layer)", f"((layer) << {RESULT_SHIFT})",
                        "whose rates follow each result of an inference, 1 .. "
                        f"{design.network.depth}"))
    out += ["", "/* A result's first word. */",
            ours("RESULT_PREDICTION(result)", "((result) & 0xFF)"),
            ours("RESULT_CORRECT(result)", f"((result) >> {CORRECT} & 1)"),
            ours("RESULT_DAMAGED(result)", f"((result) >> {DAMAGED} & 1)",
                 "the sample was not whole, and not learned")]
    out += ["", f"/* Weights, {design.weight.words}: the row is the matrix's neuron, the column",
            " * its input; a bias is the last column. */"]
    for name, (rows, columns) in maps.shapes.items():
        head, *tail = (m for m in maps.matrices if m.name == name)
        where = place(head, maps, capitals)
        if tail:
            where = f"((row) < {tail[0].first} ? {where} : {place(tail[0], maps, capitals)})"
        out.append(ours(f"{name}(row, column)", where, f"{rows} x {columns}"))
    return "\n".join([*out, "", "#endif", ""])


def place(matrix, maps, capitals):
    """The byte offset of a weight, as C computes it from row and column."""
    lanes = matrix.lanes
    own = f"(row) - {matrix.first}" if matrix.first else "row"
    row, column = ("column", own) if matrix.transposed else (own, "column")
    word = f"{matrix.base} + ({row}) / {lanes} * {matrix.columns} + ({column})"
    return (f"({capitals}_WEIGHTS + 4 * ((({word}) << {maps.lane_address_bits}) + "
            f"({row}) % {lanes}))")
