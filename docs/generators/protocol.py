"""Operations, spaces, registers and states of the link, from `golden.spec.link`."""

import inspect
import re

from cortigate.golden.spec import link as spec
from cortigate.scripts.export.header import comments

from .tables import table

__all__ = ["identity", "link", "operations", "registers", "spaces", "statuses"]

# Layout of what follows the operation byte of a request, by the struct of `boards.host.link`.
LAYOUT = {
    spec.Operation.READ: "space u8, address u32, count u8 (words), stride u16 (words)",
    spec.Operation.WRITE: "space u8, address u32, count u8 (words), words …",
    spec.Operation.WRITE_SPARSE: "space u8, address u32, count u8 (elements), elements …",
}


def operations():
    """Requests and the sizes that bound them."""
    rows = [(f"`{one.name}`", f"`0x{one:02X}`", LAYOUT[one], said)
            for one, said in comments(spec.Operation).items()]
    return "\n\n".join([
        table(("request", "operation", "then", "note"), rows),
        (f"This is version {spec.PROTOCOL_VERSION} of the protocol. A decoded frame has at most "
        f"{spec.FRAME_BYTES} bytes, a write carries at most {spec.WRITE_BYTES} bytes of words or "
        f"elements, a response at most {spec.READ_BYTES} bytes of words.")])


def spaces():
    """Address spaces with the bytes of a word."""
    rows = [(f"`{one.name}`", int(one), spec.WORD_BYTES.get(one, "enough for a weight"), said)
            for one, said in comments(spec.Space).items()]
    return table(("space", "number", "bytes of a word", "holds"), rows)


def statuses():
    """Status bytes of a response."""
    return table(("status", "byte", "means"), [
        (f"`{one.name}`", int(one), said or "done") for one, said in
        comments(spec.Status).items()])


def registers():
    """Registers, and bits of CONTROL."""
    rows = []
    for one, said in comments(spec.Register).items():
        access, text = said.split(maxsplit=1)
        first = f"the rule's `{spec.RESETS[one]}`" if one in spec.RESETS else 0
        rows.append((f"`{one.name}`", int(one), {"R": "read", "W": "read, write"}[access], first,
                     text))
    bits = [(f"`{one.name}`", int(one), said) for one, said in comments(spec.Control).items()]
    return "\n\n".join([
        table(("register", "address", "access", "at first", "holds"), rows),
        "`at first` is once a bitstream is loaded. After a reset an exported core's are the same.",
        "Bits of the low half of `CONTROL`; `START` while the engine runs is ignored:",
        table(("bit", "value", "does"), bits)])


def identity():
    """The bytes of the IDENTITY space, as its class says it."""
    text = inspect.getdoc(spec.Identity)
    return " ".join(re.search(r"Bytes: .*", text, re.DOTALL)[0].split())


def link():
    """Rate, session, sparse samples and streaming, as the specification's docstring has them."""
    lines, out, begun = inspect.getdoc(spec).splitlines(), [], False
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if re.fullmatch(r"-{3,}", after):
            begun = True
            out += [f"### {line}", ""]
        elif begun and not re.fullmatch(r"-{3,}", line):
            out.append(line.replace("``", "`"))
    return "\n".join(out).strip()
