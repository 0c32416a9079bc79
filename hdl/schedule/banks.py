"""Which words of post-synaptic values share a memory."""

from ...golden.spec.design import Design
from ...golden.spec.memory_map import MemoryMap
from ...golden.spec.program import Program
from ...golden.spec.steps import Operation, Step

__all__ = ["post_address_bits", "walks_blocks", "word_memories"]


def walks_blocks(steps: tuple[Step, ...], name):
    """True if a backward pass, other than one over a head, walks the blocks of the words `name`."""
    return any(s.operation is Operation.BACKWARD and s.lanes == name and not s.joined
               for s in steps)


def word_memories(design: Design):
    """Names of the words in each memory, a bank for each name.

    Words that a step leaves together have memories of their own, and so have those whose blocks
    are walked: there is one list of blocks in a memory.

    Returns
    -------
    list of tuple of str
    """
    program, memories = Program.of(design), []
    for name in program.words:
        apart = {other for s in program.steps if name in s.words for other in s.words}
        if walks_blocks(program.steps, name):
            apart |= {other for other in program.words if walks_blocks(program.steps, other)}
        for number, names in enumerate(memories):
            if apart.isdisjoint(names):
                memories[number] = (*names, name)
                break
        else:
            memories.append((name,))
    return memories


def post_address_bits(design: Design):
    """Bits of the address of a word of post-synaptic values, in its memory."""
    banks = max(map(len, word_memories(design)))
    return max(1, (banks * MemoryMap(design).post_depth - 1).bit_length())
