"""Many single faults in one core: an input of the top level says which of them is there."""

import importlib
import inspect
import sys
from inspect import isfunction

from amaranth.hdl import Cat, Const, Mux, Signal, Value

from cortigate.golden.integer.arithmetic import rate_limits
from cortigate.golden.spec import RULES
from cortigate.golden.spec.entries import part_of
from cortigate.golden.spec.generator import ROUNDING_BITS
from cortigate.hdl.core import Core
from cortigate.hdl.lib import requantise
from cortigate.hdl.neuron import pipeline
from cortigate.sim.verilog import to_verilog

__all__ = ["faulty_core", "plant", "replant", "run_again"]

FAULT = Signal(8, name="fault")


def plant(monkeypatch, faults):
    """Run modules of cortigate.hdl again with all the faults in their sources.

    Parameters
    ----------
    monkeypatch : pytest.MonkeyPatch
        Takes them out again.
    faults : list of (module, place, right, wrong)
        Source text: `place`, in which {} stands for the expression `right`, must occur exactly once
        in the module cortigate.hdl.<module>; fault n, counted from 1, has `wrong` there.
    """
    planted = {}
    for number, (module, place, right, wrong) in enumerate(faults, start=1):
        planted.setdefault(module, {}).setdefault((place, right), []).append((number, wrong))
    for name, places in planted.items():
        module = importlib.import_module(f"cortigate.hdl.{name}")
        source = inspect.getsource(module)
        for (place, right), wrongs in places.items():
            old = place.replace("{}", right)
            assert source.count(old) == 1, f"{name} must contain {old!r} exactly once"
            new = f"({right})"
            for number, wrong in wrongs:
                new = f"_faulty({number}, ({wrong}), {new})"
            source = source.replace(old, place.replace("{}", new))
        run_again(monkeypatch, module, source)


def replant(monkeypatch, name, old, new):
    """Run the module cortigate.hdl.<name> again with one piece of its source replaced."""
    module = importlib.import_module(f"cortigate.hdl.{name}")
    source = inspect.getsource(module)
    assert source.count(old) == 1, f"{name} must contain {old!r} exactly once"
    run_again(monkeypatch, module, source.replace(old, new))


def run_again(monkeypatch, module, source):
    """Run a module of cortigate.hdl again with another source, until `monkeypatch` undoes it."""
    for rule in RULES:  # what is imported while a fault is there would keep it
        part_of(rule, "cortigate.pipelines")
    before = dict(vars(module))
    fresh = {"Const": Const} | module.__dict__ | {"_faulty": _faulty, "_wrong": Wrong}
    exec(compile(source, module.__file__, "exec"), fresh)
    # Every module that has imported one of its names gets the faulty one.
    for other in [m for n, m in sys.modules.items() if n.startswith("cortigate.")]:
        for key, value in list(vars(other).items()):
            if getattr(value, "__module__", None) == module.__name__ and key in fresh:
                monkeypatch.setattr(other, key, fresh[key])
    # And every class that is derived from one of its classes, its faulty methods.
    for key, value in before.items():
        if isinstance(value, type) and value.__module__ == module.__name__ and (
                value.__subclasses__()):
            for name, method in vars(fresh[key]).items():
                old = vars(value).get(name)
                if isfunction(method) and (not isfunction(old) or old.__code__ != method.__code__):
                    monkeypatch.setattr(value, name, method)


def faulty_core(design):
    """Verilog of the core of a design, with the input `fault`."""
    core = Core(design)
    ports = {"fault": (FAULT, None)}
    for path, _, value in core.signature.flatten(core):
        ports["__".join(map(str, path))] = (Value.cast(value), None)
    return to_verilog(core, "core", ports=ports)


def _faulty(number, wrong, right):
    """`wrong` in the place of `right` if fault `number` is there; of tuples and lists each part."""
    if isinstance(right, tuple | list):
        return type(right)(_faulty(number, w, r) for w, r in zip(wrong, right, strict=True))
    right = Value.cast(right)
    value = Mux(FAULT == number, wrong, right)[:len(right)]
    return value.as_signed() if right.shape().signed else value


class Wrong:
    """What faults put in the place of hdl.lib.requantise and hdl.neuron.pipeline."""

    @staticmethod
    def tie(value, shift, up):
        """The rounding bit that sends every tie up, or down."""
        value = requantise._wide_enough(Value.cast(value), shift)
        rest = value[:shift - 1].any() if shift > 1 else 0
        return value[shift - 1] & (1 if up else rest) if shift > 0 else Const(0, 1)

    @classmethod
    def round_shift(cls, value, shift, up):
        """A rounding that sends every tie up, or down."""
        return requantise.add_with_carry(requantise.divide(value, shift), Const(0, 1),
                                         cls.tie(value, shift, up))

    @staticmethod
    def carry(product, random, shift, by):
        """Random bits that carry one unit earlier (1) or later (-1) than they should."""
        spare = max(0, shift - ROUNDING_BITS)
        low = product[:shift] if spare == 0 else product[spare:shift]
        bits = len(low)
        given = random if spare else random[ROUNDING_BITS - shift:]
        total = low + given
        moved = Mux(total == (1 << bits) - (by > 0), given + by, given)[:bits]
        return Cat(Const(0, spare), moved)

    @staticmethod
    def saturate(value, fmt, low=0, high=0):
        """A saturation whose ends lie a unit higher (1) or lower (-1)."""
        lowest, highest = fmt.minimum + low, fmt.maximum + high
        outside = (value < lowest) | (value > highest)
        clipped = Mux(value < lowest, lowest, Mux(value > highest, highest, value))
        return clipped[:fmt.width].as_signed(), outside

    @staticmethod
    def activate(state, design, output, layer, low=0, high=0):
        """An activation whose ends lie a unit higher (1) or lower (-1) in hidden or output."""
        depth = design.network.depth
        (low_h, high_h), (low_o, high_o) = (rate_limits(design, n) for n in (1, depth))
        if layer == "hidden":
            low_h, high_h = low_h + low, high_h + high
        else:
            low_o, high_o = low_o + low, high_o + high
        lowest, highest = (Mux(output, Const(o, state.shape()), Const(h, state.shape()))
                           for o, h in ((low_o, low_h), (high_o, high_h)))
        return pipeline.clip(state, lowest, highest)[:design.rate.width].as_signed()

    @staticmethod
    def only(condition, wrong, right):
        """`wrong` where a condition holds; of tuples each part."""
        return tuple(Mux(condition, w, r) for w, r in zip(wrong, right, strict=True))
