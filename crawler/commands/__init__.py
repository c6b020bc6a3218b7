"""Scrapy subcommands: thin doors to the dataset's functions. ``crawler.command`` has what they share."""
