"""How often the dataset is wrong, as two people find in a sample of it."""
