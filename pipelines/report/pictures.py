"""The corpus in pictures: Altair's charts as SVG, made without a browser, each with the finding in its title.

Altair and vl-convert are the extra ``report``: 84 MB, which only those need who want the pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from pipelines.report.figures import TOPICS, Figures

if TYPE_CHECKING:
    import altair as alt

Row = dict[str, Any]

#: How to get what draws the pictures.
HOW_TO_GET = "pip install 'wayback-policies[report]'"
THEMES = {"light": ("#1d2327", "#d9dcdf"), "dark": ("#e3e6e8", "#3b4247")}
"""The colours of text and of lines."""
_GREEN, _RUST, _BLUE = "#2c8c6b", "#c8553d", "#4a7fb5"
_MANY = ["#2c8c6b", "#e0a94a", "#4a7fb5", "#c8553d", "#8a6fb0", "#7f8b91", "#b58a66"]
_WIDTH, _HEIGHT = 400, 170


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of the corpus, and the rows behind it."""

    name: str
    """Of its files: ``words.svg``, ``words-dark.svg`` and ``words.csv``."""
    title: str
    """The finding, in a sentence."""
    counted: str
    """What was counted, and of how many."""
    rows: Sequence[Row]
    draw: Callable[[Any], Any]
    """Makes Altair's chart of a table of ``rows``."""

    def svg(self, theme: str) -> str:
        """The picture in one of the ``THEMES``."""
        import altair as alt
        import vl_convert

        text, line = THEMES[theme]
        chart = self.draw(alt.Data(values=list(self.rows))).properties(width=_WIDTH, height=_HEIGHT)
        chart = chart.configure(background="transparent", font="sans-serif").configure_view(stroke=None)
        chart = chart.configure_axis(
            labelColor=text, titleColor=text, gridColor=line, domainColor=line, tickColor=line, labelFontSize=12,
            titleFontSize=12, titleFontWeight="normal",
        )  # fmt: skip
        chart = chart.configure_legend(labelColor=text, labelFontSize=12, orient="bottom", title=None)
        return str(vl_convert.vegalite_to_svg(chart.to_json()))


def can_draw() -> bool:
    """True if the extra ``report`` is installed."""
    return find_spec("altair") is not None and find_spec("vl_convert") is not None


def pictures(figures: Figures) -> list[Picture]:
    """The pictures of the corpus; none where no policy is known."""
    rows = figures.by_half_year()
    if not rows:
        return []
    domains = max(row["domains"] for row in rows)
    # What titles say is said of many policies: half-years at the ends may have one or two.
    of_many = [row for row in rows if 2 * row["domains"] >= domains]
    first, last = of_many[0], of_many[-1]
    most = max(of_many, key=lambda row: (row["changed"] / row["domains"], row["half_year"]))
    languages = figures.languages()
    return [
        Picture(
            "standing",
            f"{figures.versions:,} versions of {_policies(figures.coverage.domains_with_text)} are known",
            f"domains whose policy is known, and versions first seen, by half-year; at most {domains:,} at once",
            rows,
            lambda data: _lines(data, {"domains": "policies known", "versions_begun": "versions first seen"}),
        ),
        Picture(
            "words",
            _words_title(first["words_median"], last["words_median"]),
            f"words of the policies that stood, median and quartiles; {_policies(first['domains'])} in "
            f"{first['half_year']}, {last['domains']:,} in {last['half_year']}",
            rows,
            _quartiles,
        ),
        Picture(
            "changes",
            f"The most policies changed in {most['half_year']}: {_percent(most['changed'], most['domains'])}",
            "share of the policies that stood of which a change was first seen in the half-year; "
            f"{most['changed']:,} of {most['domains']:,} in {most['half_year']}",
            [*_shares(rows, "changed", "any change"), *_shares(rows, "changed_in_substance", "in substance")],
            lambda data: _share(data, [_GREEN, _RUST]),
        ),
        Picture(
            "topics",
            _topics_title(last),
            f"share of the policies that stood that name it at least once; {last['domains']:,} in {last['half_year']}",
            [row for topic in TOPICS.values() for row in _shares(rows, f"speak_of_{topic.lower()}", topic)],
            lambda data: _share(data, _MANY),
        ),
        Picture(
            "languages",
            f"Languages of the policies that are known: {len({row['language'] for row in languages}):,}",
            "policies that stood, by language; those beyond the six most frequent languages are one",
            languages,
            _by_language,
        ),
    ]


