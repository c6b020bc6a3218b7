"""Joins what two ledgers know of one domain: see ``crawler.ledger.joining``."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from crawler.known import LASTING, LISTED_TWICE, DomainState, QueryState, Role, State, Words
from crawler.ledger.homepages import PAST_DIGEST
from crawler.ledger.sql import one_of
from pipelines.dataset.overrides import Removals
from pipelines.outcomes import Outcome

Row = dict[str, Any]

#: Columns of ``domains`` that count what is planned: the ledger keeps them itself, where it has them.
COUNTS = frozenset({"planned_queries", "planned_captures"})
#: The columns of ``domains`` that name the domain, are joined, or follow from its history, which is worked out again.
_NOT_TAKEN = COUNTS | frozenset(
    {"id", "archive", "domain", "asked_first", "known_through", "main_url", "main_language", "policy_owner", "versions"}
)
#: What is asked of an address now and never tells of a capture: only what the later crawl asked counts.
_PASSING = one_of((Role.VISIT, Role.LIKELY))
#: How far a capture has come, a domain in its crawl, and a query.
_STATES = list(State)
_DOMAIN_STATES = list(DomainState)
_QUERY_STATES = [QueryState.PLANNED, QueryState.CLAIMED, QueryState.EXCLUDED, QueryState.INCOMPLETE, QueryState.DONE]


class Entering:
    """Enters captures and queries of the other ledger, ``theirs``, for the domains that ``placed`` names.

    What is entered keeps its id, counted from the last one here (``after``): rows that name each other still do.
    """

    def __init__(self, db: sqlite3.Connection, removals: Removals) -> None:
        self.db = db
        self.removals = removals
        self.after = {
            table: db.execute(f"SELECT coalesce(max(id), 0) FROM main.{table}").fetchone()[0]
            for table in ("captures", "queries")
        }

    def captures(self, where: str, **values: Any) -> None:
        """Enters the captures ``t`` of ``placed`` ``p`` that meet ``where`` and are not to be removed."""
        after, others = self.after["captures"], ("id", "domain_id", "digest", "via")
        columns = [name for name in columns_of(self.db, "captures") if name not in others]
        kept = "NOT removes('', t.url, coalesce(t.served, t.timestamp))" if self.removals else "TRUE"
        self.db.execute(
            f"INSERT INTO main.captures (id, domain_id, digest, via, {', '.join(columns)})"
            f" SELECT t.id + {after}, p.ours, iif(t.role = '{Role.HOMEPAGE}' AND t.digest LIKE '{PAST_DIGEST}%',"
            f" '{PAST_DIGEST}' || (t.id + {after}), t.digest), t.via + {after}, {columns_sql('t', columns)}"
            f" FROM placed p CROSS JOIN theirs.captures t ON t.domain_id = p.theirs WHERE {where} AND {kept}",
            values,
        )

    def queries(self, where: str, **values: Any) -> None:
        """Enters the queries ``t`` of ``placed`` ``p`` that meet ``where``."""
        columns = [name for name in columns_of(self.db, "queries") if name not in ("id", "domain_id")]
        self.db.execute(
            f"INSERT INTO main.queries (id, domain_id, {', '.join(columns)})"
            f" SELECT t.id + {self.after['queries']}, p.ours, {columns_sql('t', columns)}"
            f" FROM placed p CROSS JOIN theirs.queries t ON t.domain_id = p.theirs WHERE {where}",
            values,
        )


def join_domain(entering: Entering, their_id: int, our_id: int) -> bool:
    """Joins what theirs knows of a domain with what ours does, by their ids. True if theirs told more."""
    return _Both(entering, their_id, our_id).join()


@dataclass(slots=True)
class _Both:
    """A domain that both ledgers know."""

    entering: Entering
    their_id: int
    our_id: int
    ids: dict[int, int] = field(default_factory=dict)
    """Captures here, by their ids there."""
    stored: set[tuple[str, str]] = field(default_factory=set)
    """(timestamp, address) of the captures that have a row."""

    def join(self) -> bool:
        """True if anything here is another now."""
        theirs, ours = self._row("theirs", self.their_id), self._row("main", self.our_id)
        later = (theirs["asked_last"] > ours["asked_last"]) - (theirs["asked_last"] < ours["asked_last"])
        before = self.entering.db.total_changes
        self._captures(later)
        if later > 0:
            self._passing()
        self._queries()
        self._domain(theirs, ours)
        return self.entering.db.total_changes > before

    def _row(self, ledger: str, domain_id: int) -> Row:
        (row,) = _rows(self.entering.db, f"SELECT * FROM {ledger}.domains WHERE id = ?", domain_id)
        return row

    def _domain(self, theirs: Row, ours: Row) -> None:
        new = ours | {
            "asked_first": min(theirs["asked_first"], ours["asked_first"]),
            "known_through": max(filter(None, (theirs["known_through"], ours["known_through"])), default=None),
        }
        if _how_far(theirs) > _how_far(ours):
            new |= {name: value for name, value in theirs.items() if name not in _NOT_TAKEN}
        self._update("domains", ours, new)

    def _captures(self, later: int) -> None:
        found = f"SELECT * FROM {{}}.captures WHERE domain_id = ? AND role NOT IN {_PASSING} ORDER BY id"
        ours = list(_rows(self.entering.db, found.format("main"), self.our_id))
        self.stored = {(row["timestamp"], row["stored_url"]) for row in ours if row["outcome"] == Outcome.STORED}
        removals = self.entering.removals
        theirs = [
            row
            for row in _rows(self.entering.db, found.format("theirs"), self.their_id)
            if not removals.name("", row["url"], row["served"] or row["timestamp"])
        ]
        vias = []
        for row, same in _Known(ours).pairs(theirs):
            if same is None:
                self.ids[row["id"]] = row["id"] + self.entering.after["captures"]
                self._enter(row)
            else:
                self.ids[row["id"]] = same["id"]
                if not _is_told(row, same, later):
                    continue
                self._tell(row, same)
            vias += [row] if row["via"] is not None else []
        for row in vias:
            self.entering.db.execute(
                "UPDATE main.captures SET via = ? WHERE id = ?", (self.ids.get(row["via"]), self.ids[row["id"]])
            )

    def _enter(self, row: Row) -> None:
        capture_id = self.ids[row["id"]]
        digest = f"{PAST_DIGEST}{capture_id}" if _is_past(row) else row["digest"]
        new = self._once(row) | {"id": capture_id, "domain_id": self.our_id, "digest": digest, "via": None}
        self.entering.db.execute(
            f"INSERT INTO main.captures ({', '.join(new)}) VALUES ({', '.join(f':{name}' for name in new)})", new
        )

    def _tell(self, row: Row, same: Row) -> None:
        """Has a capture here say what theirs says."""
        if same["outcome"] == Outcome.STORED:
            self.stored.discard((same["timestamp"], same["stored_url"]))
        stays = {name: same[name] for name in ("id", "domain_id", "version_id")}
        digest = row["digest"] or same["digest"]
        if _is_past(row):
            digest = f"{PAST_DIGEST}{same['id']}"
        new = self._once(row) | stays | {
            "digest": digest, "imported": max(row["imported"], same["imported"]), "via": None
        }  # fmt: skip
        self._update("captures", same, new)

    def _once(self, row: Row) -> Row:
        """A capture as it is entered: an index may list one capture with two digests, and it has one row."""
        if row["outcome"] != Outcome.STORED or row["stored_url"] is None:
            return row
        place = row["timestamp"], row["stored_url"]
        if place not in self.stored:
            self.stored.add(place)
            return row
        twin = {"state": State.SETTLED, "outcome": Outcome.UNCHANGED, "same_as": row["timestamp"], "stored_url": None}
        return row | twin | {"detail": LISTED_TWICE}

    def _passing(self) -> None:
        self.entering.db.execute(
            f"DELETE FROM main.captures WHERE domain_id = ? AND role IN {_PASSING}", (self.our_id,)
        )
        self.entering.captures(f"p.theirs = :domain AND t.role IN {_PASSING}", domain=self.their_id)

    def _queries(self) -> None:
        found = "SELECT * FROM {}.queries WHERE domain_id = ? ORDER BY id"
        ours = {_asked(row): row for row in _rows(self.entering.db, found.format("main"), self.our_id)}
        for row in list(_rows(self.entering.db, found.format("theirs"), self.their_id)):
            same = ours.get(_asked(row))
            if same is None:
                self.entering.queries("t.id = :query AND p.theirs = :domain", query=row["id"], domain=self.their_id)
            elif _how_well(row) > _how_well(same):
                self._update("queries", same, row | {"id": same["id"], "domain_id": self.our_id})

    def _update(self, table: str, before: Row, now: Row) -> None:
        changed = [name for name, value in now.items() if value != before[name]]
        if changed:
            self.entering.db.execute(
                f"UPDATE main.{table} SET {', '.join(f'{name} = :{name}' for name in changed)} WHERE id = :id",
                now | {"id": before["id"]},
            )


class _Known:
    """Finds the captures here that are the same as some of theirs.

    A homepage's visit has another digest once it is past. A redirect's target has none until the index names it.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self._exact: dict[tuple[str, ...], Row] = {}
        self._by_time: dict[tuple[str, ...], list[Row]] = {}
        self._looks: dict[tuple[str | None, ...], Row] = {}
        for row in rows:
            self._exact[_place(row)] = row
            if row["role"] == Role.POLICY:
                self._by_time.setdefault(_place(row)[:-1], []).append(row)
            else:
                self._looks[_look(row)] = row

    def pairs(self, theirs: Sequence[Row]) -> Iterator[tuple[Row, Row | None]]:
        """Each of theirs with the same capture here, or ``None``.

        A past visit is found by what was seen then. Any other capture is found by its digest or, if one of the two has
        no digest, by its time. No capture here is paired with two of theirs, so that the same ledgers, joined again,
        give the same pairs.
        """
        found: dict[int, Row] = {}
        taken: set[int] = set()
        for find in (self._by_look, self._by_digest, self._by_its_time):
            for row in theirs:
                if row["id"] not in found and (same := find(row, taken)) is not None:
                    found[row["id"]] = same
                    taken.add(same["id"])
        return ((row, found.get(row["id"])) for row in theirs)

    def _by_look(self, row: Row, taken: Collection[int]) -> Row | None:
        return self._looks.get(_look(row)) if _is_past(row) else None

    def _by_digest(self, row: Row, taken: Collection[int]) -> Row | None:
        same = None if _is_past(row) else self._exact.get(_place(row))
        return same if same is not None and same["id"] not in taken else None

    def _by_its_time(self, row: Row, taken: Collection[int]) -> Row | None:
        if row["role"] != Role.POLICY:
            return None
        at_its_time = self._by_time.get(_place(row)[:-1], ())
        free = (one for one in at_its_time if one["id"] not in taken and "" in (row["digest"], one["digest"]))
        return next(free, None)


