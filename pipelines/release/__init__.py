"""A release: the dataset at one moment, numbered and never changed, with what changed and what is missing."""
