"""Values of a design as a TOML file has them, and back, by the annotations of dataclasses.

Numbers, True and False are TOML's own. A member of an enumeration is its value, a number format
its words (`QFormat.words`), and a dataclass a table of its fields. TOML has no word for None: it is
the string "none".
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from ...golden.spec import QFormat
from ...golden.spec.plain import plain, shown

__all__ = ["NONE", "WrongValue", "kinds_of", "value_of", "words_of"]

NONE = "none"


class WrongValue(ValueError):
    """A value of a file is not what it may be.

    Parameters
    ----------
    message : str
    path : tuple of str
        Names of the tables that the value is in, then its own.
    """

    def __init__(self, message: str, path: tuple[str, ...]):
        super().__init__(message)
        self.path = path


def kinds_of(owner: type) -> dict[str, Any]:
    """Name -> annotation of the parameters of a dataclass."""
    hints = get_type_hints(owner)
    return {field.name: hints[field.name] for field in fields(owner) if field.init}


def value_of(path: tuple[str, ...], said: object, kind: Any) -> Any:
    """The value that a TOML value stands for.

    Parameters
    ----------
    path : tuple of str
        Where it stands: see `WrongValue`.
    said : object
        As tomllib reads it.
    kind : type
        Annotation of the parameter.

    Raises
    ------
    WrongValue
        It stands for none; the message says what is allowed.
    """
    try:
        return _value(path, said, kind)
    except WrongValue:
        raise
    except (TypeError, ValueError) as error:
        raise WrongValue(str(error), path) from None


def _value(path, said, kind):
    name = path[-1]
    arguments: tuple[Any, ...] = get_args(kind)
    if isinstance(kind, UnionType):
        return _one_of(path, said, arguments)
    if kind is QFormat:
        if not isinstance(said, str):
            raise WrongValue(f"{name} must be a number format in words, such as 'Q2.14', not "
                             f"{shown(said)}", path)
        return QFormat.parse(said)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _member(path, said, kind)
    if is_dataclass(kind) and isinstance(kind, type):
        return _table(path, said, kind)
    if get_origin(kind) in (tuple, list) and isinstance(said, list) and arguments:
        many = len(arguments) == 1 or arguments[-1] is Ellipsis
        if many or len(said) == len(arguments):
            each = [arguments[0]] * len(said) if many else arguments
            said = [value_of(path, one, inner) for one, inner in zip(said, each, strict=True)]
    if get_origin(kind) in (dict, Mapping) and isinstance(said, dict):
        held = arguments[-1]
        said = {key: value_of((*path, key), one, held) for key, one in said.items()}
    return plain(name, said, kind)


def _one_of(path, said, kinds):
    """The value as the first of several kinds that takes it; None is written "none"."""
    if NoneType in kinds and said == NONE:
        return None
    reasons = []
    for kind in kinds:
        try:
            if kind is not NoneType:
                return _value(path, said, kind)
        except (TypeError, ValueError) as error:
            reasons.append(str(error))
    or_none = f", or '{NONE}'" if NoneType in kinds else ""
    raise WrongValue("; or ".join(reasons) + or_none, path)


def _member(path, said, kind):
    for member in kind:
        if type(said) is type(member.value) and said == member.value:
            return member
    allowed = ", ".join(str(member.value) for member in kind)
    raise WrongValue(f"{path[-1]} must be one of {allowed}, not {shown(said)}", path)


def _table(path, said, kind):
    kinds = kinds_of(kind)
    if not isinstance(said, dict):
        raise WrongValue(f"{path[-1]} must be a table with {', '.join(kinds)}, not "
                         f"{shown(said)}", path)
    for name in said:
        if name not in kinds:
            raise WrongValue(f"{path[-1]} has no {shown(name)}, only {', '.join(kinds)}",
                             (*path, name))
    return kind(**{name: value_of((*path, name), one, kinds[name]) for name, one in said.items()})


def words_of(value: Any) -> Any:
    """A value as TOML says it: what `value_of` takes for the same.

    Returns
    -------
    bool, int, float, str, list or dict
    """
    if value is None:
        return NONE
    if isinstance(value, QFormat):
        return value.words
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list | tuple):
        return [words_of(one) for one in value]
    if isinstance(value, Mapping):
        return {name: words_of(one) for name, one in value.items()}
    if is_dataclass(value):
        return {field.name: words_of(getattr(value, field.name))
                for field in fields(value) if field.init}
    return value
