"""Learning rules and their presets, found by the entry points of ``cortigate.rules``."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from .entries import RULES_GROUP, offered
from .plain import shown
from .rule import Rule

if TYPE_CHECKING:  # it knows the default rule
    from .design import Design

__all__ = ["PRESETS", "RULES", "default_rule", "preset", "rule_of_code",
           "tiny_preset"]

Value = TypeVar("Value")
FIRST_CODE = 64  # of rules from other packages


class Found(Mapping[str, Value]):
    """A dictionary that is looked for when it is first asked.

    Parameters
    ----------
    find : function without arguments to dict
    """

    def __init__(self, find: Callable[[], dict[str, Value]]) -> None:
        self._find = cache(find)

    def __getitem__(self, key: str) -> Value:
        return self._find()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._find())

    def __len__(self) -> int:
        return len(self._find())


@contextmanager
def _blamed(what: str) -> Iterator[None]:
    """What a rule's own code raises, as a sentence; `", ".join(RULES)` would hide a TypeError."""
    try:
        yield
    except Exception as error:
        raise ValueError(f"{what}: {type(error).__name__}: {error}") from error


def _rules() -> dict[str, type[Rule]]:
    found: dict[str, type[Rule]] = {}
    for name, point in offered(RULES_GROUP).items():
        with _blamed(f"the rule {name}, {point.value}, cannot be imported"):
            rule = point.load()
        if not (isinstance(rule, type) and issubclass(rule, Rule)):
            raise ValueError(f"the entry point {name!r} in {RULES_GROUP} must be the class of the "
                             f"rule of that name, not {shown(rule)}")
        if rule.name != name:
            raise ValueError(f"the entry point {name!r} in {RULES_GROUP} must have the name of its "
                             f"rule, {shown(rule.name)}")
        if rule.code < FIRST_CODE and not rule.__module__.startswith(f"{__package__}."):
            raise ValueError(f"the rule {name}, {point.value}, must have a code of {FIRST_CODE} .. "
                             f"255, not {rule.code}: the codes below are cortigate's own")
        found[name] = rule
    ordered, names = dict(sorted(found.items(), key=lambda item: item[1].code)), {}
    for name, rule in ordered.items():
        for key in (rule.code, name, *rule.aliases):
            if (other := names.setdefault(key, name)) != name:
                what = "code" if key == rule.code else "name"
                raise ValueError(f"the rules {other} and {name} have the same {what}, "
                                 f"{shown(key)}: give one another {what} or uninstall it")
    return ordered


def _presets() -> "dict[str, Design]":
    found: dict[str, Design] = {}
    for rule in RULES.values():
        with _blamed(f"the rule {rule.name} cannot make its presets"):
            presets = rule.presets()
        for name, design in presets.items():
            if name in found:
                raise ValueError(f"the rules {found[name].rule.name} and {rule.name} have presets "
                                 f"of the same name, {name}: give one another name or uninstall "
                                 "its rule")
            found[name] = design
    return found


RULES = Found(_rules)  # name -> class, in the order of their codes
PRESETS = Found(_presets)  # name -> design


def preset(name: str) -> "Design":
    """The design called `name`; ValueError lists the names if there is none.

    Examples
    --------
    >>> from cortigate import preset
    >>> print(preset("mnist").network)
    784-128-10
    """
    try:
        return PRESETS[name]
    except (KeyError, TypeError):  # what cannot be a key is no name either
        raise ValueError(
            f"preset must be one of {', '.join(PRESETS)}, not {shown(name)}"
        ) from None


def tiny_preset(rule: str) -> str:
    """Name of a rule's smallest design."""
    return next(iter(RULES[rule].presets()))


def rule_of_code(code: int) -> type[Rule] | None:
    """The rule of a code, or None."""
    return next((rule for rule in RULES.values() if rule.code == code), None)


def default_rule() -> Rule:
    """The rule of a design that names none, with its own parameters: that of the lowest code."""
    return next(iter(RULES.values()))()
