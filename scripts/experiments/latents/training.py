"""Training of autoencoders: float64 and integers sample by sample, float32 in batches."""

from functools import lru_cache

import numpy as np

from cortigate.golden.datasets import load_digits_split, load_idx_folder
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.reference.pal import LayeredModel, angles, weight_angles
from cortigate.golden.spec import Feedback
from cortigate.golden.spec.feedback import feedback_start
from cortigate.golden.spec.start import random_weights
from cortigate.scripts.experiments.accuracy.run import order_of

from .batches import BatchModel
from .measures import given_back, probe

__all__ = ["HELD_OUT", "train_batches", "train_floats", "train_integers"]

HELD_OUT = 10_000  # of MNIST's training samples, the last ones, for choosing
BATCH = 32
SHOWN = 500  # held-out codes of the first seed that are drawn


@lru_cache(1)  # half a gigabyte of float64
def _mnist(folder):
    return load_idx_folder(folder)


def data_of(row, seed):
    """Samples of a row, split by the seed; of MNIST's training samples the first ones."""
    if row.data is None:
        data = load_digits_split(seed)
        data = data.validation(0.2, seed) if row.validation else data
    else:
        data = _mnist(row.data)
        data = data.held_out(HELD_OUT) if row.validation else data
    return data.x_train[:row.samples], data.y_train[:row.samples], data.x_test, data.y_test


def _reached(data, outputs, codes):
    """What one network has reached; `codes` gives the codes of inputs, `outputs` the outputs."""
    x, labels, held_out, wanted = data
    found = codes(held_out)
    accuracy, chance = probe(codes(x), labels, found, wanted)
    return {"r2": given_back(held_out, outputs(held_out)), "probe": accuracy, "chance": chance,
            "codes": np.round(found[:SHOWN].astype(float), 4).tolist(),
            "labels": wanted[:SHOWN].tolist()}


def _together(networks, **more):
    """One record of the networks of all seeds; codes only of the first."""
    names = [name for name in networks[0] if name not in ("codes", "labels")]
    return {name: [one[name] for one in networks] for name in names} | {
        name: networks[0][name] for name in ("codes", "labels")} | more


def train_floats(row, seeds):
    """The networks of all seeds in step, float64."""
    sizes, middle = row.sizes, len(row.sizes) // 2
    model, sets = LayeredModel(row.rule, seed=seeds), [data_of(row, seed) for seed in seeds]
    x, member = np.stack([data[0] for data in sets]), np.arange(len(seeds))
    for epoch in range(row.length):
        orders = np.stack([order_of(row.design, x.shape[1], seed, epoch) for seed in seeds])
        for chosen in orders.T:
            samples = x[member, chosen]
            model.learn(samples, samples)

    def rates(number, layer):
        def of(inputs):
            everyone = np.broadcast_to(inputs, (len(seeds), *inputs.shape))
            return model.forward(everyone)[layer][number]
        return of

    networks = [_reached(data, rates(number, len(sizes) - 1), rates(number, middle))
                for number, data in enumerate(sets)]
    return _together(networks, angles=model.angles().tolist())


def train_integers(row, seeds):
    """The integer model of each seed: the chip's own numbers."""
    return _together([_integers(row, seed) for seed in seeds])


def _integers(row, seed):
    design, data = row.design, data_of(row, seed)
    model, samples = integer_model(design), _raw(design, data[0])
    model.set_weights(_start(design, seed))
    for epoch in range(row.length):
        model.learn_all(samples, None, order_of(design, len(samples), seed, epoch))

    def rates(layer):
        return lambda inputs: design.rate.to_float(model.outputs(_raw(design, inputs), layer))

    middle = len(row.sizes) // 2
    return _reached(data, rates(len(row.sizes) - 1), rates(middle)) | {
        "angles": weight_angles(model.weights)}


def _start(design, seed):
    """First weights, B of the size of W^T, as in the float models.

    The smaller ones that a design begins with would leave fixed feedback without much to say.
    """
    start = initial_weights(design, seed)
    others = random_weights(design.network.sizes, [seed, 2])
    return start | feedback_start(Feedback.RANDOM, start, others)


def _raw(design, x):
    """Inputs as the hardware stores them; part by part, since the steps between are large."""
    return np.concatenate([design.sample.from_float(part).astype(np.int16)
                           for part in np.array_split(x, len(x) // 1000 + 1)])


def train_batches(row, seeds):
    """The networks of all seeds one after the other, float32, BATCH samples at a time."""
    return _together([_batches(row, seed) for seed in seeds])


def _batches(row, seed):
    model, data = BatchModel(row.rule, BATCH, seed), data_of(row, seed)
    x = data[0].astype(np.float32)
    for epoch in range(row.length):
        order = np.random.default_rng([seed, epoch]).permutation(len(x))
        for first in range(0, len(x) - BATCH + 1, BATCH):
            samples = x[order[first:first + BATCH]]
            model.learn(samples, samples)

    def rates(layer):
        return lambda inputs: model.rates(inputs, layer)

    return _reached(data, rates(len(row.sizes) - 1), rates(len(row.sizes) // 2)) | {
        "angles": angles(model).tolist()}
