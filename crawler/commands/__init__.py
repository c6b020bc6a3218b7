"""Scrapy subcommands: thin doors to the dataset's functions. ``crawler.dataset_command`` has what they share."""
