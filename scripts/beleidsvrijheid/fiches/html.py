"""Fiches as HTML pages, and the page that leads to them."""

import re
from collections.abc import Sequence
from dataclasses import asdict

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from beleidsvrijheid.fiches.model import Fiche
from beleidsvrijheid.fiches.page import Page
from beleidsvrijheid.fiches.words import FICHE_WORDS
from beleidsvrijheid.geography import normalised
from beleidsvrijheid.outputs import SIMULATED
from beleidsvrijheid.words import word

_ENVIRONMENT = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _drawing(svg: str) -> Markup:
    """A drawing of `fiches.charts`, whose texts are escaped there, put in the page as it is."""
    return Markup(svg)


_ENVIRONMENT.filters["drawing"] = _drawing


class Pages:
    """Renders fiches with a template. Raises jinja2.UndefinedError where the template names what a page has not."""

    def __init__(self, template: str):
        self._template = _ENVIRONMENT.from_string(template)

    def render(self, page: Page) -> str:
        """One page."""
        return self._template.render(page=asdict(page)) + "\n"


def search_key(*texts: str) -> str:
    """Texts as the search of the index compares them: lower case, no accents, no signs."""
    return re.sub(r"[^a-z0-9]+", " ", " ".join(normalised(text) for text in texts)).strip()


def render_index(template: str, fiches: Sequence[Fiche], language: str, label: str, study: str) -> str:
    """The list of all municipalities with a search, in the order given."""
    words = {key: word(key, language, of=FICHE_WORDS) for key in FICHE_WORDS if key.startswith("index.")}
    rows = [
        {
            "nis": one.nis,
            "name": one.name,
            "formerly": word("index.formerly", language, of=FICHE_WORDS, parts=", ".join(one.parts))
            if one.parts
            else "",
            "pdf": word("index.pdf", language, of=FICHE_WORDS, name=one.name),
            "key": search_key(one.name, one.nis, *one.parts),
        }
        for one in fiches
    ]
    about = {
        "language": language,
        "label": label,
        "is_simulated": label == SIMULATED,
        "study": study,
        "words": words,
        "rows": rows,
    }
    return _ENVIRONMENT.from_string(template).render(**about) + "\n"
