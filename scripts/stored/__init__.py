"""The commands about sets of samples in a board's flash memory: each module is one."""
