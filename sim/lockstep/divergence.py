"""Compare a sample's observed words with the timeline, and say where they first differ."""

import numpy as np

from ...golden.timeline import SampleTimeline, Timeline

__all__ = ["first_divergence", "words_of"]


def words_of(timeline: Timeline, expected: SampleTimeline):
    """The observed port in every cycle of a sample, most significant bit first: list of str.

    Cycles beyond the sample's last one belong to what follows: see `SampleTimeline`.
    """
    bits = timeline.bits(expected)[:, ::-1] + ord("0")
    return [row.tobytes().decode() for row in bits]


def first_divergence(timeline: Timeline, expected: SampleTimeline, words, start, number,
                     before=()):
    """None if all cycles agree, else a report of the first that does not.

    Parameters
    ----------
    timeline : Timeline
    expected : SampleTimeline
    words : list of str
        What was observed from the sample's first cycle on, as in `words_of`.
    start : int
        Clock cycle of the sample's first cycle.
    number : int
        Of the sample.
    before : list of str
        What the sample before still shows in this one's first cycles, as in `words_of`.
    """
    wanted = timeline.bits(expected)[:len(words)]
    for row, word in zip(wanted, before, strict=False):
        row |= np.frombuffer(word.encode(), dtype=np.uint8)[::-1] - ord("0")
    text = np.frombuffer("".join(words).encode(), dtype=np.uint8).reshape(len(words), -1)
    # Anything but "0" and "1" (x, z) stays different from both.
    seen = text[:, ::-1] - ord("0")
    if np.array_equal(seen, wanted):
        return None
    cycle = int(np.flatnonzero((seen != wanted).any(axis=1))[0])
    offset = 0
    for field in timeline.fields:
        bits = slice(offset, offset + field.bits)
        offset += field.bits
        if not np.array_equal(seen[cycle, bits], wanted[cycle, bits]):
            return _report(timeline, expected, field, seen[cycle, bits], wanted[cycle, bits],
                           cycle, start, number)
    raise AssertionError("unequal bits lie in some field")


def _report(timeline, expected, field, seen, wanted, cycle, start, number):
    where = f"its cycle {cycle} (clock cycle {start + cycle}), port {field.name}"
    lines = [f"first divergence in sample {number}, {where}"]
    step = _step_at(timeline, expected, cycle)
    if step is not None:
        lines.append(f"  pass {step.matrix.name} {step.operation.name.lower()}"
                     f"{' ' + step.mode.name.lower() if step.mode else ''}, layer {step.target}")
    width = field.width
    i = int(np.flatnonzero(seen != wanted)[0]) // width
    a, b = seen[i * width:(i + 1) * width], wanted[i * width:(i + 1) * width]
    where = _place(timeline, expected, field, cycle, i)
    if where:
        lines.append(f"  {where}")
    lane = f" lane {i}" if field.elements > 1 else ""
    lines.append(f"  expected{lane} {_number(field, b)}")
    lines.append(f"  actual{lane}   {_number(field, a)}")
    return "\n".join(lines)


def _number(field, bits):
    text = "".join("01"[b] if b < 2 else "x" for b in bits[::-1])
    if "x" in text:
        return f"{text} (undefined)"
    value = int(text, 2)
    if field.signed and text[0] == "1":
        value -= 1 << field.width
    if field.fraction is None:
        return f"{text} = {value}"
    return f"{text} = {value} = {value / (1 << field.fraction):.6g}"


def _step_at(timeline, expected, cycle):
    """Step whose requests were last begun by `cycle`."""
    begun = [index for index, start, _ in expected.passes if start <= cycle]
    return timeline.program.steps[begun[-1]] if begun else None


def _place(timeline, expected, field, cycle, element):
    """Layer and neuron, or matrix, row and column, that the timeline has at this place."""
    stream = field.valid.removesuffix("_valid") or field.name.removesuffix("_valid")
    address = {"drive": "drive_address", "neuron": "neuron_address", "post": "neuron_address"} | {
        name: f"{name}_address" for name in timeline.streams}
    address = address.get(stream)
    if address is not None:
        lanes = expected.fields[address].reshape(len(expected.fields[address]), -1)
        layer, index = timeline.map.neuron(int(lanes[cycle, element]), element)
        return f"layer {layer}, neuron {index}"
    word = {"request": "request_address", "weight": "weight_address"}.get(stream)
    if word is not None:
        at = int(expected.fields[word][cycle])
        for m in timeline.map.matrices:
            if m.base <= at < m.base + m.words:
                block, column = divmod(at - m.base, m.columns)
                rows = f"rows {block * m.lanes} .. {min(m.rows, (block + 1) * m.lanes) - 1}"
                stored = " stored transposed" * (m.transposed and not m.tail)
                return f"{m.title}{stored}, {rows}, column {column}, layer {m.source}'s neuron"
    return ""
