"""Learning rules, a folder each: parameters and program. `golden.spec.registry` finds them."""
