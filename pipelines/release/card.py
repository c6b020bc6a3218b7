"""The dataset card: ``README.md`` with the YAML that Hugging Face reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pyarrow as pa

from pipelines.history.coverage import CoverageTotals
from pipelines.page.normalization import NOT_COMPARED
from pipelines.release.citation import bibtex, title
from pipelines.release.manifest import Lineage, Manifest, made_with
from pipelines.release.statements import as_code, measured, statements
from pipelines.schema import meaning

_SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
)

#: How anyone gets ``text_sha256`` from ``text``. The code in it is run by a test.
HASH_RECIPE = (
    "`text_sha256` is the hash of a text's words, so that case, layout and punctuation make no difference, and any "
    "other word, number or currency does. What a server writes anew for each request or each year is taken out first: "
    "hex ids, request numbers, years of a copyright, and the scheme of addresses. "
    "With Python's standard library alone:",
    "",
    "```python",
    "import hashlib, re, unicodedata",
    "",
    "# Found anywhere in a text, these do not count; what the first group holds stays.",
    "NOT_COMPARED = [",
    *(f'    r"{pattern}",' for pattern in NOT_COMPARED),
    "]",
    r"""INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe0e\ufe0f]")
MARKS = "".join(chr(n) for n in range(0x300, 0x3100) if unicodedata.category(chr(n))[0] == "M")
NOT_WORD = re.compile(rf"[^\w$%¢£¥₤₩₪₫€₱₴₹₺₽{MARKS}]|_")
# Scripts without spaces: Thai, Lao, Burmese, Khmer, Kana, Han. Each character is a word.
UNSPACED = re.compile("([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")


def text_sha256(text):
    for pattern in NOT_COMPARED:
        text = re.sub(pattern, r"\1", text)
    text = unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).casefold()
    words = UNSPACED.sub(r" \1 ", NOT_WORD.sub(" ", text)).split()
    return hashlib.sha256(" ".join(words).encode()).hexdigest()
""".rstrip(),
    "```",
)

#: How the tables go together. The code in it is run by a test.
_QUERIES = (
    "Or ask them with SQL, in this folder:",
    "",
    "```python",
    '''import duckdb

duckdb.sql("SET TimeZone = 'UTC'")

# The text of each policy on a day: of the last version that was seen until then
texts = duckdb.sql("""
    SELECT versions.domain, first_seen, last_seen, versions.view_url, text
    FROM 'versions/*.parquet' AS versions JOIN 'policies/*.parquet' AS policies USING (domain, wayback_url)
    WHERE is_main AND first_seen < '2019-01-01'
    QUALIFY row_number() OVER (PARTITION BY versions.domain ORDER BY first_seen DESC) = 1
""")

# A panel: each half-year of each domain with its version or, where that is null, status says why there is none
panel = duckdb.sql("""
    SELECT coverage.domain, half_year, site, status, filled, version_id, words, view_url
    FROM 'coverage/*.parquet' AS coverage
    LEFT JOIN 'versions/*.parquet' AS versions ON version_id = coalesce(version_ids[-1], within_version)
