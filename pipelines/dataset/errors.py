"""What is wrong with a dataset, in words for the person who asked for something."""


class DatasetError(Exception):
    """The dataset under DATA_DIR is not in a state for this; the message says what to do."""


class DatasetBusyError(DatasetError):
    """Another process (most likely a crawl) is writing to DATA_DIR."""
