"""The event-driven simulator, compiled where it runs."""

import hashlib
from pathlib import Path

from ..compiling import built, clean_environment, compiler, no_compiler, toolchain, zig_folders
from ..simulator import MissingTool, cache_folder

__all__ = ["SimulationError", "program"]

FOLDERS = (Path(__file__).parent, Path(__file__).parents[1] / "virtual_board",
           Path(__file__).parents[1] / "usb")
FLAGS = ("-std=c++17", "-O2")


class SimulationError(RuntimeError):
    """The simulator refused a network, or the circuit does not settle; the message says where."""


def program(announce=None):
    """Path of the simulator's executable, compiled if it is not yet.

    Parameters
    ----------
    announce : callable or None
        Told in a sentence that it is compiled.

    Raises
    ------
    MissingTool, BuildError
        There is no C++ compiler; it fails.
    """
    tool = compiler()
    if tool is None:
        raise MissingTool(f"the simulator of configured chips {no_compiler()}")
    sources = sorted(path for folder in FOLDERS for path in folder.glob("*.h"))
    sources.append(FOLDERS[0] / "fabric.cpp")
    parts = [*(path.read_text(encoding="utf-8") for path in sources), *FLAGS, toolchain(tool)]
    name = "fabric-" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    executable = cache_folder("models") / name
    if executable.exists():
        return executable
    if announce is not None:
        announce("compiling the simulator of configured chips (only the first time: 5 s, a minute "
                 "where the compiler is ziglang's)")
    built(executable, lambda folder: (
        [*tool, *FLAGS, "-o", "fabric", sources[-1]], "fabric",
        clean_environment(**zig_folders(cache_folder("zig"), folder))),
        "the simulator", awkward=False)
    return executable
