"""A design from its file: every table and name checked, every error with the line it is about."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Self

from ...golden.spec import PRESETS, RULES, Design, Network, Rule
from ...golden.spec.plain import Plain, plain, shown
from .building import LABELS, built
from .toml_text import TomlFile, judged, plain_text
from .words import WrongValue, kinds_of, value_of

__all__ = ["DATA", "SUFFIX", "TABLES", "DesignFile", "kinds_of_tables"]

SUFFIX = ".toml"
DATA = "data"
# Table -> the name that may be written as the table itself: rule = "NAME".
TABLES = {"network": "layers", "rule": "name", "engine": ""}


@dataclass(frozen=True)
class DesignFile(TomlFile, Plain):
    """A file that describes a design.

    Parameters
    ----------
    path : Path
    design : Design
    data : str or None
        What the design is for: "digits", or a folder of idx files; None is not said.

    Examples
    --------
    >>> from cortigate import preset
    >>> from cortigate.boards.design_file import DesignFile, text_of
    >>> print(DesignFile.parse(text_of(preset("digits"))).design.network)
    64-32-10
    """

    WHAT = "a design"

    path: Path
    design: Design
    data: str | None = None

    @classmethod
    def parse(cls, text: str, path: str | PathLike = f"design{SUFFIX}") -> Self:
        """The design of a text, which stands in the file `path`; ValueError as of `read`."""
        def judge(tree):
            rule, said, data = _said(tree)
            return cls(Path(path), built(rule, said), _placed(data, path))

        return judged(plain_text(text), path, cls.WHAT, judge)

    @property
    def folder(self) -> Path | None:
        """Folder of the data, None if there is none."""
        return None if self.data in (None, "digits") else Path(self.data or "")

    @property
    def name(self) -> str:
        """Name of its builds: the file's name, unless a preset has it."""
        stem = self.path.stem
        return f"own-{stem}" if stem in PRESETS else stem


def kinds_of_tables(rule: type[Rule]) -> dict[str, dict[str, Any]]:
    """Table -> name in a file -> annotation of the parameter, without the rule's name."""
    own = kinds_of(Design)
    tables = {"network": kinds_of(Network), "rule": kinds_of(rule)}
    tables["engine"] = {name: kind for name, kind in own.items() if name not in tables}
    return {table: {LABELS.get(name, name): kind for name, kind in kinds.items()}
            for table, kinds in tables.items()}


def _said(tree):
    """(Class of the rule, what is said of a design, data) of TOML; WrongValue if it is wrong."""
    tables: dict[str, dict[str, Any]] = {}
    for name in tree:
        if name not in (*TABLES, DATA):
            raise WrongValue(f"a design has no {shown(name)}, only {', '.join((DATA, *TABLES))}",
                             (name,))
    for table, main in TABLES.items():
        value = tree.get(table, {})
        if not isinstance(value, dict):
            if not main:
                raise WrongValue(f"{table} must be a table, [{table}], not {shown(value)}",
                                 (table,))
            value = {main: value}
        tables[table] = value
    for table, example in (("network", "64-32-10"), ("rule", next(iter(RULES)))):
        if table not in tree:
            raise WrongValue(f"a design must have a {table}, such as {table} = '{example}'", ())
    name = tables["rule"].pop("name", None)
    rule = RULES.get(name) if isinstance(name, str) else None
    if rule is None:
        raise WrongValue(f"rule must have a name among {', '.join(RULES)}, not {shown(name)}",
                         ("rule", "name"))
    kinds, said = kinds_of_tables(rule), {}
    for table, values in tables.items():
        said[table] = {}
        for label, value in values.items():
            path = (table, label)
            if label not in kinds[table]:
                raise WrongValue(f"{table} has no {shown(label)}, only "
                                 f"{', '.join(_allowed(table, kinds))}", path)
            parameter = _parameter(table, label)
            said[table][parameter] = (_sizes(path, value) if parameter == "sizes" else
                                      value_of(path, value, kinds[table][label]))
    if "sizes" not in said["network"]:
        raise WrongValue("network must have layers, such as layers = '64-32-10'", ("network",))
    return rule, said, _data(tree)


def _allowed(table, kinds):
    """Names that a table may have."""
    main = TABLES[table]
    return dict.fromkeys([main, *kinds[table]] if main else kinds[table])


def _parameter(table, label):
    """The parameter that is called `label` in a file."""
    return next((name for name, other in LABELS.items()
                 if other == label and name in kinds_of(Network) and table == "network"), label)


def _sizes(path, value):
    """Neurons per layer, as a list or as text such as 64-32-10."""
    try:
        return Network.parse(value).sizes if isinstance(value, str) else (
            Network(plain("layers", value, tuple[int, ...])).sizes)
    except (TypeError, ValueError) as error:
        raise WrongValue(str(error), path) from None


def _data(tree):
    if DATA not in tree:
        return None
    data = tree[DATA]
    if not isinstance(data, str) or not data or "\0" in data:
        raise WrongValue(f"{DATA} must be 'digits' or a folder of idx files, not {shown(data)}",
                         (DATA,))
    return data


def _placed(data, path):
    """A folder of data relative to the folder of the file that names it."""
    return data if data in (None, "digits") else str(Path(path).parent / data)