def _words_title(first: int, last: int) -> str:
    if first == last:
        return f"The median policy stayed at {last:,} words"
    return f"The median policy {'grew' if last > first else 'shrank'} from {first:,} to {last:,} words"


def _topics_title(last: Row) -> str:
    shares = [(last[f"speak_of_{topic.lower()}"], topic) for topic in TOPICS.values()]
    most, topic = max(shares, key=lambda share: share[0])
    return f"{_percent(most, last['domains'])} spoke of {topic} in {last['half_year']}"


def _policies(number: int) -> str:
    return f"{number:,} policy" if number == 1 else f"{number:,} policies"


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}"


def _shares(rows: Sequence[Row], name: str, what: str) -> list[Row]:
    return [
        {"half_year": row["half_year"], "what": what, "policies": row[name], "of": row["domains"],
         "share": round(min(row[name] / row["domains"], 1), 4)}
        for row in rows
    ]  # fmt: skip


def _time() -> alt.X:
    """The half-year as an axis that shows years only."""
    import altair as alt

    label = (
        "slice(datum.value, 5) == 'H1' && toNumber(slice(datum.value, 0, 4)) % 4 == 0 ? slice(datum.value, 0, 4) : ''"
    )
    axis = alt.Axis(title=None, labelExpr=label, labelAngle=0, ticks=False, grid=False, labelOverlap=False)
    return alt.X("half_year:O", axis=axis)


def _lines(data: Any, names: dict[str, str]) -> Any:
    import altair as alt

    name = " : ".join(f"datum.key == '{key}' ? '{label}'" for key, label in names.items())
    chart = alt.Chart(data).transform_fold(list(names)).transform_calculate(what=f"{name} : ''")
    labels = list(names.values())
    color = alt.Color("what:N", scale=alt.Scale(domain=labels, range=[_GREEN, _BLUE]))
    dash = alt.StrokeDash("what:N", scale=alt.Scale(domain=labels))
    mark = chart.mark_line(point={"size": 18}, strokeWidth=2)
    return mark.encode(x=_time(), y=alt.Y("value:Q", title=None), color=color, strokeDash=dash)


def _quartiles(data: Any) -> Any:
    import altair as alt

    base = alt.Chart(data).encode(x=_time())
    quartiles = alt.Y("words_lower_quartile:Q", title="words"), alt.Y2("words_upper_quartile:Q")
    band = base.mark_area(opacity=0.3, color=_GREEN).encode(y=quartiles[0], y2=quartiles[1])
    return band + base.mark_line(color=_GREEN, point={"size": 18, "color": _GREEN}).encode(y="words_median:Q")


def _share(data: Any, colours: list[str]) -> Any:
    import altair as alt

    axis = alt.Axis(title=None, format=".0%")
    color = alt.Color("what:N", scale=alt.Scale(range=colours), sort=None)
    dash = alt.StrokeDash("what:N", sort=None)
    mark = alt.Chart(data).mark_line(point={"size": 18}, strokeWidth=2)
    return mark.encode(x=_time(), y=alt.Y("share:Q", axis=axis), color=color, strokeDash=dash)


def _by_language(data: Any) -> Any:
    import altair as alt

    color = alt.Color("language:N", scale=alt.Scale(range=_MANY))
    return alt.Chart(data).mark_bar().encode(x=_time(), y=alt.Y("policies:Q", title=None), color=color)
