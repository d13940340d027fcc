"""Boolean minimisation: prime implicants (Quine 1952, 10.2307/2308219; McCluskey 1956) and all their smallest covers.

A term has, per condition, 1 (present), 0 (absent) or None (does not matter).
"""

from collections.abc import Collection, Iterable

Term = tuple[int | None, ...]
MOST_COVERS = 200


def covers(term: Term, combination: Term) -> bool:
    """Whether a term holds wherever `combination` (a combination or a narrower term) does."""
    return all(literal is None or literal == other for literal, other in zip(term, combination, strict=True))


def _merged(terms: Collection[Term]) -> tuple[set[Term], set[Term]]:
    """Terms that follow from two that differ in one literal; and the terms that were so used."""
    found, used = set(), set()
    for term in terms:
        for place, literal in enumerate(term):
            if literal != 0:
                continue
            partner = (*term[:place], 1, *term[place + 1 :])
            if partner in terms:
                found.add((*term[:place], None, *term[place + 1 :]))
                used |= {term, partner}
    return found, used


def _order(term: Term) -> tuple:
    return sum(literal is not None for literal in term), tuple(2 if x is None else 1 - x for x in term)


def prime_implicants(wanted: Iterable[Term], allowed: Iterable[Term] = ()) -> list[Term]:
    """Shortest terms that hold for no combination outside `wanted` and `allowed` and cover one of `wanted`.

    allowed: combinations that may be covered but need not be (remainders). Fewest literals first.
    """
    wanted = set(wanted)
    primes, terms = set(), wanted | set(allowed)
    while terms:
        found, used = _merged(terms)
        primes |= terms - used
        terms = found
    return sorted((p for p in primes if any(covers(p, one) for one in wanted)), key=_order)


def minimal_covers(primes: list[Term], wanted: Collection[Term]) -> list[list[Term]]:
    """Every smallest set of prime implicants that together cover all of `wanted`, at most MOST_COVERS + 1 of them.

    Fewest terms, as QCA with R by default; several covers are several models of the same data (Baumgartner & Thiem 2017,
    10.1177/0049124115610351).
    """
    chart = {one: frozenset(i for i, prime in enumerate(primes) if covers(prime, one)) for one in wanted}
    columns = set(chart.values())
    needed = [
        own for own in columns if not any(other < own for other in columns)
    ]  # a wider choice follows from a narrower
    essential = frozenset(place for own in needed if len(own) == 1 for place in own)
    rest = sorted((own for own in needed if not own & essential), key=lambda own: (len(own), sorted(own)))
    for size in range(len(rest) + 1):
        found = _choices(rest, essential, size, set())
        if found:
            chosen = sorted(found, key=sorted)[: MOST_COVERS + 1]
            return [[primes[place] for place in sorted(cover)] for cover in chosen]
    return []


def _choices(rest: list[frozenset[int]], chosen: frozenset[int], left: int, found: set[frozenset[int]]) -> set:
    """Sets of `left` more primes that meet every choice in `rest`, added to `found`."""
    open_ = [own for own in rest if not own & chosen]
    if not open_:
        return found | {chosen}
    if not left or len(found) > MOST_COVERS:
        return found
    for place in sorted(open_[0]):
        found = _choices(open_, chosen | {place}, left - 1, found)
    return found
