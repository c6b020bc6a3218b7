"""From a capture's bytes to the dataset. Imports nothing from ``crawler``."""
