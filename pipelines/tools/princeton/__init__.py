"""The older corpus (Princeton-Leuven) as rows of this dataset."""
