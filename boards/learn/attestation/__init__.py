"""Attested learning: a record of a fixed course that anybody repeats bit for bit.

A device starts from known weights, learns known samples one after the other and predicts samples
held out. The record says what it was given, and hashes of what it became on the way; `check`
computes the same on the integer model and says where the record first differs, if it does.

What it proves: something computed exactly these numbers with this design, from these weights and
samples. What it does not: that silicon did. The integer model computes the same numbers, which is
why the record can be checked, and so anybody can write one without a board. Who wrote it, on which
board, at which clock and in how many cycles is the writer's word; the check cannot confirm it.

A record is JSON, its keys sorted, without a time or a path, so that the same run gives the same
bytes. Hashes are SHA-256 as 64 hexadecimal digits; canonical JSON has sorted keys, no blanks, and
escapes what is not ASCII.

``format``
    `FORMAT`.
``design``, ``digest``
    `Design.to_dict` and `Design.digest`.
``course``
    ``samples`` learned one by one at the rule's own learning rates, ``portion`` of them from link
    to link, ``held_out`` samples predicted at the end, ``seed`` of the initial weights
    (`golden.initial`) and of the data. Generators start in their states after reset.
``data``
    ``name``: "digits", scikit-learn's, where the design has 64 inputs and 10 outputs
    (`golden.datasets.load_digits_split`: training samples in the split's order, again from the
    first after the last), else "patterns" (`golden.datasets.patterns`). ``sha256``: of all samples,
    those learned, then those held out, of each its raw inputs, a byte each, and its class, a byte.
``start``
    h_0, the hash of `FORMAT`, a line feed, and the canonical JSON of {course, data, design}.
``links``
    One before learning and one after each portion. ``samples`` so far; ``weights``: a hash of each
    matrix; ``generators``: a hash of them all; ``chain``: h_k = SHA-256(h_{k-1} || state_k), with
    h_{k-1} as 32 bytes. state_k is all matrices in the order of `MemoryMap.matrices` (W1 …, then
    G2 … or B1 …), each row by row as the equations have it, postsynaptic x presynaptic with the
    bias last, a raw weight as four bytes, two's complement, least significant first; then the
    generators, the lanes' and then the noise's, four bytes each likewise. ``weights`` and
    ``generators`` hash the parts of the same bytes. After a portion also its counters: ``correct``
    as a board's register counts them, ``weight_saturations``, ``state_saturations``, and
    ``cycles``, null without a clock.
``end``
    ``predictions`` of the samples held out, two hexadecimal digits each, ``correct`` of them, and
    ``chain``, SHA-256(h_n || predictions as bytes). ``accuracy`` is correct / held_out.
``board``
    ``device`` in words, ``name`` as far as known, ``clock_hz`` from its identity, ``baud`` of the
    line; null where there is none.
``build``
    null, or of the build whose folder was given: ``board``, ``bitstream`` and its ``sha256``, and
    ``tools``, what synthesis and placement call themselves.
``versions``
    Of cortigate, python, numpy and scikit-learn.
``checksum``
    Hash of the canonical JSON of everything else.
"""

from .check import Verdict, check
from .course import FORMAT, AttestedCourse, attest
from .record import Record

__all__ = ["FORMAT", "AttestedCourse", "Record", "Verdict", "attest", "check"]
