"""A homepage, and where its links lead."""

from crawler.discovery.links import policy_links

HOME = "http://www.site.example/"


def urls(page: str | bytes, url: str = HOME) -> list[str]:
    body = page if isinstance(page, bytes) else page.encode()
    return [link.url for link in policy_links(body, url=url)]
