"""What keeps a release from being made, in words for the one who asked for it."""

from pipelines.dataset.reading import DatasetError


class ReleaseError(DatasetError):
    """No release was made; the message says why and what to do."""
