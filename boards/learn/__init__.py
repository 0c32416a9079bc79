"""Learning on devices: designs by name, runs in parts, checkpoints, estimators."""
