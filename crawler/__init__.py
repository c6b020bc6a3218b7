"""Talks to web archives: everything up to a fetched snapshot."""

__version__ = "0.2.0"
