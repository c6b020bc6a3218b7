"""A small web archive on loopback: it serves WARC files in the Internet Archive's CDX and playback dialects."""
