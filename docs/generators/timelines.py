"""One sample's course, drawn from the timeline model, which the hardware equals."""

import numpy as np

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import Program, preset
from cortigate.golden.timeline import Timeline

from .drawing import label, picture

__all__ = ["timeline"]

PRESET, SEED = "digits", 0
# Fields of the observed port, and what they are called in the drawing.
STREAMS = (("request", "words asked for"), ("drive", "drives of neurons"),
           ("neuron", "new rates"), ("weight", "weights written"))
LEFT, WIDTH, ROW = 130, 620, 34


def timeline():
    """The first training digit of preset `digits`, with its first weights."""
    design = preset(PRESET)
    data = load_digits_split(SEED)
    model = integer_model(design)
    model.set_weights(initial_weights(design, SEED))
    trace = model.learn(design.sample.from_float(data.x_train[:1])[0], int(data.y_train[0]))
    sample = Timeline(design).sample(trace)
    scale = WIDTH / sample.cycles
    steps = Program.of(design).steps
    parts = []
    for number, start, _ in sample.passes:
        step = steps[number]
        x = LEFT + scale * start
        name = f"{step.operation.name.lower()} {step.matrix.name}"
        parts.append(f'<path d="M{x:.1f} 30 V{40 + ROW * len(STREAMS)}" stroke="currentColor" '
                     f'stroke-width="0.6" stroke-dasharray="2 3"/>')
        parts.append(f'<text x="{x + 3:.1f}" y="26" font-size="11" '
                     f'transform="rotate(-24 {x + 3:.1f} 26)">{name}</text>')
    for row, (stream, name) in enumerate(STREAMS):
        y = 44 + ROW * row
        parts.append(label(LEFT - 8, y + 14, name, "end"))
        valid = sample.fields[f"{stream}_valid"][:sample.cycles]
        valid = valid.reshape(sample.cycles, -1).any(axis=1)
        for start, stop in runs(valid):
            parts.append(f'<rect x="{LEFT + scale * start:.1f}" y="{y}" height="18" '
                         f'width="{max(0.8, scale * (stop - start)):.1f}" fill-opacity="0.75"/>')
    bottom = 62 + ROW * len(STREAMS)
    parts += [label(LEFT, bottom, "cycle 0", "start", 11),
              label(LEFT + WIDTH, bottom, f"{sample.cycles}", "end", 11)]
    shifted = f'<g transform="translate(0 50)">{"".join(parts)}</g>'
    inputs = int(np.count_nonzero(trace.passes[0].walked[:-1]))
    words = int(sample.fields["request_valid"].sum())
    return "\n\n".join([
        picture(LEFT + WIDTH + 20, bottom + 60, "A sample's course, cycle by cycle", shifted),
        (f"One learning sample of the preset `{PRESET}` ({design.network}, {design.lanes} lanes): "
        f"{sample.cycles} cycles, in {words} of which the array is asked for a word. Of the "
        f"{design.network.sizes[0]} inputs {inputs} are not zero, and only those are walked.")])


def runs(valid):
    """Pairs (first, one behind the last) of cycles in which something is valid."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], valid.astype(np.int8), [0]])))
    return list(zip(edges[::2], edges[1::2], strict=True))
