"""From the rows of one domain to its rows of ``versions``, ``changes`` and ``coverage``.

And to what these add to the facts: ``captures.version_id``, and the columns of ``domains`` that sum up a history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.columns import some_columns
from pipelines.dataset.merging import CAPTURE_KEY, DECIDING
from pipelines.history.coverage import FILLED, HalfYear, cover
from pipelines.history.domain_history import DomainRows
from pipelines.history.observations import OBSERVED, observations
from pipelines.history.site import HomepageLook, Site
from pipelines.history.told import OF_A_TEXT, Texts, Told, made_of, tell, texts_of
from pipelines.history.versions import Version, find_versions
from pipelines.outcomes import Outcome
from pipelines.schema import POLICIES
from pipelines.urls import place

Row = dict[str, Any]

_SHOWN = (
    "captured_at", "policy_url", "wayback_url", "view_url", "words", "effective_date", "text_sha256", "extractor",
)  # fmt: skip
#: The columns of ``policies`` that a history follows from, but for the texts.
WITHOUT_TEXTS = some_columns(POLICIES, dict.fromkeys((*CAPTURE_KEY, *DECIDING, *OBSERVED, *OF_A_TEXT, *_SHOWN)))


@dataclass(slots=True)
class Derived:
    """What one domain's rows give."""

    domain: str
    captures: pa.Table
    """The rows of ``captures``, with the version that each shows."""
    domains: list[Row]
    """The rows of ``domains``, with what sums up the history."""
    half_years: list[HalfYear]
    versions: list[Row] = field(default_factory=list)
    changes: list[Row] = field(default_factory=list)

    @property
    def tables(self) -> Mapping[str, list[Row]]:
        """The rows of each table that is worked out, by its name."""
        return {"versions": self.versions, "changes": self.changes, "coverage": self._coverage()}

    def _coverage(self) -> list[Row]:
        return [
            {
                "domain": self.domain,
                "half_year": each.label,
                "starts": each.starts,
                "site": each.site,
                "status": each.status,
                "filled": each.status in FILLED,
                "captures": each.captures,
                "texts": each.texts,
                "version_ids": list(each.version_ids),
                "within_version": each.within_version,
            }
            for each in self.half_years
        ]


def derive(domain: DomainRows, told: Mapping[str, Told] = MappingProxyType({})) -> Derived:
    """The versions, changes and coverage of one domain, over all archives.

    ``told``: what is known already of what texts tell, by ``pipelines.history.told.made_of``; it is not worked out
    again.
    """
    texts = domain.policies.column("text")
    outline = Outline.of(domain)
    new = {key: tell(each) for key, each in outline.untold(told, lambda row: str(texts[row].as_py()))}
    return outline.derived({**told, **new})


@dataclass(frozen=True, slots=True)
class Outline:
    """A domain's history as far as it follows from its rows without their texts."""

    domain: DomainRows
    versions: Sequence[Version]

    @classmethod
    def of(cls, domain: DomainRows) -> Outline:
        """``domain`` needs the columns ``WITHOUT_TEXTS`` of ``policies``."""
        return cls(domain, find_versions(domain.domain, observations(domain)))

    def wanted(self, told: Mapping[str, Told]) -> set[int]:
        """The rows of ``policies`` whose texts are to be read, because ``told`` does not say what they tell."""
        return {
            row
            for version in self.versions
            if made_of(version, self.domain.policies) not in told
            for row in texts_of(version)
        }

    def untold(self, told: Mapping[str, Told], text: Callable[[int], str]) -> Iterator[tuple[str, Texts]]:
        """The texts of the versions of which ``told`` does not say what they tell, by ``made_of``.

        ``text`` gives that of a row which is ``wanted``.
        """
        for version in self.versions:
            if (key := made_of(version, self.domain.policies)) not in told:
                yield key, Texts.of(version, text)

    def derived(self, told: Mapping[str, Told]) -> Derived:
        """The whole history; ``told`` says of all versions what their texts tell."""
        domain, versions = self.domain, self.versions
        main = [version for version in versions if version.is_main]
        captures, domains = _with_versions(domain, versions), _summed_up(domain, main)
        derived = Derived(domain.domain, captures, domains, _half_years(domain, versions))
        asked = asked_through(domain.domains)
        for version in versions:
            key = made_of(version, domain.policies)
            says = told[key]
            known_through = max([version.last_seen, *(asked if version in main[-1:] else ())])
            derived.versions.append({**_version_row(domain, version, known_through, says), "made_of": key})
            if version.compared is not None:
                derived.changes.append({**_change_row(domain, version, says), "made_of": key})
        return derived


