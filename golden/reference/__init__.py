"""Float64 models: one folder for each rule, baselines, and what they share."""
