"""A release: the dataset at one moment, immutable, numbered, with what changed and what is missing worked
out."""

from pipelines.release.build import Release, ReleaseError, release

__all__ = ["Release", "ReleaseError", "release"]
