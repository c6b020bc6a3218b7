"""A text as a small PDF, the same bytes each time."""

from __future__ import annotations

from textwrap import wrap

_LINES_A_PAGE = 40
_CHARACTERS_A_LINE = 80


def pdf_of(title: str, text: str) -> bytes:
    """A PDF 1.4 of A4 pages in Helvetica, its text streams uncompressed (ISO 32000-1, 7.5 and 9.4)."""
    lines = [title, ""]
    for block in text.strip().split("\n\n"):
        for line in _paragraphs(block):
            lines += wrap(line.removeprefix("# "), _CHARACTERS_A_LINE)
        lines.append("")
    pages = [lines[at : at + _LINES_A_PAGE] for at in range(0, len(lines), _LINES_A_PAGE)]
    first_page = 5
    kids = " ".join(f"{first_page + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Title (" + _escaped(title) + b") /Producer (sample archive) >>",
    ]
    for number, page in enumerate(pages):
        stream = b"BT /F1 11 Tf 56 780 Td 18 TL\n"
        stream += b"".join(b"(" + _escaped(line) + b") Tj T*\n" for line in page) + b"ET"
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            + f"/Contents {first_page + 2 * number + 1} 0 R >>".encode()
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream")
    return _file(objects)


def _paragraphs(block: str) -> list[str]:
    """The items of a list, whose further lines are indented, or the one paragraph that the block is."""
    return block.replace("\n ", " ").splitlines() if block.startswith("- ") else [block.replace("\n", " ")]


def _file(objects: list[bytes]) -> bytes:
    """Numbered objects, the cross-reference table, the trailer."""
    data = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    return (
        data
        + (
            f"xref\n0 {size}\n0000000000 65535 f \n{table}"
            f"trailer\n<< /Size {size} /Root 1 0 R /Info 4 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
        ).encode()
    )


def _escaped(text: str) -> bytes:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode("cp1252")
