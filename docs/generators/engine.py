"""Two drawings: the engine with its memories and lists, and the ladder down to the file."""

from cortigate.golden.spec import preset

from .drawing import arrow, box, label, picture

__all__ = ["engine", "ladder"]

# Rung, what stands on it, and what holds it to the one before.
RUNGS = (
    ("equations", "float64, golden/reference", ""),
    ("integers", "golden/integer", "accuracy beside float64; the only step with a tolerance"),
    ("hardware", "Amaranth, hdl", "lockstep: every observed port in every clock cycle"),
    ("netlist", "after synthesis", "the same lockstep, with the build's own options"),
    ("placed netlist", "after place and route", "runs as a board: learns, predicts, every weight"),
    ("file", "decoded from its bits", "equal to the placed netlist; runs as a board, too"),
    ("chip", "your board", "an attested record, repeated on the integers"),
)


def engine():
    """The data path of a sample, with the figures of the preset `digits`."""
    design = preset("digits")
    lanes = f"{design.lanes} lanes in `digits`".replace("`", "")
    return picture(
        760, 330, "The engine: link, sample memory, event lists, synapse array, neurons, sequencer",
        box(10, 20, 120, 52, "host", "USB serial line"),
        arrow((130, 46), (170, 46)),
        box(170, 20, 120, 52, "link", "UART, frames"),
        arrow((290, 46), (330, 46)),
        box(330, 20, 130, 52, "sample memory", "inputs and labels"),
        arrow((460, 46), (500, 46)),
        box(500, 20, 120, 52, "feeder, loader", "one sample ahead"),
        arrow((560, 72), (560, 112)),
        box(480, 112, 160, 56, "event lists", "entries that are not zero"),
        arrow((480, 140), (430, 140)),
        box(200, 106, 230, 130, "synapse array", lanes, "bank of weights",
            "multiplier, accumulator", "adder tree, update"),
        arrow((200, 200), (150, 200)),
        box(10, 172, 140, 56, "neurons", "1 to 16 pipelines"),
        arrow((80, 228), (80, 300), (700, 300), (700, 140), (640, 140)),
        label(330, 293, "new rates: lists for forward passes and updates"),
        arrow((110, 172), (110, 140), (200, 140)),
        label(112, 132, "words: errors, post", size=11),
        box(480, 206, 160, 56, "sequencer", "the rule's program"),
        arrow((480, 220), (430, 220)),
        label(434, 238, "passes", "start", 11))


def ladder():
    """Each rung, and the check between it and the one above."""
    parts = []
    for number, (name, where, check) in enumerate(RUNGS):
        y = 10 + 66 * number
        parts.append(box(10, y, 220, 42, name, where))
        if number:
            parts += [arrow((120, y - 24), (120, y)), label(250, y - 8, check, "start", 11)]
    return picture(640, 10 + 66 * len(RUNGS), "The ladder from equations to the file", *parts)
