"""What is kept of a page that was read: whose policy it is, and the ledger's judgement of it. Pure."""

from __future__ import annotations

from dataclasses import replace

from crawler.answers.decide import Finding
from crawler.answers.request_path import PlaybackRequest
from crawler.archives.playback import Memento
from crawler.discovery.ownership import policy_owner
from crawler.ledger.captures import Judged
from pipelines.header_fields import header, media_type
from pipelines.outcomes import Outcome, Owner


def owner_of(asked: PlaybackRequest, url: str, finding: Finding) -> Owner:
    """Whose policy a text is, by its URL and its words."""
    if finding.document is None or finding.outcome != Outcome.STORED:
        return Owner.OTHER
    return policy_owner(asked.work.domain, url, via_redirect=False, text=finding.document.text)


def judgement_of(finding: Finding, memento: Memento) -> Judged:
    """What the ledger keeps of a page, with the judgement of its text even if the text is not stored."""
    outcome, document = finding.outcome, finding.document
    judged = Judged(
        outcome, finding.detail, finding.content_key, stored_url=memento.url if outcome == Outcome.STORED else None,
        mimetype=media_type(header(memento.headers, "Content-Type")), status=memento.status,
    )  # fmt: skip
    if document is None:
        return judged
    return replace(
        judged, kind=document.kind, policy_score=document.policy_score, title=document.title, words=document.words,
        language=document.language, text_sha256=document.text_sha256 if document.text else None, sketch=document.sketch,
    )  # fmt: skip
