"""Which of a page's blocks are the document's own, and which are boilerplate.

First the parts of the tree that are boilerplate by their name are pruned. Then the prose tells, for a policy is prose:
the smallest element that holds nearly all of a page's prose is the document's place, and parts outside it are kept if
they are prose themselves.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate

from pipelines.page.block_walk import blocks_of
from pipelines.page.blocks import HEADING, Block
from pipelines.page.legal_parts import documents_named
from pipelines.page.normalization import words
from pipelines.page.pruning import boilerplate_parts, is_table_of_contents, remove, without_foreign_parts
from pipelines.page.second_opinion import SecondOpinion
from pipelines.page.tree import Element, silence, text_length

#: Where pruning takes out more than this share of the visible text, its result is compared with the whole page's.
_SUSPICIOUS = 0.5
#: Pruning has lost most of the page's prose if it left less than this share. A consent manager's own texts may be
#: longer than the policy they cover, so half would be too much to ask.
_LOST_MOST = 0.3
#: The share of a page's prose that the document's place must hold.
_NEARLY_ALL = 0.85
_SENTENCE = re.compile(r"[.;:!?…。！？；：،؟।]|\w\)$")
_CODE = re.compile(
    r"function\s*\w*\(|\$\(['\"#.]|\bvar \w+ ?=|\}\s*else\b|\w\.\w+\([^)]*\);|(?:===|!==|&&) ?\w|\);\s*\}"
)
#: Prose after the document that is a smaller share of the page's may be a licence notice or a dialog.
_NOTICE = 0.05
#: With less prose than this, the sentences of panels and menus weigh as much as the document's.
_THIN = 2500
#: A choice of less prose than this is not to be trusted.
_LEAST = 200
#: A block with this much prose is no label or notice.
_PARAGRAPH = 120


def main_text(tree: Element, base: str, opinion: SecondOpinion) -> list[Block]:
    """The blocks of a page's document, in order. Changes the tree; links are resolved against ``base``.

    ``opinion`` is asked where a page has little prose and no title, and no part of it stands out as the document.
    """
    silence(tree)
    parts, characters = boilerplate_parts(tree, without_foreign_parts(tree))
    whole: list[Block] = []
    if characters > _SUSPICIOUS * text_length(tree):
        whole = _document_blocks(blocks_of(tree, base), tree, opinion)
    remove(parts, tree)
    blocks = _document_blocks(blocks_of(tree, base), tree, opinion)
    is_pruned = not whole or running_text(blocks) >= _LOST_MOST * running_text(whole)
    return blocks if is_pruned else whole


def running_text(blocks: Iterable[Block]) -> int:
    """Characters of prose in the blocks."""
    return sum(map(prose, blocks))


def has_prose(blocks: Iterable[Block], least: int) -> bool:
    """True if the blocks hold at least ``least`` characters of prose; looks at no more of them than it must."""
    return any(total >= least for total in accumulate(map(prose, blocks)))


def _document_blocks(blocks: list[Block], tree: Element, opinion: SecondOpinion) -> list[Block]:
    """The blocks of the document, in order."""
    blocks = _without_repeats([b for b in blocks if not (_is_code(b) or _is_navigation(b))])
    weights = [prose(b) for b in blocks]
    if _LEAST <= sum(weights) < _THIN:
        longest = [weight**3 for weight in weights]  # which decide: panels and menus have short sentences
        kept = _around(_place(blocks, longest, tree), blocks, weights)
        if _is_a_document(kept, blocks):
            return kept
        if _holds_a_document(blocks, weights) and _is_a_document(kept := opinion.choice(blocks), blocks):
            return kept
    return _around(_place(blocks, weights, tree), blocks, weights)


def _is_a_document(kept: list[Block], blocks: list[Block]) -> bool:
    """True if the choice of a page with little prose is to be trusted.

    It is prose, less than half the page, and holds a title if the page has one, and most of the page's paragraphs.
    """
    running = running_text(kept)
    if any(_is_title(b) for b in blocks) and not any(_is_title(b) for b in kept):
        return False
    if running < _LEAST or sum(len(b.text) for b in kept) > 0.5 * sum(len(b.text) for b in blocks):
        return False
    chosen = set(map(id, kept))
    return sum(n for b in blocks if id(b) not in chosen and (n := prose(b)) >= _PARAGRAPH) < 0.5 * running


def _holds_a_document(blocks: list[Block], weights: list[int]) -> bool:
    """True if any run of the blocks could be trusted as ``_is_a_document`` says: else there is nothing to choose.

    The longest run from each block that is no more than half the page tells, for in longer runs all else is better.
    On a page with a title there is none to be expected: of 19 such, trafilatura kept more than half or not the title.
    """
    if any(map(_is_title, blocks)):
        return False
    sizes = [len(block.text) for block in blocks]
    paragraphs = [weight if weight >= _PARAGRAPH else 0 for weight in weights]
    half, unchosen = 0.5 * sum(sizes), sum(paragraphs)
    end = size = running = 0
    for start in range(len(blocks)):
        while end < len(blocks) and size + sizes[end] <= half:
            size, running, unchosen = size + sizes[end], running + weights[end], unchosen - paragraphs[end]
            end += 1
        if running >= _LEAST and unchosen < 0.5 * running:
            return True
        if start < end:
            size, running, unchosen = size - sizes[start], running - weights[start], unchosen + paragraphs[start]
        else:
            end = start + 1
    return False


def _is_title(block: Block) -> bool:
    return block.kind == HEADING and block.level == 1


#: Whole lines that are links within the page itself, in the languages most read.
_NAVIGATION = re.compile(
    r"\W*(?:(?:go |return |jump )?(?:back )?(?:up )?to (?:the )?(?:top|navigation|search|content)"
    r"(?: of (?:the )?page)?|top|skip (?:to|navigation)[\w ]{0,25}|jump to navigation jump to search"
    r"|(?:see|show|view|hide) (?:more|less|all|details)|(?:expand|collapse|open|close) all"
    r"|print (?:this )?(?:page|version)|printer[- ]friendly(?: version)?|close(?: this)? window"
    r"|(?:zurück )?(?:nach oben|zum (?:seiten)?anfang)|retour en haut(?: de page)?|haut de page"
    r"|volver arriba|torna (?:su|all['’]inizio)|voltar ao topo|(?:terug )?naar boven|(?:do|na) góry|наверх"
    r"|вверх|к началу|nahoru|till toppen|til toppen|til top|yukarı çık"
    r"|ページ(?:の)?(?:トップ|先頭)(?:へ|に戻る)?"
    r"|(?:返回|回到)顶部|回到頁首|맨 위로|(?:go )?back|zurück|retour|volver|indietro|voltar|terug|wstecz|назад)\W*$",
    re.I,
)


def _is_navigation(block: Block) -> bool:
    is_short_line = block.kind != HEADING and len(block.text) < 60
    return is_short_line and bool(_NAVIGATION.match(block.text) or _PASSING.fullmatch(block.text))


#: Whole lines that another capture has otherwise though nobody changed the page: how often it was read, how long ago
#: it was written.
_PASSING = re.compile(
    r"(?:hits|(?:page )?views|zugriffe|aufrufe|affichages|clics|visites?|visitas|acessos|odsłon[ay]?|просмотр\w*)"
    r"[\s:.]*\d[\d.,\s]*"
    r"|(?:last )?(?:updated|modified|edited|published)?\W*(?:over|about|almost|more than|less than)? ?"
    r"(?:an?|\d+) (?:second|minute|hour|day|week|month|year)s? ago\W*(?:updated|modified|edited)?"
    r"|updated (?:today|yesterday|this week)"
    r"|vor (?:über |mehr als )?(?:einem|einer|\d+) (?:tag|woche|monat|jahr)\w*\W*(?:aktualisier\w+)?"
    r"|(?:mis à jour )?il y a (?:plus d['’]\s*)?(?:une?|\d+) (?:jour|semaine|mois|an)\w*\W*(?:mise à jour)?"
    r"|(?:actualizado )?hace (?:más de )?(?:una?|\d+) (?:día|semana|mes|año)\w*\W*(?:actualización)?",
    re.I,
)


def _is_code(block: Block) -> bool:
    """True for script that a broken page shows as text."""
    text = block.text
    return ("{" in text or "$(" in text) and len(_CODE.findall(text[:2000])) >= 3


def prose(block: Block) -> int:
    """Characters of running text in a block, without its links; 0 for menus, labels and headings."""
    text = block.text
    size = len(text) if text.isascii() else len(text) + 2 * len(_IDEOGRAPHS.findall(text))
    if block.kind == HEADING or size < 40 or block.linked > 0.5 * len(text):
        return 0
    if not _SENTENCE.search(text) if size < _LONG else text.isascii() and " " not in text[:_LONG]:
        return 0
    return size - block.linked


#: Characters of which one says as much as three letters.
_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
#: A text this long is no label, even if no sign ends a sentence in it: Thai has none. A word this long is a machine's.
_LONG = 160


def _without_repeats(blocks: list[Block]) -> list[Block]:
    """The blocks without a text that the page carries twice, for narrow and for wide screens.

    A run of blocks that stood in the same order before is a repeat if it is a good part of the page. Shorter runs are
    addresses and clauses that a policy says again, for another country's readers.
    """
    first: dict[tuple[str, str], int] = {}
    texts = [b.text for b in blocks]
    repeated: set[int] = set()
    long = max(_LONG_REPEAT, sum(map(len, texts)) // 4)
    i = 0
    while i < len(texts) - 1:
        earlier = first.setdefault((texts[i], texts[i + 1]), i)
        run = 0
        if earlier < i:
            while i + run < len(texts) and earlier + run < i and texts[i + run] == texts[earlier + run]:
                run += 1
            if sum(map(len, texts[i : i + run])) >= long:
                repeated.update(range(i, i + run))
        i += max(1, run)
    return [b for i, b in enumerate(blocks) if i not in repeated]


#: A run of fewer characters is never a whole text said twice.
_LONG_REPEAT = 1000


def _place(blocks: list[Block], weights: list[int], tree: Element) -> Element:
    """The smallest element that holds nearly all prose and is a container of whole texts."""
    held: Counter[Element] = Counter()
    rising: Counter[Element] = Counter()
    for block, weight in zip(blocks, weights, strict=True):
        if weight and block.place is not None:
            rising[block.place] += weight
    while rising:  # all by one level: most paragraphs stand side by side and go on as one
        held.update(rising)
        above: Counter[Element] = Counter()
        for element, weight in rising.items():
            if (parent := element.getparent()) is not None:
                above[parent] += weight
        rising = above
    needed = max(1, _NEARLY_ALL * sum(weights))
    place = tree
    while (best := max(place, key=held.__getitem__, default=None)) is not None and held[best] >= needed:
        place = best
    while place.tag in _PARTS and (parent := place.getparent()) is not None:
        place = parent
    return place


#: Elements that hold a part of a document, never all of it: a long list, a quotation, a font.
_PARTS = frozenset(("ol", "ul", "dl", "dd", "li", "p", "blockquote", "center", "font", "tbody", "tr", "details"))


def _around(place: Element, blocks: list[Block], weights: list[int]) -> list[Block]:
    """The blocks within the place, the title above it, and the other parts of the page that are prose."""
    path = {place, *place.iterancestors()}
    beside = {element.getparent(): element for element in path}
    inside: list[int] = []
    parts: dict[Element, list[int]] = {}
    for i, block in enumerate(blocks):
        element = branch = block.place
        while element is not None and element not in path:
            branch, element = element, element.getparent()
        if element is place:
            inside.append(i)
        elif branch is not None:
            parts.setdefault(branch, []).append(i)
    if not inside:
        return blocks
    kept = set(inside) | set(_title_above(blocks, inside))
    said = _lines(blocks, inside)
    for branch, part in parts.items():
        if branch in path:
            pass
        elif branch.tag == "details" or _is_made_alike(branch, beside.get(branch.getparent())):
            kept.update(part)
            continue
        running = sum(weights[i] for i in part)
        if running < 150 or running < 0.6 * sum(len(blocks[i].text) for i in part):
            continue
        if _lines(blocks, part) in said:  # a table of contents for wide screens, and one for narrow ones
            continue
        doubtful = part[0] > inside[-1] and running < _NOTICE * sum(weights)
        if not doubtful or branch.getparent() is place.getparent() or is_table_of_contents(branch):
            kept.update(part)
    return _without_edges([blocks[i] for i in sorted(kept)])


def _lines(blocks: list[Block], at: Iterable[int]) -> str:
    """The texts of the blocks ``at``, each between line ends."""
    return "\n".join(["", *(blocks[i].text for i in at), ""])


def _is_made_alike(part: Element, beside: Element | None) -> bool:
    """True if a part has the tag and class of ``beside``, the section next to it that holds the place.

    So the last section of a policy is kept even if it is an address, a short list, a table of cookies.
    """
    name = part.get("class")
    return bool(name) and beside is not None and beside.tag == part.tag and beside.get("class") == name


def _title_above(blocks: list[Block], inside: list[int]) -> list[int]:
    """The title over the place, if it stands outside, and the lines between them (a date, a version).

    It is the nearest heading, of those that name a document if some do, or else a line that names one. Of what stands
    between a heading farther up and the place (a table of contents, a search field) only a date is kept.
    """
    first = inside[0]
    if _is_title(blocks[first]):
        return []
    above = [i for i in range(first - 1, max(-1, first - _FAR), -1) if not _is_link(blocks[i])]
    near = [i for i in above if i >= first - _NEAR]
    named = [i for i in near if documents_named(blocks[i], None)]
    headings = [i for i in near if blocks[i].kind == HEADING]
    titles = [i for i in headings if i in named] or headings or named
    if titles:
        return [i for i in near if i >= titles[0]]
    dated = {i for i in above if _YEAR.search(blocks[i].text)}
    own = documents_named(blocks[first], None)
    headings = [i for i in above if blocks[i].kind == HEADING]
    titles = [i for i in headings if (names := documents_named(blocks[i], None)) and names == (own or names)]
    if not titles or any(_is_title(blocks[i]) for i in inside):
        return [i for i in range(first - _BESIDE_TITLE, first) if i in dated]
    title = min(titles, key=lambda i: blocks[i].level)
    return [title, *(i for i in range(title + 1, title + 1 + _BESIDE_TITLE) if i in dated)]


#: How many blocks above the place a title is looked for, to be taken with all that follows it, or alone; and how many
#: beside it a date.
_NEAR, _FAR, _BESIDE_TITLE = 7, 100, 3
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def _is_link(block: Block) -> bool:
    return block.linked > 0.5 * len(block.text)


def _without_edges(blocks: list[Block]) -> list[Block]:
    """The blocks without links before the first and after the last running text, and without a last copyright line."""
    end = len(blocks)
    while end and (_is_copyright(blocks[end - 1]) or _is_all_links(blocks[end - 1])):
        end -= 1
    first = next((i for i in range(end) if prose(blocks[i])), None)
    if first is None:
        return blocks
    last = next(i for i in reversed(range(end)) if prose(blocks[i]))
    return _with_one_title([b for i, b in enumerate(blocks[:end]) if first <= i <= last or not _is_all_links(b)])


def _with_one_title(blocks: list[Block]) -> list[Block]:
    """The blocks with one title, where two begin them that say the same but for a name: the page's and the document's.

    The one that says more stays, of two alike the second.
    """
    if len(blocks) < 2 or blocks[0].kind != HEADING or blocks[1].kind != HEADING:
        return blocks
    first, second = (set(words(block.text)) for block in blocks[:2])
    shorter, longer = sorted((first, second), key=len)
    if len(shorter) < _TITLE_WORDS or not shorter <= longer or len(longer - shorter) > _NAME_WORDS:
        return blocks
    return blocks[1:] if first <= second else [blocks[0], *blocks[2:]]


#: The fewest words of a title, and the most of a name beside it: "Privacy" above "Privacy at school" is another thing.
_TITLE_WORDS, _NAME_WORDS = 2, 2


def _is_copyright(block: Block) -> bool:
    """True for a copyright line, whose year changes without the policy. With more digits it may hold a date."""
    return len(block.text) < 200 and bool(_COPYRIGHT.fullmatch(block.text))


_COPYRIGHT = re.compile(r"\W*(?:copyright|©|\(c\))\D{0,60}(?:\b(?:19|20)\d\d\b\D*)+", re.I)


def _is_all_links(block: Block) -> bool:
    return block.linked > 0.8 * len(_SEPARATORS.sub("", block.text))


_SEPARATORS = re.compile(r"\s*[|·•>»/,–-]\s*")
