"""Storage between commands: folders, files that are whole, JSON that is strict."""
