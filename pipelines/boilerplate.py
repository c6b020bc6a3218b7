"""Which of a page's blocks are the document's: what pruning by name and role could not tell.

A policy is prose. The smallest element that holds nearly all of a page's prose is the document's place;
parts that stand outside it are kept where they are prose themselves.
"""

from __future__ import annotations

import re

from pipelines.blocks import HEADING, ITEM, ROW, Block
from pipelines.page import Element

#: The share of a page's prose that the document's place must hold.
_NEARLY_ALL = 0.85
_SENTENCE = re.compile(r"[.;:!?…。！？；：،؟।]|\w\)$")
_CODE = re.compile(r"function\s*\(|\$\(['\"#.]|=>|\bvar \w+ ?=|\);|\}\s*else|==|&&|\{\s*['\"]?[\w-]+['\"]?\s*:")


def document_blocks(blocks: list[Block], tree: Element) -> list[Block]:
    """The blocks of the document, in order."""
    blocks = [b for b in blocks if not _is_code(b)]
    blocks = _without_repeats(blocks)
    weights = [_prose(b) for b in blocks]
    place = _place(blocks, weights, tree)
    kept = _within(blocks, weights, place)
    return kept


def _is_code(block: Block) -> bool:
    """Script that a broken page shows as text."""
    return len(_CODE.findall(block.text[:2000])) >= 3


def _prose(block: Block) -> int:
    """Characters of running text: sentences that are not mainly links; 0 for menus, labels and headings."""
    size = len(block.text)
    if block.kind == HEADING or size < 40 or block.linked > 0.5 * size or not _SENTENCE.search(block.text):
        return 0
    return size - block.linked


def _without_repeats(blocks: list[Block]) -> list[Block]:
    """Pages that carry their text twice (for narrow and for wide screens) hold it once.

    A block is a repeat where it and both its neighbours in reading order were seen in that order before.
    """
    seen: set[tuple[str, str, str]] = set()
    texts = [b.text for b in blocks]
    triples = list(zip(texts, texts[1:], texts[2:], strict=False))
    repeated = [False] * len(blocks)
    for i, triple in enumerate(triples):
        if triple in seen:
            if sum(map(len, triple)) > 150:
                repeated[i : i + 3] = (True, True, True)
        else:
            seen.add(triple)
    return [b for b, r in zip(blocks, repeated, strict=True) if not r]


def _place(blocks: list[Block], weights: list[int], tree: Element) -> Element:
    """The smallest element that holds nearly all prose."""
    held: dict[Element, int] = {}
    for block, weight in zip(blocks, weights, strict=True):
        element = block.place if weight else None
        while element is not None:
            held[element] = held.get(element, 0) + weight
            element = element.getparent()
    needed = _NEARLY_ALL * sum(weights)
    place = tree
    while True:
        best = max(place, key=lambda child: held.get(child, 0), default=None)
        if best is None or not held.get(best) or held[best] < needed:
            return place
        place = best


def _within(blocks: list[Block], weights: list[int], place: Element) -> list[Block]:
    path = [place, *place.iterancestors()]
    on_path = set(path)
    groups: dict[Element, list[int]] = {}
    inside = []
    for i, block in enumerate(blocks):
        element, branch = block.place, None
        while element is not None and element not in on_path:
            branch, element = element, element.getparent()
        if element is place:
            inside.append(i)
        elif branch is not None:
            groups.setdefault(branch, []).append(i)
        else:
            groups.setdefault(element, []).append(i)
    if not inside:
        return blocks
    kept = set(inside)
    for group in groups.values():
        prose = sum(weights[i] for i in group)
        size = sum(len(blocks[i].text) for i in group)
        if prose > 0.6 * size and prose > 150:
            kept.update(group)
    # the title above
    first = inside[0]
    if blocks[first].kind != HEADING or blocks[first].level > 1:
        for i in range(first - 1, max(-1, first - 8), -1):
            if blocks[i].kind == HEADING and blocks[i].linked * 2 < len(blocks[i].text):
                kept.update(j for j in range(i, first) if blocks[j].linked * 2 < len(blocks[j].text))
                break
    order = sorted(kept)
    return [blocks[i] for i in _trim(order, blocks, weights)]


def _trim(order: list[int], blocks: list[Block], weights: list[int]) -> list[int]:
    """Without lists of links before the first and after the last running text."""
    prose = [n for n, i in enumerate(order) if weights[i]]
    if not prose:
        return order
    first, last = prose[0], prose[-1]
    def is_link(i):
        return blocks[i].linked > 0.8 * len(blocks[i].text)
    head = [i for i in order[:first] if not is_link(i)]
    tail = [i for i in order[last + 1 :] if not is_link(i)]
    return head + order[first : last + 1] + tail
