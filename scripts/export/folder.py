# amaranth: UnusedElaboratable=no
"""Files of an export."""

from pathlib import Path
from tempfile import TemporaryDirectory

from cortigate.boards.storage.files import write_whole
from cortigate.golden.spec import Design
from cortigate.golden.spec.window import WindowMap
from cortigate.hdl.buses.shell import BUSES, Shell
from cortigate.scripts.explanation import sample_cost
from cortigate.sim.verilog import to_verilog

from .documents import bus_values, readme_values, values_of
from .header import header
from .texts import checked_name, filled
from .trial import Trial, places, trial

__all__ = ["export"]

ACCESS_CYCLES = 64  # of an access of the trial, pauses included, at most
PATIENCE = 20  # times the cycles that a sample should take


def export(design: Design, folder: Path, *, bus: str = "axi", name: str = "cortigate",
           clock_hz: int = 100_000_000, samples: int = 4, force: bool = False) -> list[Path]:
    """Write a core with its bus into a folder, and what goes with it.

    Parameters
    ----------
    design : Design
    folder : path
        It is made if need be.
    bus : str
        "axi", "wishbone" or "bare".
    name : str
        Of the Verilog module.
    clock_hz : int
        Of the chip; the identity tells it.
    samples : int
        That the example learns, and infers.
    force : bool
        Replace older files.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    ValueError
        The bus, the name or the folder is wrong, or a file exists.
    OSError
        A file could not be written.
    """
    checked_name(name)
    shell = Shell(design, clock_hz, bus)
    texts = _texts(design, name, bus, clock_hz, trial(design, samples))
    paths = {folder / file: text for file, text in texts.items()}
    paths[folder / f"{name}.v"] = ""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file: name a folder")
    for path in paths:
        if path.exists() and not force:
            raise ValueError(f"{path} exists: name another folder, or replace its files with "
                             "--force")
    paths[folder / f"{name}.v"] = to_verilog(shell, name, portable=True)
    folder.mkdir(parents=True, exist_ok=True)
    # All of them aside first: a disk that is full leaves what was there.
    with TemporaryDirectory(prefix=".cortigate-", dir=folder) as aside:
        for path, text in paths.items():
            write_whole(Path(aside, path.name), text.encode(), "the file")
        for path in paths:
            Path(aside, path.name).replace(path)
    return list(paths)


def _texts(design, name, bus, clock_hz, made: Trial):
    """File name -> text, of all but the core itself."""
    window = WindowMap(design)
    cost, _ = sample_cost(design)
    values = values_of(design, name) | {
        "accesses": len(made.accesses), "samples": len(made.samples), "results": len(made.results),
        "count": made.count, "byte_msb": window.byte_bits - 1,
        "sample_msb": design.feed_bits - 1,
        "clock": BUSES[bus].clock, "period": f"{1e9 / clock_hz:.3f}",
        "cycles": ACCESS_CYCLES * len(made.accesses) + PATIENCE * (
            2 * made.count * int(cost.dense) + len(made.samples) + len(made.results)),
    }
    for part, file in (("master", "v"), ("connections", "ports"), ("packaged", "vivado")):
        values[part] = filled(f"{bus}.{file}", values).rstrip("\n")
    texts = {
        f"{name}_example.v": filled("example.v", values),
        f"{name}_testbench.v": filled("testbench.v", values),
        f"{name}.core": filled("fusesoc.core", values),
        f"{name}.vlt": filled("verilator.vlt", values),
        f"{name}.sdc": filled("clock.sdc", values),
        f"{name}_accesses.hex": _lines(
            f"{access.kind:02x}{address:08x}{access.data:08x}" for access, address in places(made)),
        f"{name}_samples.hex": _lines(f"{last:x}{word:08x}" for word, last in made.samples),
        f"{name}_results.hex": _lines(f"{last:x}{word:04x}" for word, last in made.results),
    }
    wrapped = bus_values(design, name, bus)
    if wrapped:
        texts[f"{name}_litex.py"] = filled("litex.py", values | wrapped)
        values["litex_row"] = f"| `{name}_litex.py` | for LiteX: bus, streams and interrupt |\n"
    texts[f"{name}.h"] = header(design, name, values)
    texts["README.md"] = filled("README.md", {"litex_row": ""} | values
                                | readme_values(design, bus))
    return texts


def _lines(words):
    """Text with a word in a line."""
    return "".join(f"{word}\n" for word in words)
