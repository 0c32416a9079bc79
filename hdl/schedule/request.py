"""The sequencer's request to the synapse array in one cycle."""

from amaranth.hdl import unsigned
from amaranth.lib import data

from ...golden.spec.design import Design
from ...golden.spec.observation import word_bits
from .banks import post_address_bits
from .table import StepTable

__all__ = ["request_layout"]


def request_layout(design: Design, table: StepTable):
    """Layout of one cycle's request to the array (stage 0).

    ``tag`` step; ``first``/``last`` event of a block (forward, update) or of a column (backward);
    ``opening`` first block or column; ``closing`` last one; ``bias`` the slot behind the last
    event: the bias, or nothing; ``position`` in what the step walks; ``address`` weight word
    before the event's column or block is added; ``post_address`` of an update.
    """
    return data.StructLayout({
        "tag": unsigned(table.tag_bits), "first": 1, "last": 1, "opening": 1, "closing": 1,
        "bias": 1,
        "position": unsigned(max(design.network.sizes).bit_length()),
        "address": unsigned(word_bits(design)),
        "post_address": unsigned(post_address_bits(design)),
    })
