"""The lab's files: the page as it is in this package, and what is made for it."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from ...boards.storage.files import write_whole
from ...golden.spec import RULES, Design
from .facts import check_design, common_facts, design_facts, digit_bytes, lab_design
from .wasm import engine

__all__ = ["TYPES", "Site"]

PAGE = Path(__file__).with_name("page")
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".json": "application/json",
         ".svg": "image/svg+xml", ".wasm": "application/wasm", ".bin": "application/octet-stream"}


def as_json(facts):
    return json.dumps(facts, separators=(",", ":")).encode()


class Site:
    """The lab's files of some designs.

    Parameters
    ----------
    designs : dict of str to Design, or None
        By name; None: what every installed rule has in the lab.

    Raises
    ------
    ValueError
        From `facts.check_design`.
    """

    def __init__(self, designs: Mapping[str, Design] | None = None):
        self.designs = {name: lab_design(name) for name in RULES} if designs is None else designs
        self._makers = {path.name: path.read_bytes for path in PAGE.iterdir()}
        self._makers |= {"lab.json": lambda: as_json(common_facts(self.designs)),
                         "digits.bin": digit_bytes}
        for name, design in self.designs.items():
            check_design(design)
            self._makers |= {f"design-{name}.json": partial(_facts_of, design),
                             f"design-{name}.wasm": partial(_engine_of, design)}

    @property
    def names(self) -> list[str]:
        """Names of the files."""
        return sorted(self._makers)

    def read(self, name: str) -> bytes:
        """Contents of a file; that of an engine may take a minute or two on two cores, once.

        Raises
        ------
        FileNotFoundError
            There is no such file.
        ModuleNotFoundError, ConversionError, CompileError
            From `wasm.engine`.
        """
        if name not in self._makers:
            raise FileNotFoundError(f"the lab has no file {name}")
        return self._makers[name]()

    def write(self, folder: Path) -> int:
        """Write all files, for any web server; returns their bytes.

        Raises
        ------
        OSError
            The folder cannot be written.
        ModuleNotFoundError, ConversionError, CompileError
            As `read`.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)  # before minutes of compiling
        except FileExistsError:
            raise NotADirectoryError(f"{folder} is a file: name a folder") from None
        contents = {name: self.read(name) for name in self.names}
        for name, data in contents.items():
            write_whole(folder / name, data, f"the lab's {name}")
        return sum(map(len, contents.values()))


def _facts_of(design):
    return as_json(design_facts(design))


def _engine_of(design):
    return engine(design).read_bytes()
