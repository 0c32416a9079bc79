"""The waveform of a diverging run, with a view of the signals that matter."""

from pathlib import Path

from ...golden.spec import Design
from ...golden.spec.observation import observed_fields

__all__ = ["save_view"]


def save_view(folder: Path, design: Design):
    """Write `lockstep.gtkw` beside the waveform of `folder`; returns the waveform's path.

    GTKWave opens the pair with ``gtkwave WAVE lockstep.gtkw``; Surfer opens the waveform and
    imports the same file.
    """
    waves = sorted(folder.glob("*.fst")) + sorted(folder.glob("*.vcd"))
    if not waves:
        return None
    lines = [f'[dumpfile] "{waves[0].name}"', "[timestart] 0", "core.clk"]
    for field in observed_fields(design):
        # Flags: @28 binary; numbers: @420 signed decimal; addresses: @24 decimal.
        style = "28" if field.bits == 1 else "420" if field.signed else "24"
        suffix = f"[{field.bits - 1}:0]" if field.bits > 1 else ""
        lines += [f"@{style}", f"core.observed_{field.name}{suffix}"]
    (folder / "lockstep.gtkw").write_text("\n".join(lines) + "\n")
    return waves[0]
