"""What a study needs before anything runs: cross-references, sources, which specifications cannot be estimated."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from beleidsvrijheid.catalogue import Indicator, Source
from beleidsvrijheid.configuration import Configuration, Specification
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.simulation import FIRST_YEAR, LAST_YEAR

BASKETS = ("domains", "all_stable", "reformed", "comparison", "operational", "leisure", "total")
# Outcomes that compare whole portfolios, computed for the baskets of the configuration only.
OVER_BASKETS = ("portfolio_shift", "aitchison_shift", "breadth")
FIELD_GROUPS = ("reformed", "comparison", "operational", "leisure")


# Which estimates the rule of a claim can read.
RULE_ESTIMATORS = {
    "dispersion_rose": ("dispersion_ratio",),
    "limited_explanation": ("ols",),
    "majority": ("share",),
    "slope": ("ols", "panel_ols"),
    "slope_with_placebo": ("ols",),
    "fanning_out": ("quantile",),
    "block_small": ("ols",),
}


@dataclass(frozen=True)
class Need:
    """One thing a specification needs and the sources, any of which provides it."""

    indicator: str
    alternatives: tuple[str, ...]


def _unknown(value: str, allowed: Iterable[str], where: str) -> StudyError:
    options = sorted(allowed)
    near = difflib.get_close_matches(value, options, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return StudyError(f"config.yaml: {where}: {value!r} is not known{hint}; allowed: {', '.join(options)}")


def check_references(
    config: Configuration,
    indicators: dict[str, Indicator],
    sources: dict[str, Source],
    stable_codes: Iterable[str],
) -> None:
    """Raise StudyError on the first name in the configuration that refers to nothing."""
    codes = set(stable_codes)
    for source in config.data.files:
        if source not in sources:
            raise _unknown(source, sources, "data.files")
    for group in FIELD_GROUPS:
        for code in getattr(config.sectors, group):
            if code not in codes:
                raise _unknown(code, codes, f"sectors.{group}")
    for block, members in config.blocks.items():
        for indicator in members:
            if indicator not in indicators:
                raise _unknown(indicator, indicators, f"blocks.{block}")
    for name, specification in config.specifications.items():
        _check_specification(name, specification, config, indicators, codes)
    check_named_once(config)
    _check_shown(config)
    if config.data.source == "simulated":
        check_years(config)


def _check_specification(
    name: str,
    specification: Specification,
    config: Configuration,
    indicators: dict[str, Indicator],
    codes: set[str],
) -> None:
    where = f"specifications.{name}"
    for key, ids in (("outcome", [specification.outcome]), ("controls", specification.controls)):
        for indicator in ids:
            if indicator not in indicators:
                raise _unknown(indicator, indicators, f"{where}.{key}")
    if indicators[specification.outcome].level != "municipality":
        allowed = [name for name, entry in indicators.items() if entry.level == "municipality"]
        raise _unknown(specification.outcome, allowed, f"{where}.outcome (of level municipality)")
    if isinstance(specification.blocks, dict):
        for block, members in specification.blocks.items():
            for indicator in members:
                if indicator not in indicators:
                    raise _unknown(indicator, indicators, f"{where}.blocks.{block}")
    else:
        for block in specification.blocks:
            if block not in config.blocks:
                raise _unknown(block, config.blocks, f"{where}.blocks")
    if specification.outcome in OVER_BASKETS and specification.beleidsveld not in config.baskets:
        raise _unknown(specification.beleidsveld, config.baskets, f"{where}.beleidsveld")
    if specification.beleidsveld and specification.beleidsveld not in {*codes, *BASKETS}:
        raise _unknown(specification.beleidsveld, {*codes, *BASKETS}, f"{where}.beleidsveld")
    for field in specification.fields:
        if field not in {*codes, *FIELD_GROUPS}:
            raise _unknown(field, {*codes, *FIELD_GROUPS}, f"{where}.fields")
    for rule in specification.sample.exclude:
        if rule not in config.outliers:
            raise _unknown(rule, config.outliers, f"{where}.sample.exclude")


def check_named_once(config: Configuration) -> None:
    """Raise StudyError where an indicator is outcome, block and control of one specification more than once."""
    for name, specification in config.specifications.items():
        members = [one for ids in specification_blocks(specification, config).values() for one in ids]
        named = [specification.outcome, *members, *specification.controls]
        twice = next((one for one in named if named.count(one) > 1), None)
        if twice:
            raise StudyError(f"config.yaml: specifications.{name}: {twice!r} is named twice; name it once")


def _check_shown(config: Configuration) -> None:
    """Tables, figures and claims may only show specifications that exist."""
    shown = [(f"tables.{name}.columns", table.columns) for name, table in config.tables.items()]
    shown += [(f"figures.{name}.specifications", figure.specifications) for name, figure in config.figures.items()]
    shown += [(f"claims.{name}.specifications", claim.specifications) for name, claim in config.claims.items()]
    for where, names in shown:
        for name in names:
            if name not in config.specifications:
                raise _unknown(name, config.specifications, where)


def check_claims(config: Configuration, ledger: Iterable[str]) -> None:
    """Raise StudyError where a claim is not in the ledger, or asks for a block or term its specifications lack."""
    known = list(ledger)
    for name, claim in config.claims.items():
        if name not in known:
            raise _unknown(name, known, "claims")
        for specification in claim.specifications:
            estimator = config.specifications[specification].estimator
            if estimator not in RULE_ESTIMATORS[claim.rule]:
                allowed = ", ".join(RULE_ESTIMATORS[claim.rule])
                raise StudyError(
                    f"config.yaml: claims.{name}: rule {claim.rule} reads estimates of {allowed}; {specification} is {estimator}"
                )
            if claim.equation is not None and claim.equation not in FIELD_GROUPS[:2]:
                raise _unknown(claim.equation, FIELD_GROUPS[:2], f"claims.{name}.equation")
            blocks = specification_blocks(config.specifications[specification], config)
            terms = [indicator for members in blocks.values() for indicator in members]
            if claim.block is not None and claim.block not in blocks:
                raise _unknown(claim.block, blocks, f"claims.{name}.block (of {specification})")
            if claim.term is not None and claim.term not in terms:
                raise _unknown(claim.term, terms, f"claims.{name}.term (of {specification})")


def check_years(config: Configuration) -> None:
    """Raise StudyError where a window reaches beyond the years of the simulated country."""
    for name in ("pre", "within", "post"):
        window = getattr(config.period, name)
        outside = [year for year in window.years if not FIRST_YEAR <= year <= LAST_YEAR] if window else []
        if outside:
            raise StudyError(
                f"config.yaml: period.{name}.years: {outside[0]} is outside the simulated years; "
                f"allowed: {FIRST_YEAR} to {LAST_YEAR}"
            )


def specification_blocks(specification: Specification, config: Configuration) -> dict[str, list[str]]:
    """Block -> indicator ids, names of blocks filled in from the configuration."""
    if isinstance(specification.blocks, dict):
        return dict(specification.blocks)
    return {block: config.blocks[block] for block in specification.blocks}


def spending_source(config: Configuration) -> str:
    """The source of the used-freedom indicators."""
    return f"bbc_{config.period.spending.report}_by_field_{config.period.spending.section}"


def indicator_needs(indicator: Indicator, config: Configuration) -> list[Need]:
    """Which sources an indicator needs; alternatives are any-of."""
    needs = []
    for entry in indicator.source:
        alternatives = tuple(spending_source(config) if one == "spending" else one for one in entry.split("|"))
        needs.append(Need(indicator.id, alternatives))
    return needs


def specification_needs(
    specification: Specification, config: Configuration, indicators: dict[str, Indicator]
) -> list[Need]:
    """Everything a specification needs, outcome first."""
    ids = [specification.outcome, *specification.controls]
    ids += [one for members in specification_blocks(specification, config).values() for one in members]
    for rule in specification.sample.exclude:
        outlier = config.outliers[rule]
        ids += ["belfius_cluster"] if outlier.clusters or outlier.is_mixed else []
        ids += ["log_population"] if outlier.population_below else []
    needs = [need for one in dict.fromkeys(ids) for need in indicator_needs(indicators[one], config)]
    return [Need(specification.outcome, ("municipalities",)), *needs]


def split_by_vintage(vintage: int, source: Source) -> bool:
    """True where the study's vintage is finer than the source's, so that units would have to be split."""
    return source.geography == 285 and vintage != 285 or source.geography == 300 and vintage == 308


def lacking(needs: list[Need], present: set[str], config: Configuration, sources: dict[str, Source]) -> list[Need]:
    """Needs that no source at hand meets."""
    vintage = config.geography.vintage
    usable = {one for one in present if not split_by_vintage(vintage, sources[one])}
    return [need for need in needs if not usable.intersection(need.alternatives)]


def _why(need: Need, present: set[str], config: Configuration, sources: dict[str, Source]) -> str:
    """What is wrong with the sources of a need: on a coarser geography, or absent."""
    here = [one for one in need.alternatives if one in present]
    if here:
        return (
            f"source {here[0]}, which is on {sources[here[0]].geography} municipalities; vintage "
            f"{config.geography.vintage} is finer and units are never split"
        )
    source = sources[need.alternatives[0]]
    return f"source {' or '.join(need.alternatives)}, which is absent: no file {source.place} ({source.publisher})"


def unmet(needs: list[Need], present: set[str], config: Configuration, sources: dict[str, Source]) -> list[str]:
    """One sentence per need that no source meets: which indicator, which file, from where, dropped where."""
    return list(
        dict.fromkeys(
            f"{need.indicator} needs {_why(need, present, config, sources)}"
            for need in lacking(needs, present, config, sources)
        )
    )


def plan_specifications(
    config: Configuration, indicators: dict[str, Indicator], sources: dict[str, Source], present: set[str]
) -> tuple[list[str], dict[str, list[str]]]:
    """Names that can be estimated, and for the others why not.

    Raises StudyError where data.on_absent is stop and something is lacking.
    """
    needs = {name: specification_needs(one, config, indicators) for name, one in config.specifications.items()}
    refused = {name: unmet(own, present, config, sources) for name, own in needs.items()}
    refused = {name: reasons for name, reasons in refused.items() if reasons}
    if refused and config.data.on_absent == "stop":
        raise StudyError(_stop_message(needs, present, config, sources))
    return [name for name in needs if name not in refused], refused


def _stop_message(
    needs: dict[str, list[Need]], present: set[str], config: Configuration, sources: dict[str, Source]
) -> str:
    """One paragraph per source: what is wrong, which indicators and specifications need it, what to do."""
    wanted: dict[str, tuple[str, set[str], list[str]]] = {}
    for name, own in needs.items():
        for need in lacking(own, present, config, sources):
            why = _why(need, present, config, sources)
            _, ids, names = wanted.setdefault(need.alternatives[0], (why, set(), []))
            ids.add(need.indicator)
            names += [name] * (name not in names)
    blocked = {name for _, _, names in wanted.values() for name in names}
    lines = [f"config.yaml: data: {len(blocked)} specifications lack data:"]
    for source, (why, ids, names) in wanted.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        lines.append(f"- {', '.join(sorted(ids))} needs {why}; wanted by {', '.join(names[:3])}{more}.")
        lines.append(f"  {source}: {sources[source].steps}")
    lines.append("Add the files, or set data.on_absent: refuse to run without these specifications.")
    return "\n".join(lines)


def resolved_specification(name: str, config: Configuration) -> dict[str, Any]:
    """The specification as plain data, blocks and groups of fields filled in: what a job receives."""
    specification = config.specifications[name]
    plain = specification.model_dump()
    plain["blocks"] = specification_blocks(specification, config)
    fields = [
        code
        for entry in specification.fields
        for code in (getattr(config.sectors, entry) if entry in FIELD_GROUPS else [entry])
    ]
    plain["fields"] = list(dict.fromkeys(fields))
    return plain
