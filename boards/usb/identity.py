"""How a board on USB calls itself; hosts know it by that."""

__all__ = ["MANUFACTURER", "PRODUCT", "PRODUCT_ID", "VENDOR_ID", "is_ours"]

# A test number of pid.codes, for use among one's own devices: others may use it, too. Whoever sells
# a board asks for a number of its own.
VENDOR_ID, PRODUCT_ID = 0x1209, 0x0005
MANUFACTURER, PRODUCT = "cortigate", "cortigate board"


def is_ours(vendor: int | None, product: int | None) -> bool:
    """Whether the numbers that a system names for a port, or None, are those of these boards."""
    return (vendor, product) == (VENDOR_ID, PRODUCT_ID)
