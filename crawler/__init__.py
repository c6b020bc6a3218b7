"""Talks to web archives: everything up to a fetched snapshot."""
