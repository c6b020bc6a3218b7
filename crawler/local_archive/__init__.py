"""A small web archive on loopback: any WARC files, in the Internet Archive's CDX and playback dialects."""
