"""The lab's engine under wasmtime, and its page in Chromium: both equal the integer model.

One file, so that one process compiles the engine.
"""

import threading
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from cortigate.boards.learn.models import IntegerDevice
from cortigate.boards.learn.training import epoch_run
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.spec import RULES, preset
from cortigate.golden.spec.image import weights_from_image
from cortigate.sim.lab import LabServer, Site, lab_design

from .board import WasmBoard
from .browser import Browser, lacking

pytestmark = pytest.mark.skipif(find_spec("ziglang") is None, reason="ziglang is missing")

SAMPLES = 200
DESIGN = lab_design("ghost")
# Compiled in half the time. The page's own tests are for campaigns: they compile `DESIGN`.
SMALL = preset("tiny").replace(sample_capacity=SAMPLES)
THREE = [(.3, .2), (.6, .2), (.5, .5), (.65, .7), (.3, .85)]
UNTIL = """
const until = async (true_) => {
  while (!true_()) await new Promise((resolve) => setTimeout(resolve, 20));
};
const text = (id) => document.getElementById(id).textContent;
"""
# A serial port of Web Serial with another engine behind it, whose answers come byte by byte.
PORT = """
const { Engine } = await import("./engine.js");
const engine = await Engine.load("design-ghost.wasm");
let answers;
const readable = new ReadableStream({ start(controller) { answers = controller; } });
const writable = new WritableStream({ async write(bytes) {
  engine.exports.elapse(50_000_000);
  await engine.exchange(bytes, (found) => {
    for (const byte of [...found, 0]) answers.enqueue(Uint8Array.of(byte));
  });
} });
const port = { readable, writable, opened: null,
               async open(options) { this.opened = options; }, async close() {} };
navigator.serial.requestPort = async () => port;
const device = document.getElementById("device");
device.value = "serial";
device.dispatchEvent(new Event("change"));
await until(() => /serial port\\.$/.test(text("status")) || text("status").includes("refuse"));
return [text("status"), port.opened.baudRate];
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if (name := lacking()) is not None:
        pytest.skip(f"{name} is missing")
    with LabServer(Site({"ghost": DESIGN})) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with Browser(tmp_path_factory.mktemp("profile")) as browser:
                browser.open(server.url)
                browser.run(UNTIL + "await until(() => text('status').includes('by the engine'));")
                yield browser
                assert browser.errors() == []
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def page(browser):
    """The page with a network that has learned nothing."""
    browser.run("await lab.do(() => lab.begin());")
    return browser


@pytest.mark.parametrize("rule", [
    None, *(pytest.param(rule, marks=pytest.mark.campaign) for rule in RULES)])
def test_the_engine_is_the_integer_model_whatever_lies_beyond_its_memories(rule):
    design, data = lab_design(rule) if rule else SMALL, load_digits_split()
    inputs = design.sample.from_float(data.x_train[:SAMPLES, -design.network.sizes[0]:])
    labels = data.y_train[:SAMPLES] % design.network.sizes[-1]
    run = replace(epoch_run(design, seed=0, epoch=0, size=SAMPLES), count=SAMPLES)
    found = []
    for device in (IntegerDevice(design), WasmBoard(design), WasmBoard(design, noise=True)):
        with device:
            device.write_weights(initial_weights(design, 0))
            device.write_samples(inputs, labels)
            correct = device.train(run).correct
            found.append((correct, device.predict(0, SAMPLES), device.read_weights()))
    for correct, classes, weights in found[1:]:
        assert correct == found[0][0] and (classes == found[0][1]).all()
        for name, values in weights.items():
            np.testing.assert_array_equal(values, found[0][2][name], name)


@pytest.mark.campaign
def test_a_drawing_is_corrected_until_it_is_known(page):
    page.run("document.getElementById('clear').click();")
    page.stroke("#pad", THREE)
    first = page.run(UNTIL + "await until(() => text('prediction') !== '–');"
                        "await new Promise((resolve) => setTimeout(resolve, 300));"
                        "await lab.queue; return text('prediction');")
    label = (int(first) + 1) % 10
    presses = page.run(UNTIL + """
        let presses = 0;
        for (; presses < 20 && text("prediction") !== `${arguments[0]}`; presses++) {
          document.querySelectorAll(".class")[arguments[0]].click();
          await until(() => text("learned") === `${presses + 1}`);
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
        return presses;""", label)
    assert 0 < presses < 20


@pytest.mark.campaign
def test_weights_after_200_samples_are_the_integer_models_to_the_bit(page):
    image, correct = page.run("""
        let correct = 0;
        for (const count of [1, 3, 196]) {
          correct += (await lab.do(() => lab.learn(count))).CORRECT;
        }
        return [[...await lab.do(() => lab.weights())], correct];""")
    model, data = IntegerDevice(DESIGN), load_digits_split(0)
    model.write_weights(initial_weights(DESIGN, 0))
    model.write_samples(DESIGN.sample.from_float(data.x_train), data.y_train)
    run = epoch_run(DESIGN, seed=0, epoch=0, size=len(data.y_train))
    assert model.train(replace(run, count=SAMPLES)).correct == correct
    for name, values in weights_from_image(DESIGN, image).items():
        np.testing.assert_array_equal(values, model.read_weights()[name])


@pytest.mark.campaign
def test_an_epoch_can_be_paused_and_a_lane_recovers(page):
    learned, whole, hurt, again, zeros = page.run(UNTIL + """
        const press = (id) => document.getElementById(id).click();
        press("epoch");
        await until(() => lab.learned > 0);
        press("epoch");
        await until(() => text("epoch") === "Go on");
        const learned = lab.learned;
        press("epoch");
        await until(() => text("epoch") === "Run an epoch");
        const whole = await lab.do(() => lab.measure());
        await lab.do(() => lab.zeroLane(3));
        const image = [...await lab.do(() => lab.weights())];
        const hurt = await lab.do(() => lab.measure());
        await lab.do(() => lab.learn(800));
        return [learned, whole, hurt, await lab.do(() => lab.measure()), image];""")
    assert 0 < learned < 1437 and whole > 0.9
    for name, values in weights_from_image(DESIGN, zeros).items():
        assert not values[3::8].any() and values[2::8].any(), name
    assert hurt < whole - 0.05 and again > hurt + 0.05


@pytest.mark.campaign
def test_the_page_speaks_to_a_board_on_a_serial_port(page):
    status, baud = page.run(UNTIL + PORT)
    assert status.endswith("by the board on a serial port.") and baud == 1_000_000
    right = page.run("await lab.do(() => lab.learn(60)); return lab.do(() => lab.measure());")
    assert right > 0.2
    page.run(UNTIL + """
        const device = document.getElementById("device");
        device.value = "page";
        device.dispatchEvent(new Event("change"));
        await until(() => text("status").includes("in this page"));""")
