"""Entry points of installed packages: rules, and the parts of a rule in every layer."""

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from .plain import shown

__all__ = ["LAYERS", "RULES_GROUP", "offered", "part_of"]

RULES_GROUP = "cortigate.rules"
# Group -> what a rule has there.
LAYERS = {
    "cortigate.integer_models": "integer model",
    "cortigate.latencies": "latencies",
    "cortigate.pipelines": "neuron pipeline",
    "cortigate.reference_models": "float models",
    "cortigate.insights": "insight",
}


def offered(group: str) -> dict[str, EntryPoint]:
    """Entry points of a group: dict from name to `importlib.metadata.EntryPoint`.

    Raises
    ------
    ValueError
        Two packages offer the same name.
    """
    found = {}
    for point in entry_points(group=group):
        if (other := found.setdefault(point.name, point)) is not point:
            raise ValueError(f"two packages offer {point.name!r} in {group}: {_package(other)} "
                             f"({other.value}) and {_package(point)} ({point.value}); "
                             "uninstall one of them")
    return found


def part_of(rule: str, group: str) -> Any:
    """The part that a rule has in one layer.

    Parameters
    ----------
    rule : str
        Name of an installed rule.
    group : str
        One of `LAYERS`.

    Raises
    ------
    ValueError
        The rule is not installed, or its package lacks the part.
    """
    rules = offered(RULES_GROUP)
    if rule not in rules:
        raise ValueError(f"rule must be one of {', '.join(rules)}, not {shown(rule)}")
    point = offered(group).get(rule)
    if point is None:
        raise ValueError(f"the rule {rule} has no {LAYERS[group]}: its package, "
                         f"{_package(rules[rule])}, lacks the entry point {rule!r} in {group}")
    return point.load()


def _package(point):
    return point.dist.name if point.dist is not None else "an unnamed package"
