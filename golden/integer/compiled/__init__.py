"""The integer models' inner loops, compiled by Numba: the same bits, many times faster.

One call learns from any number of samples. Written from the same equations as the obvious models
beside this folder, which stay what everything is held to; a file here has a rule's loops, `parts`
what they share, `run` what lies between them and a model.

A matrix lies transposed, column after column, so that a column event is one run through memory;
zeros are passed over, which changes no bit, since sums are exact. What is drawn at random is drawn
in the order of `IntegerModel._random`.
"""
