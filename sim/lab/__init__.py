"""The lab: a page in which the hardware itself, compiled to WebAssembly, learns."""

from .facts import lab_design
from .server import LabServer
from .site import write_site
from .wasm import engine

__all__ = ["LabServer", "engine", "lab_design", "write_site"]
