"""Rows and part files: written whole or not at all, read in order."""
