"""Sends requests: the pace of each pool, and the download handler."""
