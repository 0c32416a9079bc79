"""The event-driven simulator, compiled where it runs."""

import hashlib
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from ..simulator import BuildError, MissingTool, cache_folder, compiler

__all__ = ["SimulationError", "program"]

FOLDERS = (Path(__file__).parent, Path(__file__).parents[1] / "virtual_board")
FLAGS = ("-std=c++17", "-O2")


class SimulationError(RuntimeError):
    """The simulator refused a network, or the circuit does not settle; the message says where."""


@cache
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
        raise MissingTool("the simulator of configured chips needs a C++ compiler, which is not "
                          "installed: apt-get install g++ (Debian), or xcode-select --install "
                          "(macOS)")
    version = subprocess.run([tool, "--version"], text=True, check=False, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT).stdout
    sources = sorted(path for folder in FOLDERS for path in folder.glob("*.h"))
    sources.append(FOLDERS[0] / "fabric.cpp")
    parts = [*(path.read_text() for path in sources), *FLAGS, tool, version]
    name = "fabric-" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    folder = cache_folder() / "models"
    executable = folder / name
    if executable.exists():
        return executable
    if announce is not None:
        announce("compiling the simulator of configured chips (only the first time, some seconds)")
    folder.mkdir(exist_ok=True)
    # Built aside and renamed: two processes may compile it at the same time.
    with tempfile.TemporaryDirectory(dir=folder) as aside:
        made = Path(aside) / "fabric"
        done = subprocess.run([tool, *FLAGS, "-o", str(made), str(sources[-1])], text=True,
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise BuildError(f"the simulator does not compile:\n{done.stdout[-3000:]}")
        made.replace(executable)
    return executable
