"""What tests make the archive do wrong: rules that match requests, and the faults they bring.

A rule in JSON: ``{"action": "error", "pool": "cdx", "match": "url=shop", "count": 2, "status": 429}``. The
members ``action``, ``pool``, ``match``, ``skip`` and ``count`` are the rule's, the others the action's own.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from aiohttp import web

from crawler.local_archive.actions import ACTIONS, Answer

CDX = "cdx"
PLAYBACK = "playback"
POOLS = (CDX, PLAYBACK)


@dataclass
class Rule:
    """Which requests an action befalls, and how often."""

    action: str
    """A name in ``ACTIONS``."""
    pool: str | None = None
    """``cdx`` or ``playback``; ``None`` for both."""
    match: str = ""
    """A regular expression, searched for in the raw path with its query."""
    skip: int = 0
    """So many matching requests are let through first."""
    count: int | None = None
    """So many are hit after that; ``None`` for all."""
    options: dict[str, Any] = field(default_factory=dict)
    """The action's keyword arguments."""
    seen: int = 0
    """Matching requests so far."""

    def hits(self, pool: str, path: str) -> bool:
        """Whether this request is hit; counts it."""
        if self.pool not in (None, pool) or not re.search(self.match, path):
            return False
        self.seen += 1
        return self.seen > self.skip and (self.count is None or self.seen <= self.skip + self.count)


def parse(rules: Any) -> list[Rule]:
    """Rules from their JSON form, checked; ``ValueError`` says what is wrong."""
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise ValueError("faults are a JSON list of objects")
    return [_rule(dict(members)) for members in rules]


def as_json(rule: Rule) -> dict[str, Any]:
    """A rule as it can be sent again, with ``seen``."""
    members = asdict(rule)
    return members | members.pop("options")


def apply(rules: Iterable[Rule], request: web.Request, answer: Answer, *, pool: str) -> Answer:
    """The answer under the faults that hit this request; the first rule stands outermost."""
    for rule in reversed([rule for rule in rules if rule.hits(pool, request.raw_path)]):
        answer = partial(ACTIONS[rule.action], request, answer, **rule.options)
    return answer


def _rule(members: dict[str, Any]) -> Rule:
    names = {"action", "pool", "match", "skip", "count"}
    options = {name: value for name, value in members.items() if name not in names | {"seen"}}
    try:
        rule = Rule(**{name: members[name] for name in names & members.keys()}, options=options)
        if rule.action not in ACTIONS:
            raise ValueError(f"no such action (there are: {', '.join(ACTIONS)})")
        if rule.pool not in (None, *POOLS):
            raise ValueError(f"no such pool: {rule.pool} (there are: {', '.join(POOLS)})")
        if not isinstance(rule.skip, int) or not isinstance(rule.count, int | None):
            raise ValueError("skip and count are numbers")
        inspect.signature(ACTIONS[rule.action]).bind(None, None, **options)
        re.compile(rule.match)
    except (TypeError, ValueError, re.error) as problem:
        raise ValueError(f"{members.get('action')}: {problem}") from problem
    return rule
