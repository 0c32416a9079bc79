"""The lab: a page in which the hardware itself, compiled to WebAssembly, learns."""

from .facts import lab_design
from .server import LabServer
from .site import Site
from .wasm import engine

__all__ = ["LabServer", "Site", "engine", "lab_design"]
