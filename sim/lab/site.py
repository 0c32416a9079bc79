"""The lab's files: the page as it is in this package, and what is made for it."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

from ...boards.storage.files import write_whole
from ...golden.spec import RULES
from .facts import common_facts, design_facts, digit_bytes, lab_design
from .wasm import engine

__all__ = ["TYPES", "page_files", "write_site"]

PAGE = Path(__file__).with_name("page")
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".json": "application/json",
         ".svg": "image/svg+xml", ".wasm": "application/wasm", ".bin": "application/octet-stream"}


def as_json(facts):
    return json.dumps(facts, separators=(",", ":")).encode()


@cache
def page_files() -> dict[str, Callable[[], bytes]]:
    """Contents by name, each made when it is called; that of an engine may take a minute once."""
    files = {path.name: path.read_bytes for path in sorted(PAGE.iterdir())}
    files |= {"lab.json": lambda: as_json(common_facts()), "digits.bin": digit_bytes}
    for name in RULES:
        files[f"{name}.json"] = lambda name=name: as_json(design_facts(lab_design(name)))
        files[f"{name}.wasm"] = lambda name=name: engine(lab_design(name)).read_bytes()
    return files


def write_site(folder: Path) -> int:
    """Write the lab as static files, for any web server; returns their bytes.

    Raises
    ------
    OSError
        The folder cannot be written.
    ModuleNotFoundError, ConversionError, CompileError
        From `wasm.engine`.
    """
    contents = {name: make() for name, make in page_files().items()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        write_whole(folder / name, data, f"the lab's {name}")
    return sum(map(len, contents.values()))
