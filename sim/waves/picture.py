"""A sample as a VCD file with names and real numbers, and views of it for two viewers."""

import math
from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path

from vcd import VCDWriter
from vcd.gtkw import GTKWFlag, GTKWSave

from ...boards.storage.files import write_whole
from ...golden.spec import MemoryMap, Program
from ...golden.spec.observation import observed_fields
from .observed import Observed

__all__ = ["write_wave"]

PERIOD = 10  # ns of a cycle. Not a timescale of 10 ns: GTKWave reads markers in ns then, too
SIZE, ROOM, FRAME = (1500, 950), 900, 200  # pixels of GTKWave's window, its waves, a zoom's unit
TALL = 2  # empty lines below a curve, over which GTKWave draws it
MARKS = "abcdefghijklmnopqrstuvwxyz"  # that GTKWave has
KINDS = {bool: ("wire", 1), int: ("integer", 64), float: ("real", 64), str: ("string", None)}
FORMATS = {bool: "bin", int: "dec", float: "real", str: "ascii"}  # of GTKWave


class Signals:
    """Values of named signals, cycle by cycle: (scope, name) -> function of the cycle.

    A function that returns None leaves the signal as it is.
    """

    def __init__(self, observed: Observed):
        self._seen, self._design = observed.fields, observed.design
        self._map, self._program = MemoryMap(self._design), Program.of(self._design)
        self._fields = {field.name: field for field in observed_fields(self._design)}
        self.all: dict[tuple[str, str], tuple[type, Callable]] = {}
        self._sample()
        streams = ["drive", *self._design.engine.streams, "neuron"]
        for stream in streams:
            self._stream(stream)
        for name in self._fields:
            if name.startswith(("list_", "words_")) and not name.endswith("_valid"):
                self._numbers(name, name, f"{name}_valid")
        self._weights()
        self._layers()

    def _add(self, scope, name, kind, of):
        self.all[scope, name] = kind, of

    def _value(self, name, cycle, element=0):
        """A number in its own units."""
        value, fraction = int(self._seen[name][cycle, element]), self._fields[name].fraction
        return value if fraction is None else value / (1 << fraction)

    def step(self, cycle):
        """The step whose words are asked for, or None."""
        if not self._value("request_valid", cycle):
            return None
        return self._program.steps[int(self._value("request_tag", cycle))]

    def begins(self, cycle) -> str | None:
        """Name of the step that begins in a cycle, if one does."""
        here = self.step(cycle)
        if here is None:
            return None
        before = next((self._value("request_tag", c) for c in range(cycle - 1, -1, -1)
                       if self._value("request_valid", c)), None)
        return None if before == self._value("request_tag", cycle) else named(here)

    def _sample(self):
        def of(what):
            return lambda cycle: None if self.step(cycle) is None else what(self.step(cycle))

        for name in ("start", "done"):
            self._add("sample", name, bool, lambda c, n=name: bool(self._value(n, c)))
        self._add("sample", "step", str, of(named))
        self._add("sample", "matrix", str, of(lambda step: step.matrix.name))
        self._add("sample", "mode", str, of(lambda step: step.mode.name if step.mode else "-"))
        self._add("sample", "layer", int, of(lambda step: step.target))
        self._add("sample", "prediction", int,
                  lambda c: self._value("prediction", c) if self._value("done", c) else None)
        self._numbers("request", "request_rate", "request_valid")
        self._add("request", "word", int, lambda c: (
            self._value("request_address", c) if self._value("request_valid", c) else None))

    def _numbers(self, scope, name, valid):
        """A number of each neuron lane, and whether it means something."""
        for k in range(self._fields[name].elements):
            lane = f"_{k}" if self._fields[name].elements > 1 else ""
            self._add(scope, f"valid{lane}", bool, lambda c, k=k: bool(self._value(valid, c, k)))
            self._add(scope, f"{name.removeprefix('request_')}{lane}", float, lambda c, k=k: (
                float(self._value(name, c, k)) if self._value(valid, c, k) else None))

    def _stream(self, stream):
        """Neurons that pass by, with their numbers."""
        valid = f"{stream}_valid"
        for name in ("rate", "state") if stream == "neuron" else (stream,):
            self._numbers(stream, name, valid)
        for k in range(self._fields[valid].elements):
            lane = f"_{k}" if self._fields[valid].elements > 1 else ""
            self._add(stream, f"neuron{lane}", str, lambda c, k=k: (
                "layer {}, neuron {}".format(*self._place(stream, c, k))
                if self._value(valid, c, k) else None))

    def _place(self, stream, cycle, lane):
        """Layer and neuron."""
        return self._map.neuron(int(self._value(f"{stream}_address", cycle, lane)), lane)

    def _weights(self):
        """Words of weights as they are written."""
        def word(cycle):
            if not self._value("weight_valid", cycle):
                return None
            address = self._value("weight_address", cycle)
            matrix = next(m for m in self._map.matrices if m.base <= address < m.base + m.words)
            block, column = divmod(address - matrix.base, matrix.columns)
            last = min(matrix.rows, (block + 1) * matrix.lanes) - 1
            return f"{matrix.title}, rows {block * matrix.lanes} to {last}, column {column}"

        self._add("weights", "valid", bool, lambda c: bool(self._value("weight_valid", c)))
        self._add("weights", "saturated", bool, lambda c: bool(self._value("weight_saturated", c)))
        self._add("weights", "word", str, word)
        for k in range(self._design.lanes):
            self._add("weights", f"lane_{k}", float, lambda c, k=k: (
                float(self._value("weights", c, k)) if self._value("weight_valid", c) else None))

    def _layers(self):
        """Rate and state of every neuron, as it had them last."""
        for layer, size in enumerate(self._design.network.sizes[1:], start=1):
            for neuron in range(size):
                for name in ("rate", "state"):
                    self._add(f"layer_{layer}", f"{name}_{neuron}", float, lambda
                              c, n=name, place=(layer, neuron): self._of_neuron(n, c, place))

    def _of_neuron(self, name, cycle, place):
        lane = place[1] % self._design.neuron_lanes
        if not self._value("neuron_valid", cycle, lane) or (
                self._place("neuron", cycle, lane) != place):
            return None
        return float(self._value(name, cycle, lane))


