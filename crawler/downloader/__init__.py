"""Sends requests: budgets for the archive's host, and the download handler. Usable by any Scrapy spider."""
