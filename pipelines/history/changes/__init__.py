"""What changed between two versions of a policy: the paragraphs, and of what kind the change is."""

from pipelines.history.changes.classify import CHANGES, COSMETIC, FIRST, MOVED, SUBSTANTIVE, WORDING, change_class
from pipelines.history.changes.paragraphs import Difference, ParagraphChange, difference

__all__ = [
    "CHANGES", "COSMETIC", "FIRST", "MOVED", "SUBSTANTIVE", "WORDING",
    "Difference", "ParagraphChange", "change_class", "difference",
]  # fmt: skip
