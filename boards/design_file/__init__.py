"""A design in a TOML file: read with every error's line, written with comments, and its schema."""

from .reading import SUFFIX, DesignFile
from .schema import SCHEMA_FILE, schema, schema_text
from .writing import text_of

__all__ = ["SCHEMA_FILE", "SUFFIX", "DesignFile", "schema", "schema_text", "text_of"]