""")''',
    "```",
)

#: What may be estimated from ``coverage``, and what not.
_ESTIMATES = (
    "",
    "What these half-years allow, and what not:",
    "",
    "- *How many sites had a policy, over time*: count over half-years with `site` = archived only. There, `filled` or "
    "`within_version` means that a policy stood; `no_policy`, that none was archived up to then. Leave out the other "
    "statuses, and say how many they are: they are missing, not empty. Where a policy stood at an address that was not "
    "found or not captured, `no_policy` is wrong and the share too low.",
    "- *How many policies changed, and how*: from `versions` and `changes` where `is_main`, with `change_after` and "
    "`change_before` as bounds of the moment, for sites whose half-years around it are filled.",
    "- Not *that a site had no policy*, where `site` = not_archived (the archive has nothing to tell) or not_asked "
    "(nobody looked): the homepage is looked at where captures of a policy leave years without a text, not everywhere.",
    "- Not *that a site existed or ended*: the half-years run from its first sign in the archive to its last one.",
    "- Not *shares of all websites*: the domains are those that somebody asked for (`domains`: `source`, `rank`).",
)


def card(manifest: Manifest, coverage: CoverageTotals) -> str:
    """The card of a release, YAML header and all."""
    return "\n".join(["---", *_header(manifest), "---", "", *_body(manifest, coverage), ""])


def _header(manifest: Manifest) -> Iterator[str]:
    languages = [code for code, _ in manifest.totals.counts["language"].most_common() if code != "unknown"]
    yield "pretty_name: " + json.dumps(title(manifest.lineage))
    yield "license: other"
    yield "license_name: rights-of-the-policies-authors"
    if languages:
        yield "language:"
        yield from (f"- {json.dumps(code)}" for code in sorted(languages))
    yield "tags:\n- privacy-policies\n- web-archive\n- legal\n- longitudinal"
    rows = manifest.tables["policies"].rows
    yield "size_categories:"
    yield f"- {next((name for limit, name in _SIZES if rows < limit), '10M<n<100M')}"
    filled = {name: table for name, table in manifest.tables.items() if table.rows}  # datasets can't read empty ones
    if filled:
        yield "configs:"
    for place, name in enumerate(filled):
        yield f"- config_name: {name}"
        yield f"  data_files:\n  - split: train\n    path: {name}/*.parquet"
        if place == 0:
            yield "  default: true"
    if filled:
        yield "dataset_info:"
    for name, table in filled.items():
        yield f"- config_name: {name}"
        yield "  features:"
        for field in table.schema:
            yield from _feature(field, "  ")
        yield "  splits:"
        yield f"  - name: train\n    num_bytes: {table.decoded_bytes}\n    num_examples: {table.rows}"
        yield f"  download_size: {table.bytes}"
        yield f"  dataset_size: {table.decoded_bytes}"


def _feature(field: pa.Field, indent: str) -> Iterator[str]:
    """A column in the YAML form of ``datasets.Features``."""
    yield f"{indent}- name: {field.name}"
    kind = field.type
    if not pa.types.is_list(kind):
        yield f"{indent}  dtype: {_dtype(kind)}"
    elif pa.types.is_struct(kind.value_type):
        yield f"{indent}  list:"
        for child in kind.value_type:
            yield from _feature(child, indent + "  ")
    else:
        yield f"{indent}  list: {_dtype(kind.value_type)}"


def _dtype(kind: pa.DataType) -> str:
    names = {pa.date32(): "date32", pa.float32(): "float32", pa.bool_(): "bool"}
    return names.get(kind) or str(kind)


def _body(manifest: Manifest, coverage: CoverageTotals) -> Iterator[str]:
    totals = manifest.totals
    yield f"# {title(manifest.lineage)}"
    yield ""
    yield (
        "Which privacy policy stood on a website, from when to when, each text with the archived "
        "capture that proves it."
    )
    span = (
        f" captured from {totals.first_capture:%Y-%m-%d} to {totals.last_capture:%Y-%m-%d}"
        if totals.first_capture and totals.last_capture
        else ""
    )
    yield f"{totals.domains:,} domains{span}; the facts are of {manifest.date or 'an unknown day'}."
    yield _line_of(manifest.lineage)
    if not manifest.with_text:
        yield ""
        yield (
            "**This release holds no texts**: URLs, timestamps, digests, hashes and spans only. Each row "
            "of `policies` names a capture (`domain`, `policy_url`, `captured_at`); `scrapy crawl policies"
            " -a captures=FOLDER`, with this release's folder, fetches them from the archive again, and "
            "`raw_sha256` and `text_sha256` tell whether they came out the same."
        )
    yield from ("", "## Tables", "", "| table | rows | MB | |", "|---|---:|---:|---|")
    for name, table in manifest.tables.items():
        yield f"| `{name}` | {table.rows:,} | {table.bytes / 1e6:,.1f} | {meaning(table.schema)} |"
    yield ""
    yield "All are sorted by domain and time. Read one with its name as the configuration:"
    yield ""
    yield "```python\nimport datasets\n"
    yield 'versions = datasets.load_dataset(".", "versions", split="train")'
    yield 'main = versions.filter(lambda row: row["is_main"])  # one policy over time; the others: other languages\n```'
    if manifest.with_text:
        yield from ("", *_QUERIES)
    yield from _columns(manifest)
    yield from ("", "## The hash of a text", "", *HASH_RECIPE)
    yield from ("", "## Coverage", "")
    yield from (f"- {line}" for line in coverage.lines())
    yield from _ESTIMATES
    yield from _method(manifest)
    yield from _limits(manifest)
    yield from measured(manifest.totals.audit)
    yield from statements(cites_import=any(name.startswith("import-") for name in totals.counts["crawl_id"]))
    yield from ("", "## Citation", "", "`CITATION.cff` says the same for programs. A single text is cited by its")
    yield "`view_url`, which shows it in the archive, and its `captured_at`, beside the release."
    yield ""
    yield f"```bibtex\n{bibtex(manifest.lineage, manifest.date)}\n```"


def _line_of(lineage: Lineage) -> str:
    """Of which dataset it is, and after which release it comes."""
    of = f"dataset `{lineage.dataset}`" if lineage.dataset else "a dataset without an id"
    if not lineage.predecessor:
        return f"It is release {lineage.number} of {of}."
    return (
        f"It is release {lineage.number} of {of}, after release {lineage.predecessor.number} (its `release.json` has "
        f"the SHA-256 `{lineage.predecessor.sha256}`)."
    )


def _columns(manifest: Manifest) -> Iterator[str]:
    for name, table in manifest.tables.items():
        yield from ("", f"### {name}", "", meaning(table.schema), "", *columns_table(table.schema))


def columns_table(columns: Iterable[pa.Field]) -> Iterator[str]:
    """The lines of a Markdown table: what each column means and, below a list of structures, each of their members."""
    yield from ("| column | type | meaning |", "|---|---|---|")
    for field in columns:
        yield _column_line(field.name, field)
        if pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type):
            yield from (_column_line(f"{field.name}.{member.name}", member) for member in field.type.value_type)


def _column_line(name: str, field: pa.Field) -> str:
    kind = _dtype(field.type)
    if pa.types.is_list(field.type):
        entry = field.type.value_type
        kind = "list" if pa.types.is_struct(entry) else f"list of {_dtype(entry)}"
    return f"| `{name}` | {kind}{'?' if field.nullable else ''} | {meaning(field).replace('|', chr(92) + '|')} |"


def _method(manifest: Manifest) -> Iterator[str]:
    counts = manifest.totals.counts
    yield from ("", "## How it was made", "")
    yield (
        "For each domain the archive's index was searched for URLs of privacy policies; captures were "
        "fetched as the archive stored them, the text was taken from the page, judged (language, kind, "
        "whose policy), and stored with the capture's time and digest."
    )
    yield ""
    yield (
        "A *version* begins where the normalised words differ (`text_sha256`). How alike two texts are "
        "decides nothing, and neither does the address: the same words elsewhere are the same version "
        "(`addresses`). Its `version_id` is made of the domain, its first text and how often this text "
        "had begun before; it stays when captures are added, and changes where an earlier stay of the "
        "same text comes to light, where another text turns up within it, and where its first capture "
        "gets another text (`renamed_versions`). Hashes are compared within one extractor only: a new "
        "extractor's difference is no change of the policy. Where `is_main`, versions follow each other in the site's "
        "main language, the one seen in the most half-years; another one that stood before or after is a change of "
        "class language. What was seen in other languages meanwhile is a line of versions for each, and no change of "
        "the main one. Captures whose bytes the archive's digest "
        "shows to be unchanged extend a version without "
        "having been fetched. How large a change is, and of what kind, are columns, so that the cosmetic "
        "ones can be left out. The classes are assigned by rules and a table of words, in some ten "
        "languages."
    )
    yield ""
    for label, name in (("Extractors", "extractor"), ("Archives", "archive"), ("Kinds", "kind")):
        if counts[name]:
            yield f"- {label}: " + ", ".join(f"{as_code(key)} ({n:,})" for key, n in sorted(counts[name].items()))
    if manifest.totals.changes:
        changes = (f"{key} ({n:,})" for key, n in manifest.totals.changes.most_common())
        yield "- Versions by change: " + ", ".join(changes)
    yield f"- Crawls: {len(counts['crawl_id']):,} (named in `release.json`)"
    yield "- Made with: " + ", ".join(f"{name} {number}" for name, number in made_with().items())
    yield "- `SHA256SUMS` holds the sum of every file: `sha256sum --check SHA256SUMS`"


def _limits(manifest: Manifest) -> Iterator[str]:
    yield from ("", "## Known limits", "")
    yield "- An archive sees a site now and then: a version that stood between two captures is not known."
    if any(manifest.totals.removed.values()):
        removed = (f"{name}: {count:,}" for name, count in manifest.totals.removed.items())
        yield f"- At somebody's request, things were removed that are not named here ({', '.join(removed)})."
    if manifest.totals.corrections:
        yield f"- People corrected verdicts in {len(manifest.totals.corrections)} places: `settings` in `release.json`."
    yield (
        "- `change_after` and `change_before` bound a change; they are not its date. "
        "`effective_date` is what the text says."
    )
    if len(manifest.totals.counts["extractor"]) > 1:
        yield (
            "- Several extractors were at work: a change at the very capture where they change is not seen. "
            "`scrapy reextract` reads all pages with one."
        )
    yield (
        "- Text extraction loses or adds a paragraph now and then; such a difference looks like a change of the policy."
    )
    yield (
        "- Sites answer by place and language of the crawler: a version in another language than the main one may be a "
        "translation."
    )
    yield (
        "- `known_through` says that no other text is known until then. A capture that could not be read may "
        "have shown one: `coverage` tells of such half-years. After `last_seen` it does not say that the text still "
        "stood: of a site that is gone, no other text is known either."
    )
    yield "- `change` is decided by rules; read `changes` before building on a single case."
    yield (
        "- An empty half-year does not mean that the site had no policy: `status` says why nothing is known, "
        "and `no_policy` says that the archive saw the site, and none of its policy URLs up to then."
    )
