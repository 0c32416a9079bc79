"""What `cortigate bench` measures: the engine, its builds, and the same network on a computer."""
