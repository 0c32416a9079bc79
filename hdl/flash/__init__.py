"""Samples from a board's flash memory: serial lines, commands, decoder, order of blocks."""
