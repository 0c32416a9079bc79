"""The core in one's own chip: samples and results as streams, everything else behind a bus."""
