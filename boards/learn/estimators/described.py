"""The network that an estimator's parameters describe, or that runs on its board."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, ClassVar

from ....golden.spec import Design
from ....golden.spec.network import LARGEST_LAYER
from ....golden.spec.plain import plain, shown
from ....golden.spec.qformat import check_integer
from ....golden.spec.targets import Target
from ...device import Device
from ..choices import contradictions, margin_shift
from ..named import named_design
from ..opening import AUTO, is_port
from ..training import design_by_name, rule_name

__all__ = ["Described", "several"]


class Described:
    """Makes a design of the parameters below; a subclass says what its outputs are."""

    # What outputs are called, and how few and how many there may be.
    OUTPUTS: ClassVar[str]
    RANGE: ClassVar[tuple[int, int]]
    TARGET: ClassVar[Target]

    design: Design | str | None
    design_: Design
    device: str | Callable[[Design], Device]
    hidden: str | None
    hidden_layer_sizes: int | Sequence[int]
    lanes: int
    margin: float | None = None  # of classifiers
    learning_rate_shift: int | None
    mechanism: str | None
    rule: str | None
    rule_parameters: dict[str, Any] | None
    sample_capacity: int
    scale: str | None
    schedule: str | None

    def _described(self) -> dict[str, Any]:
        """The parameters that describe a design, as plain values."""
        words = {name: plain(name, getattr(self, name), str | None)
                 for name in ("mechanism", "schedule", "hidden")}
        return words | {
            "rule": rule_name(self.rule),
            "hidden_layer_sizes": several("hidden_layer_sizes", self.hidden_layer_sizes),
            "lanes": plain("lanes", self.lanes, int),
            "learning_rate_shift": plain("learning_rate_shift", self.learning_rate_shift,
                                         int | None),
            "rule_parameters": plain("rule_parameters", self.rule_parameters, dict | None),
            "sample_capacity": plain("sample_capacity", self.sample_capacity, int),
            "margin": plain("margin", self.margin, float | None)}

    def _scaling(self) -> str | None:
        """The parameter `scale`, checked."""
        if self.scale is not None and not (isinstance(self.scale, str) and self.scale == "minmax"):
            raise ValueError(f"scale must be 'minmax' or None, not {shown(self.scale)}")
        return self.scale and "minmax"

    def _describing(self) -> dict[str, Any]:
        """Whatever describes network and scaling, as a checkpoint may hold it."""
        scaling = {"scale": self._scaling()}
        if isinstance(self.design, Design):
            return scaling | {"design": self.design.digest}
        if self.design is not None:
            return scaling | {"design": self.design}
        described = self._described()
        described["hidden_layer_sizes"] = list(described["hidden_layer_sizes"])
        more = described["rule_parameters"]  # of NumPy's kinds of numbers, perhaps, and of enums
        described["rule_parameters"] = more and {
            name: f"{value.value if isinstance(value, Enum) else value}"
            for name, value in more.items()}
        return scaling | described

    def _asked(self) -> dict[str, Any]:
        """Those of `_described` that are not at their defaults."""
        usual = type(self)()._described()
        return {name: value for name, value in self._described().items()
                if value != usual[name] or name == "rule" and self.rule is not None}

    def _require_agreement(self, design: Design) -> None:
        """Raise ValueError if a parameter contradicts the parameter `design`, which is this one."""
        found = contradictions(design, self._asked())
        if found:
            names, values, own = zip(*found, strict=True)
            said = ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))
            raise ValueError(f"{said} {'contradict' if len(found) > 1 else 'contradicts'} the "
                             f"parameter design, which has {', '.join(own)} there: leave out "
                             f"design, or leave out {', '.join(names)}")

    def _require_same_network(self) -> None:
        """Raise ValueError if parameters describe another network than the one that has learned."""
        if self.design is not None:
            self._require_agreement(self.design_)
        before = getattr(self, "described_", None)  # files of older versions have none
        if before is None:
            return
        now = self._describing()
        changed = sorted(name for name in before | now if before.get(name) != now.get(name))
        if changed:
            raise ValueError(f"{', '.join(changed)} must be the same as in the fit that is being "
                             "continued, since "
                             f"{'they describe' if len(changed) > 1 else 'it describes'} the "
                             "network: call fit to begin anew")

    def _design_for(self, n_features: int, n_outputs: int) -> Design:
        """The design for data of these numbers; ValueError if it is for other data."""
        if self.design is not None:
            design = named_design(self.design)
        elif is_port(self.device):
            design = self._boards_design(self.device)
        else:
            described = self._described()
            hidden, margin = described.pop("hidden_layer_sizes"), described.pop("margin")
            check_integer("the number of hidden layers", len(hidden), 1, 6)
            check_integer("the number of features of X", n_features, 1, LARGEST_LAYER)
            check_integer(f"the number of {self.OUTPUTS} of y", n_outputs, *self.RANGE)
            return design_by_name((n_features, *hidden, n_outputs), target=self.TARGET,
                                  results=self.TARGET is not Target.CLASS,
                                  margin_shift=margin_shift(margin), **described)
        if design.target is not self.TARGET:
            raise ValueError(f"the design's target must be {self.TARGET.value} for a "
                             f"{type(self).__name__}, not {design.target.value}")
        if self.design is not None:
            self._require_agreement(design)
        sizes = design.network.sizes
        if (sizes[0], sizes[-1]) != (n_features, n_outputs):
            raise ValueError(f"the design {design.network} takes {sizes[0]} features and "
                             f"{sizes[-1]} {self.OUTPUTS}, but the data has {n_features} and "
                             f"{n_outputs}")
        return design

    def _boards_design(self, port: str) -> Design:
        """The design that runs on the board; ValueError if a parameter contradicts it."""
        # Only here, since a model needs no serial port.
        from ...host.discovery import only_board
        from ..designs import design_on

        return design_on(only_board() if port == AUTO else port, self._asked(),
                         unknown="give the report of its build, design='FOLDER/report.json'")


def several(name: str, value: object) -> tuple[int, ...]:
    """Integers as a plain tuple: one alone, or a sequence of them."""
    found = plain(name, value, int | tuple[int, ...])
    return (found,) if isinstance(found, int) else found
