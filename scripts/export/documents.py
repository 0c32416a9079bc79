# amaranth: UnusedElaboratable=no
"""README, FuseSoC and LiteX files of an export: what its design makes of their templates."""

from importlib import metadata

from amaranth.lib.wiring import In

from cortigate.golden.spec import Design, MemoryMap, Target
from cortigate.golden.spec.link import Control, Space, reset_value
from cortigate.golden.spec.window import STREAMED, WindowMap
from cortigate.hdl.buses.results import IN_FLIGHT
from cortigate.hdl.buses.samples import beats
from cortigate.hdl.buses.shell import BUSES, Shell
from cortigate.hdl.buses.window import REGISTER_CYCLES, WORD_CYCLES
from cortigate.scripts.explanation import sample_cost

from .header import CONTROLS, comments

__all__ = ["bus_values", "readme_values", "values_of"]

KINDS = {
    "axi": "AXI4-Lite, 32 bits. What is refused is answered with SLVERR, else with OKAY. A write "
           "whose strobes are all low does nothing. Addresses and data are taken together; reads "
           "and writes that wait both are served in turn.",
    "wishbone": "Wishbone B4 classic, 32 bits, granularity 8; `wb_adr_i` is the number of a word, "
                "a quarter of the offset. What is refused ends with `wb_err_o`, all else with "
                "`wb_ack_o`. An access that the master gives up is done all the same.",
    "bare": "`bus_valid` asks for what `bus_write`, `bus_address` (the number of a word, a quarter "
            "of the offset) and `bus_write_data` say, all of which stay until `bus_ready`, which "
            "is high for a cycle; with it come `bus_read_data` or, if nothing was done, "
            "`bus_refused`.",
}
ACCESS = {Space.IDENTITY: "read", Space.REGISTERS: "see below", Space.WEIGHTS: "between runs",
          Space.GENERATORS: "between runs"}
EXTRA_CYCLES = {"axi": 2, "wishbone": 0, "bare": 0}


def values_of(design: Design, name: str) -> dict[str, object]:
    """Values of the marks of every template."""
    return {"name": name, "version": metadata.version("cortigate"), "digest": design.digest,
            "described": f"{design.network}, rule {design.rule.name}, {design.lanes} lanes"}


def bus_values(design: Design, name: str, bus: str) -> dict[str, object]:
    """Values of the LiteX file's marks; empty for a bus that LiteX does not have."""
    window = WindowMap(design)
    interfaces = {
        "wishbone": ("wishbone", 'wishbone.Interface(data_width=32, addressing="word")'),
        "axi": ("axi", "axi.AXILiteInterface(data_width=32, address_width=32)")}
    if bus not in interfaces:
        return {}
    members, named = Shell(design, 1, bus).signature.members, BUSES[bus]
    reset = f"{'~' * named.reset_low}ResetSignal()"
    lines = [f"            i_{named.clock}=ClockSignal(), i_{named.reset}={reset},"]
    for port, member in members.items():
        short = port.removeprefix(f"{named.prefix}_")
        if short == port:
            continue
        direction = "i" if member.flow is In else "o"
        lines.append(f"            {direction}_{port}={_litex_signal(bus, short, window)},")
    module, interface = interfaces[bus]
    return {"module": module, "interface": interface, "instance": "\n".join(lines),
            "class": "".join(part.capitalize() for part in name.split("_")),
            "size": f"{1 << window.byte_bits:X}",
            "sample_bits": members["s_axis_tdata"].shape,
            "result_bits": members["m_axis_tdata"].shape}


def _litex_signal(bus, short, window):
    """LiteX's name of one of the bus's signals."""
    if bus == "wishbone":
        own = {"dat_i": "dat_w", "dat_o": "dat_r"}.get(short, short.rpartition("_")[0])
        return f"self.bus.{own}" + (f"[:{window.word_bits}]" if own == "adr" else "")
    channel = short[:2] if short[:2] in ("aw", "ar") else short[:1]
    own = short[len(channel):]
    if own == "prot":
        return "Signal(3)"
    return f"self.bus.{channel}.{own}" + (f"[:{window.byte_bits}]" if own == "addr" else "")


