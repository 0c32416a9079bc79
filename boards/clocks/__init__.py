"""Clock and reset of `sync` from a board's oscillator, one file for the PLL of each family."""