def named(step) -> str:
    """A step in a few words."""
    mode = f" {step.mode.name}" if step.mode else ""
    return f"{step.operation.name} {step.matrix.name}{mode}"


def write_wave(path: Path, observed: Observed) -> list[Path]:
    """Write the waveform, and beside it views of it for GTKWave (.gtkw) and Surfer (.sucl).

    Returns
    -------
    list of Path

    Raises
    ------
    OSError
        A file could not be written.
    """
    signals = Signals(observed)
    marks = [cycle for cycle in range(observed.cycles) if signals.begins(cycle)]
    view, commands = path.with_suffix(".gtkw"), path.with_suffix(".sucl")
    texts = {path: _vcd(signals, observed.cycles), commands: _surfer(signals),
             view: _gtkwave(path, signals, marks, observed.cycles)}
    for file, text in texts.items():
        write_whole(file, text.encode(), "the waveform")
    return [path, view, commands]


def _vcd(signals, cycles):
    """Text of the file."""
    file = StringIO()
    with VCDWriter(file, timescale="1 ns", date="", version="cortigate") as writer:
        known = []
        for (scope, name), (kind, of) in signals.all.items():
            var_type, size = KINDS[kind]
            known.append((writer.register_var(scope, name, var_type, size, init=kind()), of))
        for cycle in range(cycles):
            for variable, of in known:
                if (value := of(cycle)) is not None:
                    writer.change(variable, PERIOD * cycle, value)
        writer.close(PERIOD * cycles)
    return file.getvalue()


def _scopes(signals) -> Iterable[tuple[str, list[str]]]:
    """Scopes with the signals that a view opens with."""
    scopes: dict[str, list[str]] = {}
    for scope, name in signals.all:
        scopes.setdefault(scope, []).append(name)
    return scopes.items()


def _gtkwave(path, signals, marks, cycles):
    """The view: the whole sample in sight, a marker at each of the first passes."""
    file = StringIO()
    save = GTKWSave(file)
    save.dumpfile(path.name, abspath=False)
    save.size(*SIZE)
    save.zoom_markers(math.log2(ROOM / (FRAME * PERIOD * cycles)), **dict(
        zip(MARKS, (PERIOD * cycle for cycle in marks), strict=False)))
    for scope, names in _scopes(signals):
        curves = scope.startswith("layer_")
        with save.group(scope, closed=curves):
            analog = GTKWFlag.analog_step if curves else GTKWFlag(0)
            for name in names:
                kind = FORMATS[signals.all[scope, name][0]]
                save.trace(f"{scope}.{name}", datafmt=kind, extraflags=analog)
                for _ in range(TALL if curves else 0):
                    save.blank(analog_extend=True)
    return file.getvalue()


def _surfer(signals):
    """Commands that add every signal under the name of its scope.

    The commands are of the page "Commands" of Surfer's documentation.
    """
    lines = []
    for scope, names in _scopes(signals):
        lines += [f"divider_add {scope}", *(f"variable_add {scope}.{name}" for name in names)]
    return "\n".join([*lines, "zoom_fit", ""])
