"""What is done with a dataset: looked at, exported, imported, extracted again."""
