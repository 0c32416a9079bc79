"""A design of what a file says, or the name that keeps it from being one."""

import re

from ...golden.spec import Design, Network, Rule
from .following import Said, completed
from .words import WrongValue

__all__ = ["LABELS", "built"]

LABELS = {"sizes": "layers"}  # parameter -> its name in a file, as on the command line


def built(rule: type[Rule], said: Said) -> Design:
    """The design of what is said: see `completed`.

    Parameters
    ----------
    rule : type
        Class of the rule.
    said : dict
        Tables network, rule and engine: parameter -> value of its kind.

    Raises
    ------
    WrongValue
        There is no such design: it names the parameter that the reason is about.
    """
    try:
        return _made(rule, said)
    except (TypeError, ValueError) as error:
        reason = str(error)
        table, name = _named(reason, said) or _to_blame(rule, said) or ("network", "sizes")
        label = LABELS.get(name, name)
        if not re.search(rf"\b({label}|{name})\b", reason):
            reason += f", which follows from {label}"
        raise WrongValue(reason, (table, label)) from None


def _made(rule, said):
    network = Network(**said["network"])  # first: of wrong layers nothing else can be said
    whole = completed(rule, said)
    network = Network(**whole["network"])
    return Design(network=network, rule=rule(**whole["rule"]), **whole["engine"])


def _named(reason, said):
    """(Table, parameter) that a reason names first, in full or by its first word; or None."""
    found = []
    for table, name in _parameters(said):
        for whole in (name, name.partition("_")[0]):
            place = re.search(rf"\b{re.escape(whole)}\b", reason)
            if place is not None:
                found.append((whole != name, place.start(), table, name))
                break
    return min(found)[2:] if found else None


def _to_blame(rule, said):
    """(Table, parameter) without which there is a design; or None."""
    for table, name in _parameters(said):
        rest = {other: dict(values) for other, values in said.items()}
        del rest[table][name]
        try:
            _made(rule, rest)
        except (KeyError, TypeError, ValueError):
            continue
        return table, name
    return None


def _parameters(said):
    return [(table, name) for table, values in said.items() for name in values]
