"""Golden models: the specification, the float reference, the integer model and its timeline."""
