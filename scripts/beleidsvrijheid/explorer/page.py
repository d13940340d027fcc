"""One file that opens from disk: the shell, style, scripts and data in one, and a policy that lets nothing in or out."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import jinja2
from markupsafe import Markup

from beleidsvrijheid.outputs import SIMULATED
from beleidsvrijheid.words import LANGUAGES

# What an inline script must not hold: it would end the element, or begin a comment that hides its end.
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def inert_json(content: Any) -> str:
    """JSON that can stand inside a script element, whatever texts it holds; sorted keys, no spaces."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029]", lambda found: _UNSAFE[found[0]], text)


def policy(scripts: list[str]) -> str:
    """Content security policy: only these inline scripts run, nothing is loaded, sent or embedded."""
    allowed = " ".join(_source(text) for text in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def explorer_page(content: Mapping[str, Any], assets: Mapping[str, str], charts: str) -> str:
    """The whole page. content: see content.page_content. assets: file name -> text. charts: the inlined libraries."""
    for name, text in {"charts": charts, **assets}.items():
        if not name.endswith(".j2") and re.search(r"</(script|style)|<!--", text, re.IGNORECASE):
            raise ValueError(f"{name} would end the element it stands in")
    scripts = [charts, *(text for name, text in sorted(assets.items()) if name.endswith(".js"))]
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    language = content["language"]
    words = content["words"][language]
    return environment.from_string(assets["explorer.html.j2"]).render(
        policy=policy(scripts),
        language=language,
        other=next(one for one in LANGUAGES if one != language),
        title=content["title"][language],
        label=content["label"],
        simulated=content["label"] == SIMULATED,
        words=words,
        style=Markup(assets["explorer.css"]),
        scripts=[Markup(text) for text in scripts],
        data=Markup(inert_json(content)),
    )
