"""What people do with a dataset: look at it, export it, import into it, extract its texts again."""
