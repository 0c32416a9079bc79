"""Depth and the signs of the feedback, in the microcircuit's integer model.

Feedback that has the signs of the weights beside feedback with random signs, in deeper networks.
"""

from dataclasses import replace

from cortigate.boards.learn.training import epoch_run
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import epoch_mask, epoch_order, integer_model
from cortigate.golden.spec import MemoryMap
from cortigate.golden.spec.rules.microcircuit import MicrocircuitRule

__all__ = ["NETWORKS", "SAMPLES", "accuracies", "depth_experiment"]

NETWORKS = {1: (64, 32, 10), 2: (64, 64, 32, 10), 4: (64, 48, 48, 48, 32, 10)}  # by hidden layers
SHIFTS = {1: 9, 2: 9, 4: 10}  # deeper networks want a lower rate
SAMPLES = 720  # half of the training digits: what separates the two shows early


def accuracies(design, data, epochs, seed):
    """Test accuracy after each epoch of a design's integer model."""
    model, reached = integer_model(design), []
    model.set_weights(initial_weights(design, seed))
    inputs, tests = (design.sample.from_float(x) for x in (data.x_train[:SAMPLES], data.x_test))
    for epoch in range(epochs):
        run = epoch_run(design, seed, epoch, len(inputs), milestones=range(1, epochs))
        mask = epoch_mask(seed, epoch, MemoryMap(design).shuffle_bits)
        for index in epoch_order(design, len(inputs), mask):
            model.learn(inputs[index], int(data.y_train[index]), run.update_shift)
        reached.append(float((model.predict(tests) == data.y_test).mean()))
    return reached


def depth_experiment(data, *, epochs=3, seed=0, networks=NETWORKS, progress=None):
    """Test accuracies by (hidden layers, whether signs are concordant): list of float per epoch.

    The learning rate is halved after every epoch.
    `progress` is called with a few words on each network before it is trained.
    """
    found = {}
    for hidden, sizes in networks.items():
        design = MicrocircuitRule.design(sizes)
        for concordant in (True, False):
            if progress is not None:
                progress(f"{hidden} hidden, {'concordant' if concordant else 'random'} signs")
            rule = replace(design.rule, learning_rate_shift=SHIFTS[hidden], concordant=concordant)
            found[hidden, concordant] = accuracies(design.replace(rule=rule), data, epochs, seed)
    return found
