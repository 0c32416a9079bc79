"""The cocotb side of `test_export.py` for campaigns: the digits, once each."""

import json
from pathlib import Path

import cocotb
from export_bench import DESIGN, JOB, Bench, model_of

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.spec.link import Register, Space
from cortigate.scripts.export.trial import sample_words


@cocotb.test()
async def learns_an_epoch_of_the_digits(dut):
    """Every training digit once; the results, and all weights afterwards."""
    bench, model, data = await Bench.begin(dut, 8), model_of(), load_digits_split(0)
    bench.stream_on()
    await bench.weigh(model)
    inputs = DESIGN.sample.from_float(data.x_train)
    await bench.run(len(inputs))
    bench.send(sample_words(DESIGN, inputs, data.y_train).ravel())
    for prediction in model.learn_all(inputs, data.y_train):
        [word] = await bench.result()
        assert word & 0xFF == prediction
    await bench.end()
    await bench.compare(model)
    found = {register.name.lower(): await bench.read(Space.REGISTERS, register)
             for register in (Register.SAMPLES, Register.CORRECT, Register.CYCLES)}
    Path(JOB["answer"]).write_text(json.dumps(found))