def readme_values(design: Design, bus: str) -> dict[str, object]:
    """Values of the README's marks."""
    window, maps = WindowMap(design), MemoryMap(design)
    named = BUSES[bus]
    extra = EXTRA_CYCLES[bus]
    said = comments(Control)
    rows = [(f"`{name}`", f"{member.shape}", "in" if member.flow is In else "out")
            for name, member in Shell(design, 1, bus).signature.members.items()]
    parts = [(space.name, f"0x{window.byte(space):X}", count, ACCESS[space])
             for space, count in window.words.items()]
    registers = [(register.name, f"0x{window.byte(Space.REGISTERS, register):X}",
                  f"0x{reset_value(design, register):X}", STREAMED[register])
                 for register in STREAMED]
    controls = ", ".join(f"{bit.name} 0x{int(bit):02X}" + (
        f" ({said[bit]})" if bit is Control.RESET_GENERATORS else "") for bit in CONTROLS)
    if design.results:
        controls += ", and 0x100 times the layer whose rates follow each result of an inference"
    matrices = [(matrix.title, f"{matrix.shape[0]} x {matrix.shape[1]}", _place(matrix, maps))
                for matrix in maps.matrices]
    return {
        "reset": named.reset, "level": "low" if named.reset_low else "high",
        "ports": _rows(rows), "bus": KINDS[bus], "parts": _rows(parts),
        "registers": _rows(registers), "controls": controls, "matrices": _rows(matrices),
        "register_cycles": REGISTER_CYCLES + extra, "word_cycles": WORD_CYCLES + extra,
        "weight": f"{design.weight.words}, {design.weight.width} bits",
        "rate": -design.rule.update_shift, "beats": beats(design), "flying": IN_FLIGHT,
        "sample": _rows(_sample(design)), "label": _label(design),
        "layers": " and, if a layer is kept, one for each of its rates" if design.results else "",
        "predicted": "" if design.target is Target.CLASS else ": 0, there are none",
        "results_more": (f"; rates are 16 bits, {design.rate.words}, every third cycle"
                         if design.results else ""),
        "cycles_text": _cycles(design),
    }


def _rows(rows):
    """Lines of a table in Markdown."""
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)


def _place(matrix, maps):
    """Number of a weight's word."""
    i = f"(i - {matrix.first})" if matrix.first else "i"
    row, column = ("j", i) if matrix.transposed else (i, "j")
    return (f"({matrix.base} + ({row} div {matrix.lanes}) * {matrix.columns} + {column}) * "
            f"{1 << maps.lane_address_bits} + {row} mod {matrix.lanes}")


def _sample(design):
    """Rows about the transfers of a sample."""
    inputs, outputs = design.network.sizes[0], design.network.sizes[-1]
    each = f"{design.sample.width} bits, {design.sample.words}"
    first = -(-inputs // design.feed_width)
    yield (f"1 .. {first}", f"{inputs} inputs of {each}" + (
        f", {'two' if design.feed_width == 2 else 'four'} in each transfer, the first one low"
        if design.feed_width > 1 else ""))
    if design.target is Target.VECTOR:
        yield (f"{first + 1} .. {first + outputs}",
               f"{outputs} target values of {design.target_values.words}")
    yield (beats(design), "the label in the low byte" if design.target is Target.CLASS else
           "0: where the target is no class, there is no label")


def _label(design):
    """What is wrong with a label."""
    if design.target is not Target.CLASS:
        return ""
    without = " 255 is a sample without a target." if design.engine.always_on else ""
    return (f"A label that is none of 0 .. {design.network.sizes[-1] - 1} damages a sample that "
            f"was to be learned, too; for an inference it may be anything.{without}")


def _cycles(design):
    """How long samples take."""
    cost, what = sample_cost(design)
    return (f"The next sample is taken while the core works on one. A learning sample takes "
            f"{beats(design)} cycles to come in, and {cost.dense:.0f} to be learned if nothing "
            f"were zero, {cost.events:.0f} with first weights on {what}.")
