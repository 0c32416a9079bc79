"""Dynamic inversion in float64."""

from .model import DynamicInversion
from .rule import DynamicInversionRule, InversionCredit, InversionFeedback

__all__ = ["DynamicInversion", "DynamicInversionRule", "InversionCredit", "InversionFeedback"]
