"""A JSON schema of the file of a design, for editors: made from the dataclasses."""

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

from ...golden.spec import RULES, Design, Network, QFormat, Rule
from .building import LABELS
from .descriptions import described
from .reading import DATA, TABLES, kinds_of_tables
from .words import NONE, kinds_of

__all__ = ["SCHEMA_FILE", "schema", "schema_text"]

SCHEMA_FILE = Path(__file__).with_name("design.schema.json")
DRAFT = "http://json-schema.org/draft-07/schema#"  # what editors of TOML know
FORMAT = {"type": "string", "pattern": r"^\s*[QU][0-9]{1,2}\.[0-9]{1,2}(\s+[a-z-]+){0,2}\s*$"}
LAYERS = {"oneOf": [{"type": "string", "pattern": r"^[0-9]+(-[0-9]+){2,7}$"},
                    {"type": "array", "items": {"type": "integer", "minimum": 1},
                     "minItems": 3, "maxItems": 8}]}
SCALARS = {bool: "boolean", int: "integer", float: "number", str: "string"}


def schema(rules: Mapping[str, type[Rule]] = RULES) -> dict[str, Any]:
    """The schema, as JSON has it.

    Parameters
    ----------
    rules : dict
        Name -> class, of the rules that a design may have.
    """
    one = kinds_of_tables(next(iter(rules.values())))
    names = {"type": "string", "enum": list(rules)}
    network = _table(one["network"], described(Network))
    layers = network["properties"]["layers"]
    network["properties"]["layers"] = {"description": layers["description"], **LAYERS}
    network["required"] = ["layers"]
    return {
        "$schema": DRAFT, "title": "A design for cortigate", "type": "object",
        "properties": {
            DATA: {"type": "string", "minLength": 1,
                   "description": "What the design is for: \"digits\", or a folder of idx files."},
            "network": {"anyOf": [LAYERS, network]},
            "rule": {"anyOf": [names, *(_rule(name, rule) for name, rule in rules.items())]},
            "engine": _table(one["engine"], described(Design)),
        },
        "required": ["network", "rule"], "additionalProperties": False,
    }


def schema_text(rules: Mapping[str, type[Rule]] = RULES) -> str:
    """The schema as the text of a file."""
    return json.dumps(schema(rules), indent=1, ensure_ascii=False) + "\n"


def _rule(name, rule):
    """A table of one rule."""
    table = _table(kinds_of_tables(rule)["rule"], described(rule))
    table["properties"] = {TABLES["rule"]: {"const": name, "description": rule.title},
                           **table["properties"]}
    return table | {"title": name, "required": [TABLES["rule"]]}


def _table(kinds, about):
    """A table of parameters: name in a file -> annotation."""
    parameters = {label: name for name, label in LABELS.items()}
    properties = {}
    for label, kind in kinds.items():
        text = about.get(parameters.get(label, label))
        properties[label] = _value(kind) | ({"description": text} if text else {})
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _value(kind: Any) -> dict[str, Any]:
    """What a parameter of an annotation may be in a file."""
    origin, arguments = get_origin(kind), get_args(kind)
    if isinstance(kind, UnionType):
        return {"anyOf": [_value(one) for one in arguments]}
    if kind is NoneType:
        return {"const": NONE}
    if kind is QFormat:
        return dict(FORMAT)
    if kind in SCALARS:
        return {"type": SCALARS[kind]}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    if origin in (tuple, list):
        many = len(arguments) == 1 or arguments[-1] is Ellipsis
        size = {} if many else {"minItems": len(arguments), "maxItems": len(arguments)}
        inner = [_value(one) for one in (arguments[:1] if many else arguments)]
        return {"type": "array", "items": inner[0] if many else inner, **size}
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": _value(arguments[1])}
    if is_dataclass(kind) and isinstance(kind, type):
        return _table(kinds_of(kind), described(kind))
    return {}  # a value that no file can say
