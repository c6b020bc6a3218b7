"""The words that rows, ledger and reports use for what became of a thing; each is written as it stands here."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What became of a known capture of a policy URL (``captures.outcome``)."""

    STORED = "stored"
    """Fetched; its text is a row of ``policies``."""
    UNCHANGED = "unchanged"
    """The same bytes as a stored capture (``same_as``), by the index's digest; not fetched again."""
    REDIRECT = "redirect"
    """An archived redirect; ``detail`` says where to."""
    NOT_POLICY = "not_policy"
    """Fetched, and a page of another kind: an error page, a parked domain, a login."""
    EMPTY = "empty"
    """Fetched, and without any text."""
    SOFT_BLOCK = "soft_block"
    """Fetched, and a bot wall's answer instead of the site's."""
    UNPLAYABLE = "unplayable"
    """The archive has it in its index, and does not play it back."""
    SKIPPED = "skipped"
    """Not fetched, because the plan did not need it."""
    PENDING = "pending"
    """Not fetched yet."""
    FAILED = "failed"
    """Fetched, but its text could not be extracted: an error or a limit of ours."""


class DomainOutcome(StrEnum):
    """What came of a domain (``domains.outcome``). All but ``found`` say why there is nothing, or not all."""

    FOUND = "found"
    """It has a policy. ``reason`` is set where not all that the archive has could be seen."""
    NOT_ARCHIVED = "not_archived"
    """The archive has no capture of it: neither in its index nor of its homepage."""
    EXCLUDED = "excluded"
    """The archive does not show it, at the wish of its owner."""
    NO_POLICY_FOUND = "no_policy_found"
    """It is archived, and neither an address nor an archived homepage's link leads to a policy."""
    INCOMPLETE = "incomplete"
    """Not all could be had, so nothing is said of what it has; ``may_pass`` tells if a later crawl asks again."""


class FoundBy(StrEnum):
    """How a policy URL was found (``found_by``)."""

    URL_KEYWORD = "url_keyword"
    """A word in its address."""
    HOMEPAGE_LINK = "homepage_link"
    """A link of an archived homepage, or of a page that it leads to."""
    REDIRECT = "redirect"
    """An archived redirect of a policy URL."""
    GIVEN = "given"
    """By the user: ``urls=`` or ``captures=``."""
    HOMEPAGE = "homepage"
    """No policy URL, but the homepage itself, looked at for links. In the ledger only."""


class Origin(StrEnum):
    """Where a row of ``policies`` comes from (``origin``)."""

    CRAWL = "crawl"
    """Fetched from the archive; its bytes are in a WARC file."""
    IMPORT = "import"
    """Taken over from another corpus, with the text that this one has."""


class Owner(StrEnum):
    """Whose policy it is (``policy_owner``)."""

    SAME_DOMAIN = "same_domain"
    """It stands on the domain itself."""
    SAME_ORGANISATION = "same_organisation"
    """It stands on another domain of the same organisation."""
    OTHER = "other"
    """It stands on somebody else's domain."""


class Kind(StrEnum):
    """What a page is, judged by its text (``kind``)."""

    PRIVACY_POLICY = "privacy_policy"
    """A policy of how personal data are treated."""
    COOKIE_POLICY = "cookie_policy"
    """A policy of cookies alone."""
    TERMS = "terms"
    """Terms of service or of use."""
    OTHER = "other"
    """A text of another kind."""
    SOFT_404 = "soft_404"
    """An error page, whatever its status says."""
    PARKED = "parked"
    """The page of who parks or sells the domain."""
    LOGIN = "login"
    """A page that asks for a password."""
    BLOCKED = "blocked"
    """A bot wall's answer."""
    EMPTY = "empty"
    """No text."""


class Reading(StrEnum):
    """A step on the way from a page's bytes to its text; ``policies.reading`` has them joined by ``+``, in order."""

    DOM = "dom"
    """By the page's own tree."""
    TRAFILATURA = "trafilatura"
    """Trafilatura was asked which blocks are the document's."""
    EMBEDDED = "embedded"
    """By the data in the page, which shows too little text itself."""
    PDF = "pdf"
    """By the characters of a PDF."""
    PLAIN = "plain"
    """A plain text, as it stands."""
    TAGS = "tags"
    """All text between the tags, of a page without a tree."""
    PART = "part"
    """The policy alone, of a page that holds other legal texts too."""
    MIXED = "mixed"
    """A page that holds the policy among other legal texts, whole."""


#: Kinds whose text may be a policy: they become rows of ``policies``; the rest are rows of ``captures`` only.
STORED_KINDS = frozenset({Kind.PRIVACY_POLICY, Kind.COOKIE_POLICY, Kind.TERMS, Kind.OTHER})
