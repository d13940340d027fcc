"""What to do by hand, for people: sources that differ in a few words are told once."""

from beleidsvrijheid.catalogue import Source

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def instructions(entries: list[Source], remarks: dict[str, list[str]]) -> list[str]:
    """A block of text per source, or per group of sources with the same steps but for a few words.

    remarks: source id -> what is to be said before its steps.
    """
    groups: dict[tuple[object, ...], list[Source]] = {}
    for entry in entries:
        own = entry.id if remarks.get(entry.id) else ""
        groups.setdefault((entry.publisher, entry.parser, len(entry.manual), own), []).append(entry)
    return [_of_one(group[0], remarks) if len(group) == 1 else _of_many(group) for group in groups.values()]


def _of_one(entry: Source, remarks: dict[str, list[str]]) -> str:
    told = [f"  {text}" for text in dict.fromkeys(remarks.get(entry.id, []))]
    return "\n".join([f"{entry.id}: {entry.measures}", *told, *_numbered(entry.manual)])


def _numbered(steps: list[str]) -> list[str]:
    return [f"  {number}. {step}" for number, step in enumerate(steps, start=1)]


def _of_many(entries: list[Source]) -> str:
    """The steps with <A>, <B>, ... where they differ, and for each source what stands there."""
    common, values = [], [[] for _ in entries]
    for steps in zip(
        *([step.replace(entry.id, "<source>") for step in entry.manual] for entry in entries), strict=True
    ):
        common.append(_merged([step.split(" ") for step in steps], values))
    rows = [
        f"  {entry.id}" + (": " if words else "") + "; ".join(f"{_LETTERS[n]} = {word}" for n, word in enumerate(words))
        for entry, words in zip(entries, values, strict=True)
    ]
    head = f"{len(entries)} sources of {entries[0].publisher}, each in the same way:"
    return "\n".join([head, *_numbered(common), *rows])


def _merged(texts: list[list[str]], values: list[list[str]]) -> str:
    """One text of words for all; the words in which they differ go to `values`, one list per text."""
    if len({len(words) for words in texts}) > 1:
        texts = _with_one_gap(texts)
    merged = []
    for words in zip(*texts, strict=True):
        ends = words[0][-1:] if words[0][-1:] in ",.;" and len({word[-1:] for word in words}) == 1 else ""
        if len(set(words)) == 1:
            merged.append(words[0])
            continue
        bare = [word.removesuffix(ends) for word in words]
        known = [[own[n] for own in values] for n in range(len(values[0]))]
        if bare not in known:
            for own, word in zip(values, bare, strict=True):
                own.append(word)
            known.append(bare)
        merged.append(f"<{_LETTERS[known.index(bare)]}>{ends}")
    return " ".join(merged)


def _with_one_gap(texts: list[list[str]]) -> list[list[str]]:
    """Texts of another number of words: all between their common beginning and their common end is one word."""
    shortest = min(map(len, texts))
    first = next((n for n in range(shortest) if len({words[n] for words in texts}) > 1), shortest)
    most = shortest - first
    last = next((n for n in range(most) if len({words[-1 - n] for words in texts}) > 1), most)
    ends = [len(words) - last for words in texts]
    return [[*words[:first], " ".join(words[first:end]), *words[end:]] for words, end in zip(texts, ends, strict=True)]
