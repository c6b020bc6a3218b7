"""The one form of a domain's name, by which the dataset keys its rows; what is no domain; who registered a host."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import idna

if TYPE_CHECKING:
    from tldextract import TLDExtract


class BadDomain(ValueError):
    """The text is no public domain; the message says why."""


_ASCII_DOMAIN: Final = re.compile(
    r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
#: Internal names: RFC 6761, 6762, 7686, 8375, 9476, and what routers and offices use.
_INTERNAL: Final = frozenset(
    {"localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "localdomain", "onion", "arpa",
     "alt"}
)  # fmt: skip


def normalize_domain(text: str) -> str:
    """A domain as the dataset keys it: lower case, IDN as punycode (IDNA 2008 with UTS 46), no trailing dot.

    For what files and archives hold; what a person types is for ``meant_domain``.

    Raises ``BadDomain`` if it is no domain, or no public one. Names reserved for tests and documents (RFC 2606:
    ``.example``, ``.test``) are accepted, because the sample archive uses them.

    >>> normalize_domain("Bücher.DE.")
    'xn--bcher-kva.de'
    """
    domain = text.strip().removesuffix(".")
    if not domain.isascii() or not _ASCII_DOMAIN.fullmatch(domain := domain.lower()) or "xn--" in domain:
        domain = _checked(domain)
    last = domain.rpartition(".")[2]
    if last in _INTERNAL:
        raise BadDomain(f"an internal name (.{last}), no public domain: {domain!r}")
    return domain


def meant_domain(text: str) -> str:
    """The domain of the site that a person names, be it by its domain, its ``www.`` host or an address.

    Raises ``BadDomain`` if that is no public domain.

    >>> meant_domain("https://www.Plimus.com:443/privacy")
    'plimus.com'
    >>> meant_domain("www.gov.uk")  # that is the site: sites are registered under gov.uk
    'www.gov.uk'
    """
    named = text.strip()
    if "://" in named or ("@" not in named and re.search(r"[/:?#]", named)):
        try:
            named = urlsplit(named if "://" in named else f"//{named}").hostname or named
        except ValueError:
            raise BadDomain(f"no address that can be read: {named[:80]!r}") from None
    domain = normalize_domain(named)
    site = domain.removeprefix("www.")
    return site if site != domain and registrable_domain(domain) != domain else domain


@lru_cache(maxsize=16_384)
def registrable_domain(host: str) -> str:
    """The part of a host that somebody registered: ``help.example.co.uk`` gives ``example.co.uk``.

    Where a company gives each customer a host (the Public Suffix List's private section), that is the customer's:
    ``www.acme.github.io`` gives ``acme.github.io``, and ``www.github.io`` the company's ``github.io``. A host without a
    known suffix (``plumeria.example``, ``localhost``) gives its last two labels; an IP address gives itself.
    """
    host = host.lower().rstrip(".")
    found = _suffixes().extract_str(host, include_psl_private_domains=True)
    if found.ipv4 or found.ipv6:
        return host
    if not found.domain or (found.is_private and found.domain == "www"):
        return operator_domain(host)
    return found.top_domain_under_public_suffix or ".".join(host.split(".")[-2:])


def operator_domain(host: str) -> str:
    """As ``registrable_domain``, but of who runs the host: ``acme.github.io`` gives ``github.io``."""
    return _suffixes().extract_str(host).top_domain_under_public_suffix or ".".join(host.split(".")[-2:])


@cache
def _suffixes() -> TLDExtract:
    """The Public Suffix List in the package; the network is never asked for another one."""
    from tldextract import TLDExtract  # imported here: it takes 0.1 s, which processes that share out rows need not pay

    return TLDExtract(suffix_list_urls=(), cache_dir=None)


def _checked(text: str) -> str:
    """The punycode form of what does not look like a domain at first sight. Raises ``BadDomain``."""
    shown = repr(text[:80])
    if not text:
        raise BadDomain("empty")
    for is_wrong, problem in _WRONG_AS_WRITTEN:
        if is_wrong(text):
            raise BadDomain(f"{problem}: {shown}")
    try:
        domain = _to_ascii(text).lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise BadDomain(f"not allowed in a domain: {shown} ({error})") from None
    for is_wrong, problem in _WRONG_AS_PUNYCODE:
        if is_wrong(domain):
            raise BadDomain(f"{problem}: {shown}")
    return domain


def _to_ascii(text: str) -> str:
    """Punycode, label by label. ASCII labels stay as they are: archives also hold hosts with an underscore."""
    mapped = idna.uts46_remap(text, std3_rules=False)
    return ".".join(
        idna.encode(label).decode("ascii") if label.startswith("xn--") or not label.isascii() else label
        for label in mapped.removesuffix(".").split(".")
    )


def _is_ip(text: str) -> bool:
    candidate = text.strip("[]")
    if re.fullmatch(r"[\d.]+(?::\d+)?", candidate) and re.search(r"\d", candidate):
        return True  # browsers read 127.1 and 2130706433 as addresses, too
    try:
        ip_address(candidate)
    except ValueError:
        return False
    return True


#: What can be wrong with a domain: a test, and what to say. The first that holds is told.
_WRONG_AS_WRITTEN: Final[tuple[tuple[Callable[[str], object], str], ...]] = (
    (lambda text: "://" in text, "an address with a scheme, not a domain"),
    (_is_ip, "an IP address, not a domain"),
    (lambda text: "@" in text, "a mail address or user name, not a domain"),
    (re.compile(r"[/?#\\]").search, "a path or query after the domain"),
    (lambda text: ":" in text, "a port after the domain"),
    (re.compile(r"\s").search, "white space inside"),
    (
        lambda text: "," in text,
        "a comma inside (in a .txt file each domain has its own line; rank,domain is for .csv)",
    ),
    (lambda text: len(text) > 253, "too long, more than 253 characters"),
)
_WRONG_AS_PUNYCODE: Final[tuple[tuple[Callable[[str], object], str], ...]] = (
    (lambda domain: "" in domain.split("."), "an empty label (two dots, or one at the beginning)"),
    (_is_ip, "an IP address, not a domain"),
    (lambda domain: "." not in domain, "an internal name, without a dot"),
    (lambda domain: any(len(label) > 63 for label in domain.split(".")), "a label of more than 63 characters"),
    (lambda domain: len(domain) > 253, "too long, more than 253 characters as punycode"),
    (lambda domain: not _ASCII_DOMAIN.fullmatch(domain), "characters that no domain has"),
)
