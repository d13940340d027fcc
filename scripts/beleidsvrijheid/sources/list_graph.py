"""Lists of an election as linked data: the vocabulary of data.vlaanderen.be/ns/mandaat, in Turtle files read as one graph."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.reading import check, read_text

_MANDATE = "http://data.vlaanderen.be/ns/mandaat#"
_BOARD = "http://data.vlaanderen.be/ns/besluit#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
# Lists for municipal councils; others are for districts and provinces.
_MUNICIPAL = "http://data.vlaanderen.be/id/concept/KandidatenlijstLijsttype/95de36e5-8c7a-4308-af7b-75afbd943dd2"


@dataclass(frozen=True)
class ListGraph:
    """lists: list, council, date, list_number, party (text), candidates (NaN where none is known).

    councils: council, name, address of its code; only what the files themselves say.
    """

    lists: pd.DataFrame
    councils: pd.DataFrame
    checks: list[dict[str, Any]]


def read(paths: list[Path]) -> ListGraph:
    """Read Turtle files as one graph. Raises StudyError naming the file and line of a syntax error, and incomplete lists."""
    from rdflib import RDF, Graph, URIRef

    graph = Graph()
    for path in paths:
        _add(graph, path)
    names = ", ".join(path.name for path in paths)
    every = sorted(graph.subjects(RDF.type, URIRef(_MANDATE + "Kandidatenlijst")))
    kinds = {item: _objects(graph, item, _MANDATE + "lijsttype") for item in every}
    untyped = [item for item in every if not kinds[item]]
    if untyped:
        raise StudyError(
            f"{names}: {untyped[0]} does not say which kind of list it is (lijsttype); download the files again"
        )
    municipal = [item for item in every if URIRef(_MUNICIPAL) in kinds[item]]
    if not municipal:
        raise StudyError(f"{names}: no lists for municipal councils; download the file of lists of municipalities")
    rows = [_row(graph, item, names) for item in municipal]
    others = len(every) - len(municipal)
    step = check("lists of other elections dropped", len(every), others, "districts and provinces", kind="rows")
    lists = pd.DataFrame(rows, columns=["list", "council", "date", "list_number", "party", "candidates"])
    return ListGraph(lists, _councils(graph, sorted(set(lists["council"]))), [step])


def _add(graph: Any, path: Path) -> None:
    from rdflib.plugins.parsers.notation3 import BadSyntax

    text = read_text(path)
    try:
        graph.parse(data=text, format="turtle")
    except BadSyntax as problem:
        raise StudyError(f"{path.name}: line {problem.lines + 1}: not Turtle; download it again") from None
    except (IndexError, AssertionError, AttributeError, ValueError):
        # What rdflib 7 raises, beside its own error, where a text ends within a statement or a string.
        raise StudyError(f"{path.name}: not Turtle, or cut off within a statement; download it again") from None


def _row(graph: Any, item: Any, names: str) -> list[Any]:
    election = _only(graph, item, _MANDATE + "behoortTot", names)
    values = [
        _only(graph, election, _MANDATE + "steltSamen", names),
        _only(graph, election, _MANDATE + "datum", names),
        _only(graph, item, _MANDATE + "lijstnr", names),
        _only(graph, item, _SKOS + "prefLabel", names),
    ]
    # A list without candidates does not exist: none known is absent.
    candidates = float(len(_objects(graph, item, _MANDATE + "heeftKandidaat")) or "nan")
    return [str(item), *(str(value).strip() for value in values), candidates]


def _objects(graph: Any, subject: Any, predicate: str) -> list[Any]:
    from rdflib import URIRef

    return sorted(graph.objects(subject, URIRef(predicate)))


def _only(graph: Any, subject: Any, predicate: str, names: str) -> Any:
    values = _objects(graph, subject, predicate)
    if len(values) != 1:
        raise StudyError(f"{names}: {subject} has {len(values)} values of {predicate} where one is expected")
    return values[0]


def _councils(graph: Any, councils: list[str]) -> pd.DataFrame:
    """Name and code of the unit a council (in a term) belongs to, as far as the files say."""
    from rdflib import URIRef

    rows = []
    for council in councils:
        for organ in _objects(graph, URIRef(council), _MANDATE + "isTijdspecialisatieVan"):
            for unit in _objects(graph, organ, _BOARD + "bestuurt"):
                areas = _objects(graph, unit, _BOARD + "werkingsgebied")
                codes = [str(code) for area in areas for code in _objects(graph, area, _SKOS + "exactMatch")]
                codes = [code for code in codes if "/auth/refnis" in code] or [""]
                labels = _objects(graph, unit, _SKOS + "prefLabel")
                rows += [[council, str(label), code] for label in labels for code in codes]
    return pd.DataFrame(rows, columns=["council", "name", "address"], dtype=str)
