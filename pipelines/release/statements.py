"""What a release's card states beside its figures: uses, persons, biases, rights; and what an audit measured."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.audit.questions import MEASURES, QUESTIONS
from pipelines.audit.result import Agreement, Rate, Result

_USES = (
    "How privacy policies changed over the years: length, wording, what they name of data, recipients and rights; how "
    "changes follow laws and events.",
    "What a policy of one site said on a day, with the archived capture as its proof.",
    "Training and testing of software that reads policies, with a split by domain: versions of one policy are alike.",
)
_NO_USES = (
    "Deciding what a company does with data: a policy is what it says, not what it does.",
    "Legal advice, or proof in a dispute without a look at the capture itself in the archive: texts are extracted by "
    "software.",
    "Shares of all websites, or of all users: the domains are those of the lists that somebody chose.",
    "Finding, profiling or contacting the persons that policies name.",
)
PERSONAL_DATA = (
    "Policies are published documents of organisations. Some name persons (data protection officers, owners of small "
    "sites) with postal addresses, e-mail addresses and telephone numbers, as they were public at the time. They are "
    "kept, because a policy without them is another text; nothing here is ordered by them, and nothing was added to "
    "them. The dataset was not made of data about visitors or users of sites.",
)
BIASES = (
    "Archives capture known, linked and popular sites more often: small sites, young ones and those behind logins are "
    "few, and early years are thin.",
    "Sites that exclude the archive, or asked it to forget them, are missing, for the past, too; so are pages that "
    "only scripts can show, where no bytes of the text were archived.",
    "A crawler sees what a site shows at its place and in its language; another visitor may have had another policy.",
    "Policies are found by words in addresses and links and judged by words in texts: common languages are found and "
    "judged better than rare ones.",
    "The domains are those of the lists that somebody chose (`domains`: `source`, `rank`). A list of today's popular "
    "sites holds those that lasted.",
)
_CORPUS = (
    "Rows with `origin` = import were taken over from the Princeton-Leuven corpus, texts and all. Cite it, too: "
    "R. Amos, G. Acar, E. Lucherini, M. Kshirsagar, A. Narayanan, J. Mayer, "
    '"Privacy Policies over Time: Curation and Analysis of a Million-Document Dataset", WWW 2021.'
)
_RIGHTS = (
    "The policies' texts belong to those who wrote them, and are given here, as archived, for research. The facts "
    "about them (times, addresses, digests, versions) are free of rights as far as those who made this can free them. "
    "Check the law where you are before passing the texts on; a release without texts can be shared instead. The "
    "software that made this, wayback-policies, is under the MIT licence."
)
_REMOVAL = (
    "Whoever wrote a text, or is named in one, may ask for its removal: write to those from whom you have this "
    "release (where it is published, by the means of that place), with the domain, the address or the capture "
    "(`view_url`). They name it in `overrides.toml` (`[[remove]]`) and run `scrapy withdraw`: it is in no later "
    "release, and no crawl fetches it again. A release is never changed, so they withdraw those that hold it. To be "
    "removed from the web archive itself, ask the archive: what it excludes later is not fetched any more."
)


def statements(*, cites_import: bool) -> Iterator[str]:
    """The card's last sections. ``cites_import``: some rows come from the older corpus."""
    yield from _section("Intended uses", *_USES)
    yield from _section("Uses that it is not for", *_NO_USES)
    yield from ("", "## Personal data", "", *PERSONAL_DATA)
    yield from _section("Biases of what is archived and found", *BIASES)
    yield from ("", "## Licence", "", _RIGHTS)
    if cites_import:
        yield from ("", _CORPUS)
    yield from ("", "## Removal", "", _REMOVAL)


def _section(name: str, *points: str) -> Iterator[str]:
    yield from ("", f"## {name}", "", *(f"- {point}" for point in points))


def measured(audit: Result | None) -> Iterator[str]:
    """The card's section on errors that people counted."""
    yield from ("", "## Measured errors", "")
    if audit is None:
        yield "Nobody has audited this dataset yet (`scrapy audit`): how often its columns are wrong is not known."
        return
    yield (
        f"On {audit.date} two people looked at {audit.rows:,} of {audit.of_rows:,} rows of `policies` beside their "
        f"archived pages (`scrapy audit`, seed {audit.seed}), drawn from {audit.strata:,} strata by time, language and "
        "way of finding, and weighted back to them. Where they disagree, a row counts as half wrong. The texts were "
        f"made by {', '.join(map(as_code, audit.extractors))}. Rows of one domain are alike, and the "
        "intervals do not know it."
    )
    yield from ("", "| what is wrong | share | 95 % interval | rows judged |", "|---|---:|---|---:|")
    for measure in MEASURES:
        if measure.name in audit.rates:
            yield _rate(measure.says, audit.rates[measure.name])
    yield from ("", "| question | same answer | Cohen's kappa | rows that both answered |", "|---|---:|---:|---:|")
    for question in QUESTIONS:
        if question.name in audit.agreement:
            yield _agreement(question.asks, audit.agreement[question.name])


def _rate(says: str, rate: Rate) -> str:
    interval = "" if rate.low is None or rate.high is None else f"{rate.low:.1%} to {rate.high:.1%}"
    return f"| {says} | {'' if rate.share is None else f'{rate.share:.1%}'} | {interval} | {rate.rows:,} |"


def _agreement(asks: str, found: Agreement) -> str:
    same = "" if found.same is None else f"{found.same:.0%}"
    kappa = "no meaning: one answer alone" if found.kappa is None else f"{found.kappa:.2f}"
    return f"| {asks} | {same} | {kappa if found.rows else ''} | {found.rows:,} |"


def as_code(text: str) -> str:
    """A name from the data as code, so that Markdown takes nothing in it for its own."""
    return "`" + "".join(letter for letter in text if letter.isprintable() and letter != "`") + "`"
