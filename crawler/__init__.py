"""Talks to web archives: everything up to a fetched snapshot."""

__version__ = "0.1.0"
