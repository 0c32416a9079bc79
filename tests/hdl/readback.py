"""What memories of a device under test hold, read through its ports."""


async def access(ctx, dut, register, value=None):
    """Write a register of a RegisterFile, or read it (value None)."""
    ctx.set(dut.address, register)
    ctx.set(dut.write, value is not None)
    ctx.set(dut.write_data, value or 0)
    ctx.set(dut.valid, 1)
    result, halves = 0, 0
    while halves != 2:
        halves, word = ctx.get(dut.halves), ctx.get(dut.read_data)
        result |= word << 16 if halves == 2 else word if halves == 1 else 0
        await ctx.tick()
    ctx.set(dut.valid, 0)
    return result


async def assert_words(ctx, dut, maps, words, listed):
    """A WordMemory holds `words`, blocks x lanes of each layer, and lists the blocks `listed`.

    `listed` is None where no blocks are walked.
    """
    for layer, blocks in words.items():
        base = maps.post_bases[layer]
        for block, lanes in enumerate(blocks):
            ctx.set(dut.read_address, base + block)
            await ctx.tick().repeat(2)
            assert [ctx.get(lane.raw) for lane in dut.lanes] == lanes.tolist()
        if listed is None:
            continue
        assert ctx.get(dut.count[layer - 1]) == len(listed[layer])
        ctx.set(dut.read_layer, layer)
        for position, block in enumerate(listed[layer]):
            ctx.set(dut.read_position, position)
            await ctx.tick()
            got = ctx.get(dut.block)
            # A block's weights lie one row of words behind those of the block before.
            assert (got.word, got.offset) == (base + block, block * maps.matrix(layer).columns)
