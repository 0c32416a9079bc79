"""The documents that commands give with --json: each says its keys, which pages and tests read.

A shape is a dict, key -> "TYPE: meaning", where the type is a name of JSON's, a "list of" one or of
"one/another", or either "or null". A dict in a list is the shape of every item, and a key with "?"
may be missing.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

__all__ = ["DESIGN", "design_keys", "documented", "keys_of", "schema_of", "shape_of"]

Command = TypeVar("Command", bound=Callable)

# Keys about a design, the same in every document that is about one.
DESIGN = {
    "rule": "string: of learning",
    "network": "string: neurons per layer, such as 64-32-10",
    "lanes": "integer: multiply-accumulate lanes",
    "configuration": "string: digest of the design",
}


def design_keys(design: Any) -> dict[str, Any]:
    """The keys of `DESIGN` for a design."""
    return {"rule": design.rule.name, "network": f"{design.network}", "lanes": design.lanes,
            "configuration": design.digest}


def documented(**shape: Any) -> Callable[[Command], Command]:
    """Mark the function of a command, which then has --json: its document has this shape."""
    def marked(function):
        function.document = shape
        return function
    return marked


def shape_of(function: Callable) -> dict[str, Any] | None:
    """Shape of the document of a command; None if it has no --json."""
    return getattr(function, "document", None)


def schema_of(shape: dict[str, Any]) -> dict[str, Any]:
    """JSON schema of a shape: these keys and no others."""
    return {"type": "object", "additionalProperties": False,
            "required": [key for key in shape if not key.endswith("?")],
            "properties": {key.rstrip("?"): _schema_of_value(one) for key, one in shape.items()}}


def keys_of(shape: dict[str, Any], before: str = "") -> Iterator[tuple[str, str, str]]:
    """(Key, type, meaning) of every key, those of lists' items as LIST[].KEY."""
    for key, one in shape.items():
        name = before + key.rstrip("?")
        if isinstance(one, list):
            yield name, "list", ""
            yield from keys_of(one[0], f"{name}[].")
        else:
            kind, _, meaning = one.partition(": ")
            yield name, kind + (", may be missing" if key.endswith("?") else ""), meaning


def _schema_of_value(value):
    if isinstance(value, list):
        return {"type": "array", "items": schema_of(value[0])}
    kind, _, meaning = value.partition(": ")
    kinds = kind.split(" or ")
    if kinds[0].startswith("list of "):
        items = kinds[0].removeprefix("list of ").split("/")
        return {"type": ["array", *kinds[1:]], "items": {"type": items}, "description": meaning}
    return {"type": kinds, "description": meaning}
