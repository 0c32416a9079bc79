"""A design as the commented text of a file."""

import json
from dataclasses import fields
from enum import Enum
from textwrap import wrap
from types import NoneType, UnionType
from typing import Any, get_args

from ...golden.spec import RULES, Design, Network, Rule
from .building import LABELS
from .descriptions import described
from .following import Whole, completed, parts
from .reading import DATA, kinds_of_tables
from .words import NONE, words_of

__all__ = ["text_of"]

COLUMNS = 96
HEAD = """\
A design for cortigate: cortigate explain FILE says what becomes of it, and every command that \
takes a preset takes it with --design FILE. A line such as #name = value is what holds anyway, as \
the learning rule recommends it for these layers: to set another value, take away its #."""
RULES_KEYS = """\
The learning rule, and the parameters that it has: docs/rules has its equations. A name that ends \
in _shift is k of a power of two 2**-k, by which the chip multiplies without a multiplier: 4 is \
1/16, and one more is half of that."""
FORMATS = """\
The hardware. Number formats: Q2.14 is a number with a sign and a fixed point, 2 bits before it \
(the sign is one of them) and 14 after it: -2 .. 2 in steps of 2**-14. U1.7 has no sign: 0 .. 2 in \
steps of 2**-7. A word for rounding may follow: nearest-even (if none does), truncate (down), \
stochastic (up or down, at random by what is cut off); and one for numbers that are too large: \
saturate (the largest; if none does), wrap (around to the other end)."""
ABOUT_DATA = """What the design is for: "digits", or a folder of MNIST's original idx files, \
relative to this file."""


def text_of(design: Design, data: str | None = None) -> str:
    """TOML that describes a design: `DesignFile.parse` makes the same of it.

    Parameters
    ----------
    design : Design
    data : str or None
        "digits", a folder, or None.
    """
    rule, whole = type(design.rule), parts(design)
    said = _needed(rule, whole)
    about = {"network": described(Network), "rule": described(rule), "engine": described(Design)}
    lines = [*_comment(HEAD), "", *_comment(ABOUT_DATA),
             _line(DATA, data or "digits", data is not None)]
    for table, kinds in kinds_of_tables(rule).items():
        lines += ["", f"[{table}]"]
        if table == "rule":
            lines += [*_comment(RULES_KEYS), "", *_comment(f"One of {', '.join(RULES)}."),
                      _line("name", rule.name, True)]
        if table == "engine":
            lines += [*_comment(FORMATS), ""]
        for field in fields({"network": Network, "rule": rule, "engine": Design}[table]):
            label = LABELS.get(field.name, field.name)
            if label not in kinds or field.name not in whole[table]:
                continue
            value = whole[table][field.name]
            text = str(design.network) if field.name == "sizes" else words_of(value)
            more = _allowed(kinds[label])
            lines += [*_comment(" ".join(filter(None, [about[table].get(field.name, ""), more]))),
                      _line(label, text, field.name in said[table])]
    return "\n".join(lines) + "\n"


def _needed(rule: type[Rule], whole: Whole) -> Whole:
    """Of all that a design says the part that says it, without what follows from that part."""
    said: Whole = {table: {} for table in whole}
    said["network"]["sizes"] = whole["network"]["sizes"]
    first = [("engine", "target"), *(("rule", name) for name in rule.choices),
             *(("rule", name) for name in whole["rule"] if name == "learning_rate_shift")]
    every = [(table, name) for table, values in whole.items() for name in values]
    for table, name in dict.fromkeys([*first, *every]):
        if completed(rule, said)[table][name] != whole[table][name]:
            said[table][name] = whole[table][name]
    return said


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in wrap(text, COLUMNS - 2, break_long_words=False)]


def _line(name: str, value: Any, said: bool) -> str:
    return f"{'' if said else '#'}{name} = {_toml(value)}"


def _toml(value: Any) -> str:
    """A value of `words_of` in TOML; one that is no table's is on one line."""
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(name)} = {_toml(one)}" for name, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, float):
        return repr(value)  # inf is inf there, too
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "a").replace("-", "a").isalnum()
    return name if plain else _toml(name)


def _allowed(kind: Any) -> str:
    """What a parameter may be beside numbers, as a sentence; "" if that is nothing."""
    kinds = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    words = [str(member.value) for one in kinds if isinstance(one, type) and issubclass(one, Enum)
             for member in one]
    words += [f'"{NONE}"'] if NoneType in kinds and words else []
    return (f"One of {', '.join(words)}." if words else
            f'None is written "{NONE}".' if NoneType in kinds else "")
