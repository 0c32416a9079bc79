"""Networks that learn by local rules: in FPGA gateware, or in a model that equals it bit for bit.

Everything public is here. Names are imported when they are first used, so that ``import cortigate``
is quick and a program loads only what it needs.

Examples
--------
Learn the handwritten digits with the integer model, which needs no board; ``device="auto"`` would
take the board that is plugged in, ``device="virtual"`` the gateware itself in a simulator:

>>> from sklearn.datasets import load_digits
>>> from cortigate import CortigateClassifier
>>> images, labels = load_digits(return_X_y=True)
>>> learner = CortigateClassifier(hidden_layer_sizes=32, epochs=2)
>>> learner = learner.fit(images[:1400], labels[:1400])
>>> bool(learner.score(images[1400:], labels[1400:]) > 0.85)
True

The same network, rule and formats as one value, which names a bitstream by its digest:

>>> from cortigate import preset
>>> design = preset("digits")
>>> print(design.network, design.rule.name, design.lanes)
64-32-10 ghost 8
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .boards.learn.estimators import (
        CortigateAutoencoder,
        CortigateClassifier,
        CortigateRegressor,
    )
    from .boards.learn.opening import open_device
    from .golden.spec import Design, preset
    from .hdl.core import Core

__all__ = ["Core", "CortigateAutoencoder", "CortigateClassifier", "CortigateRegressor", "Design",
           "__version__", "open_device", "preset"]

__version__: str

# Where each name lives; for type checkers the imports above say the same.
_PLACES = {"Core": ".hdl.core",
           "CortigateAutoencoder": ".boards.learn.estimators",
           "CortigateClassifier": ".boards.learn.estimators",
           "CortigateRegressor": ".boards.learn.estimators", "Design": ".golden.spec",
           "open_device": ".boards.learn.opening", "preset": ".golden.spec"}


def __getattr__(name: str) -> object:
    if name == "__version__":
        value = import_module("importlib.metadata").version("cortigate")
    elif name in _PLACES:
        value = getattr(import_module(_PLACES[name], __name__), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value  # the next time it is found at once
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
