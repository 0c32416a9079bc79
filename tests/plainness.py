"""What tests of plain values share: where dataclasses are, and whether a value is plain."""

import dataclasses
import importlib
import pkgutil
from enum import Enum

__all__ = ["dataclasses_of", "is_plain"]


def dataclasses_of(package):
    """Every frozen dataclass of a package that documents parameters: its callers give them."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if (isinstance(value, type) and value.__module__ == module.name
                    and dataclasses.is_dataclass(value)
                    and value.__dataclass_params__.frozen and "Parameters\n" in value.__doc__):
                yield value


def is_plain(value):
    """True if nothing in a value is a number of NumPy's, or another type than it seems."""
    if dataclasses.is_dataclass(value):
        return all(is_plain(getattr(value, field.name)) for field in dataclasses.fields(value))
    if isinstance(value, tuple | list):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(map(is_plain, [*value, *value.values()]))
    return isinstance(value, Enum) or type(value) in (int, float, bool, str, type(None))
