"""Clock and reset of `sync` from a board's oscillator: the PLL of every family, and nothing else."""
