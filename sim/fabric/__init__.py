"""Configured chips at work: a circuit of boards.bitstream, run by an event-driven simulator."""
