"""The measurements of `cortigate bench`: the engine, its builds, the same network on a computer."""