def _version_row(domain: DomainRows, version: Version, known_through: datetime, says: Told) -> Row:
    return {
        **_values(domain, version.row, _SHOWN),
        **_name(domain, version),
        "first_seen": version.first_seen,
        "last_seen": version.last_seen,
        "known_through": known_through,
        "change_after": version.change_after,
        "change_before": version.first_seen,
        "change": says.change,
        "similarity": says.similarity,
        "words_added": says.words_added,
        "words_removed": says.words_removed,
        "returns_to": version.returns_to and version.returns_to.id,
        "captures": len(version.observations),
        "captures_stored": sum(seen.stored for seen in version.observations),
        "addresses": [asdict(address) for address in version.addresses],
        "concepts": says.concepts,
    }


def _name(domain: DomainRows, version: Version) -> Row:
    return {
        "domain": domain.domain,
        "language": version.language,
        "is_main": version.is_main,
        "version": version.number,
        "version_id": version.id,
    }


def asked_through(domains: pa.Table) -> list[datetime]:
    """Until when each archive was asked for all that it shows of a domain: ``domains`` has its rows of that table."""
    columns = domains.select(["known_through", "excluded_since"]).to_pydict()
    return [
        min(known, excluded or known) for known, excluded in zip(*columns.values(), strict=True) if known is not None
    ]


def _change_row(domain: DomainRows, version: Version, says: Told) -> Row:
    assert version.compared is not None and version.before is not None
    old, new = (_values(domain, row, ("captured_at", "policy_url")) for row in version.compared)
    return {
        **_name(domain, version),
        "before_version_id": version.before.id,
        "change_after": version.change_after,
        "change_before": version.first_seen,
        "change": says.change,
        "similarity": says.similarity,
        "words_added": says.words_added,
        "words_removed": says.words_removed,
        **{f"before_{name}": value for name, value in old.items()},
        **{f"after_{name}": value for name, value in new.items()},
        "paragraphs": says.paragraphs,
    }


def _values(domain: DomainRows, row: int, names: Sequence[str]) -> Row:
    return {name: domain.policies.column(name)[row].as_py() for name in names}


def _half_years(domain: DomainRows, versions: Sequence[Version]) -> list[HalfYear]:
    captures = list(zip(*domain.captures.select(["captured_at", "outcome"]).to_pydict().values(), strict=True))
    known = {moment for moment, _ in captures}
    # A stored row without a row of captures is a capture all the same.
    stored = domain.policies.select(["captured_at", "requested_at"]).to_pydict()
    captures += [
        (moment, Outcome.STORED)
        for moment, asked in zip(*stored.values(), strict=True)
        if moment not in known and asked not in known
    ]
    looks = pc.list_flatten(domain.domains["homepages"].combine_chunks()).to_pylist()
    site = Site.of((moment for moment, _ in captures), (HomepageLook(**look) for look in looks))
    return cover(captures, versions, domain.outcomes, site)


def _with_versions(domain: DomainRows, versions: Sequence[Version]) -> pa.Table:
    """The rows of ``captures``, with the version that each shows."""
    stored = domain.policies.select(["archive", "requested_at"]).to_pydict()
    ids: dict[tuple[str, datetime, str], str] = {}
    for version in versions:
        for seen in version.observations:
            archive, here = stored["archive"][seen.row], place(seen.policy_url)
            ids[archive, seen.captured_at, here] = version.id
            if seen.stored:  # the index may name the time asked for
                ids.setdefault((archive, stored["requested_at"][seen.row], here), version.id)
    rows = domain.captures.select(["archive", "captured_at", "policy_url", "outcome"]).to_pydict()
    shown = [
        ids.get((archive, captured, place(url))) if outcome in (Outcome.STORED, Outcome.UNCHANGED) else None
        for archive, captured, url, outcome in zip(*rows.values(), strict=True)
    ]
    at = domain.captures.schema.get_field_index("version_id")
    return domain.captures.set_column(at, domain.captures.schema.field(at), pa.array(shown, pa.string()))


def _summed_up(domain: DomainRows, main: Sequence[Version]) -> list[Row]:
    """The rows of ``domains``, with what sums up the history: the versions of the ``main`` line."""
    primary = domain.policies.filter(domain.policies["primary"]).select(["policy_url", "policy_owner"])
    newest = primary.slice(len(primary) - 1).to_pylist() if len(primary) else [dict.fromkeys(primary.column_names)]
    captured = pc.min_max(domain.captures["captured_at"]).as_py()
    return [
        {
            **row,
            "main_url": newest[0]["policy_url"],
            "main_language": main[-1].language if main else None,
            "policy_owner": newest[0]["policy_owner"],
            "first_capture": row["first_capture"] or captured["min"],
            "last_capture": row["last_capture"] or captured["max"],
            "versions": len(main),
        }
        for row in domain.domains.to_pylist()
    ]