def _place(row: Row) -> tuple[str, ...]:
    return row["role"], row["urlkey"], row["timestamp"], row["digest"]


def _look(row: Row) -> tuple[str | None, ...]:
    """What tells a past visit from others: when it was wanted, and what was seen."""
    return row["urlkey"], row["timestamp"], row["served"], row["outcome"]


def _is_told(theirs: Row, ours: Row, later: int) -> bool:
    """True if theirs has the last word on a capture."""
    if (known := _lasting(theirs)) != _lasting(ours):
        return known > _lasting(ours)
    if known:
        return _is_past(theirs) and not _is_past(ours)
    return later > 0 if later else _STATES.index(theirs["state"]) > _STATES.index(ours["state"])


def _lasting(row: Row) -> int:
    """How much is known of a capture for good: a row with its bytes, a row, what its bytes are, nothing."""
    if row["outcome"] == Outcome.STORED:
        return 3 if row["state"] == State.SETTLED else 2
    return int(row["outcome"] in LASTING)


def _is_past(row: Row) -> bool:
    return bool(row["role"] == Role.HOMEPAGE and row["digest"].startswith(PAST_DIGEST))


def _asked(row: Row) -> tuple[Any, ...]:
    """What a query asks; one by few words is a search by its own words that was shortened."""
    asked = [row[name] for name in ("crawl_id", "url", "match_type", "since", "until", "found_by")]
    return (*asked, Words.OWN if row["words"] == Words.FEW else row["words"])


def _how_well(row: Row) -> tuple[int, int, float]:
    """How well the index has answered a query."""
    return _QUERY_STATES.index(row["state"]), row["pages"], row["ended_at"] or 0.0


def _how_far(row: Row) -> tuple[float, int, int]:
    """How far the crawls of a domain have come."""
    return row["asked_last"], _DOMAIN_STATES.index(row["state"]), row["missed_runs"]


def columns_of(db: sqlite3.Connection, table: str) -> list[str]:
    """The columns of a table here."""
    return [row[1] for row in db.execute(f"PRAGMA main.table_info({table})")]


def columns_sql(name: str, columns: Sequence[str]) -> str:
    """``t.one, t.two`` for the columns of the table that a statement calls ``t``."""
    return ", ".join(f"{name}.{column}" for column in columns)


def _rows(db: sqlite3.Connection, query: str, domain_id: int) -> Iterator[Row]:
    cursor = db.execute(query, (domain_id,))
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)
