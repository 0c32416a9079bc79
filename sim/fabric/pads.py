"""Pads of a circuit that nothing outside drives."""

__all__ = ["drive_pads"]


def drive_pads(circuit, network):
    """Pads that nothing outside drives hear what they drive, or 1."""
    for place in circuit.pads.values():
        if network.looks_at((place, "PAD")) and not network.drives((place, "PAD")):
            driven = network.drives((place, "PAD_OUT"))
            network.wire(network.net((place, "PAD")),
                         network.net((place, "PAD_OUT")) if driven else 1)
