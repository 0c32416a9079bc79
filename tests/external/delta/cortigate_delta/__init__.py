"""The delta rule: the simplest learning rule that the engine can run, in a package of its own."""
