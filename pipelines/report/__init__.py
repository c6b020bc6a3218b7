"""Pages to look at: a static site of what a DATA_DIR or a release knows."""
