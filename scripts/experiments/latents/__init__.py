"""Read an autoencoder's narrow code: phaseless alignment, feedback alignment, backprop."""

from .command import latents

__all__ = ["latents"]
