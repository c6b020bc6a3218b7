"""Rules that make the archive fail: each matches requests and names an action of ``actions.py``.

A rule in JSON: ``{"action": "error", "pool": "cdx", "match": "url=shop", "count": 2, "status": 429}``. The
members ``action``, ``pool``, ``match``, ``skip`` and ``count`` belong to the rule, the others are the action's options.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from aiohttp import web

from crawler.archives import POOLS
from crawler.local_archive.actions import ACTIONS, Answer


@dataclass
class Rule:
    """Which requests get an action, and how many of them."""

    action: str
    """A name in ``ACTIONS``."""
    pool: str | None = None
    """``cdx`` or ``playback``; ``None`` for both."""
    match: str = ""
    """A regular expression; it is searched for in the raw path with its query."""
    skip: int = 0
    """The number of matching requests that are answered normally first."""
    count: int | None = None
    """The number of matching requests that are hit after those; ``None`` for all."""
    options: dict[str, Any] = field(default_factory=dict)
    """The action's keyword arguments."""
    seen: int = 0
    """The number of matching requests so far."""

    def hits(self, pool: str, path: str) -> bool:
        """True if this request is hit. Counts the request if it matches."""
        if self.pool not in (None, pool) or not re.search(self.match, path):
            return False
        self.seen += 1
        return self.seen > self.skip and (self.count is None or self.seen <= self.skip + self.count)


def parse(rules: Any) -> list[Rule]:
    """Reads and checks rules in their JSON form. Raises ``ValueError`` with the reason if one is wrong."""
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise ValueError("faults are a JSON list of objects")
    return [_rule(dict(members)) for members in rules]


def as_json(rule: Rule) -> dict[str, Any]:
    """A rule in its JSON form, with ``seen``; ``parse`` reads it again."""
    members = asdict(rule)
    del members["options"]
    return members | rule.options


def apply(rules: Iterable[Rule], request: web.Request, answer: Answer, *, pool: str) -> Answer:
    """The answer under all rules that hit this request. The first rule is the outermost: it acts last on the answer."""
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
