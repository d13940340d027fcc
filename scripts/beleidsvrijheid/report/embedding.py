"""Figures, tables and captions of a study, as parts of one page."""

import re

from markupsafe import Markup

LONGEST_TABLE = 120  # rows; a longer one is named with its file
_NOISE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", re.DOTALL)
_IDS = re.compile(r'(\bid="|\burl\(#|\bhref="#)')
_NAMED = re.compile(r'(\baria-labelledby=)"([^"]*)"')
_SIZE = re.compile(r'^<svg([^>]*?)\swidth="[\d.]+pt"\s+height="[\d.]+pt"')


def inline_svg(text: str, prefix: str) -> Markup:
    """A figure's SVG as part of a page: its ids get a prefix, it scales with the page; its own title and text are read."""
    drawing = _IDS.sub(rf"\g<1>{prefix}-", _NOISE.sub("", text)).strip()
    drawing = _NAMED.sub(
        lambda found: f'{found[1]}"{" ".join(f"{prefix}-{one}" for one in found[2].split())}"', drawing
    )
    return Markup(_SIZE.sub(r"<svg\1", drawing))


def table_fragment(page: str) -> Markup:
    """The table and its notes, out of the page that make_table wrote. None of its text is changed."""
    _, _, body = page.partition('<div class="scroll">')
    return Markup('<div class="scroll" tabindex="0">' + body.partition("</body>")[0])


def n_rows(page: str) -> int:
    """Rows of a table."""
    return page.count("<tr")


def read_caption(text: str) -> tuple[str, list[str], list[str], str]:
    """Title, paragraphs, items and closing sentences of a caption as captions.py writes it, unescaped."""
    parts = [part for part in text.strip().split("\n\n") if part]
    title = _unescape(parts[0].strip("*"))
    items = [line for part in parts[1:] for line in part.split("\n") if line.startswith("* ")]
    told = [part for part in parts[1:] if not part.startswith("* ")]
    return title, [_unescape(part) for part in told[:-1]], [_unescape(line[2:]) for line in items], _unescape(told[-1])


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
