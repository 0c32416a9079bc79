"""The experiments: each module is one, and its first line says what it measures."""
