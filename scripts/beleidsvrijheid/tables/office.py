"""What Word and Excel files share: text that XML can hold, and an archive that is the same bytes every time."""

import io
import re
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape

LOCALES = {"nl": "nl-BE", "en": "en-GB"}
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip archive can hold
CORE, APP = "docProps/core.xml", "docProps/app.xml"
HEADING = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
CORE_XML = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title><dc:subject>{subject}</dc:subject>'
    "<dc:language>{language}</dc:language></cp:coreProperties>"
)
APP_XML = '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>'


def printable(text: str) -> str:
    """Text on one line that XML can hold: line ends and control characters become spaces."""
    return "".join(character if character.isprintable() or character == "\u00a0" else " " for character in text)


def sealed(content: bytes, *, title: str, subject: str, language: str) -> bytes:
    """An office file as a library wrote it, without its clock, its version and its picture.

    title, subject (the kind of data): properties of the document. language: nl or en.
    """
    told = {"title": title, "subject": subject, "language": LOCALES[language]}
    core = CORE_XML.format(**{name: escape(printable(text)) for name, text in told.items()})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if not name.endswith("thumbnail.jpeg")}
    relations = re.sub(r'<Relationship [^>]*thumbnail\.jpeg"[^>]*/>', "", parts["_rels/.rels"].decode())
    own = {CORE: HEADING + core, APP: HEADING + APP_XML, "_rels/.rels": relations}
    return _packed(parts | {name: text.encode() for name, text in own.items()})


def _packed(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 0
            archive.writestr(entry, content)
    return buffer.getvalue()
