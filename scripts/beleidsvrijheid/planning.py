"""What a study needs before anything runs: cross-references, sources, which specifications cannot be estimated."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from beleidsvrijheid.catalogue import Indicator, Source
from beleidsvrijheid.configuration import (
    OTHER_RESULTS,
    Candidate,
    Configuration,
    Necessity,
    Qca,
    Specification,
    Verdictable,
)
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.estimators import IN_BATCHES, not_refitted
from beleidsvrijheid.simulation import FIRST_YEAR, LAST_YEAR

# Estimators whose coefficients are named for indicators and nothing else, interactions and shapes apart.
PLAIN_TERMS = ("ols", "quantile")

FIELD_GROUPS = ("reformed", "comparison", "operational", "leisure")
BASKETS = ("domains", "all_stable", *FIELD_GROUPS, "total")
# Outcomes that compare whole portfolios, computed for the baskets of the configuration only.
OVER_BASKETS = ("portfolio_shift", "aitchison_shift", "breadth", "pre_portfolio_shift", "portfolio_shift_within")
OVER_BASKETS += (
    "pre_aitchison_shift",
    "aitchison_shift_within",
    "aitchison_shift_zero_0001",
    "aitchison_shift_zero_005",
)
OVER_BASKETS += ("plan_budget_moved",)
FINDINGS = tuple(name for name in Candidate.model_fields if name != "label")

# Which estimates the rule of a claim can read.
RULE_ESTIMATORS = {
    "dispersion_rose": ("dispersion_ratio",),
    "limited_explanation": ("ols", "panel_ols"),
    "majority": ("share",),
    "slope_with_placebo": ("ols",),
    "fanning_out": ("quantile",),
    "block_small": ("ols",),
    "negligible": ("ols",),
    "larger": ("random_slope", "panel_ols", "ols"),
}

# Estimators whose rows a table of correlations is about: one sample of municipalities, or of them by year.
CORRELATED = ("ols", "panel_ols", "random_effects", "quantile", "correlation")


@dataclass(frozen=True)
class Need:
    """One thing a specification needs and the sources, any of which provides it."""

    indicator: str
    alternatives: tuple[str, ...]
    geography: int | str | None = (
        None  # of an own indicator: its codes may be on another vintage than its source's others
    )
    vintage: int | None = None  # of a cell of a multiverse on other municipalities than the study's


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
        check_specification(f"specifications.{name}", specification, config, indicators, codes)
    _check_shown(config)
    _check_figures(config, indicators, codes)
    _check_analyses(config, indicators, codes)
    _check_power(config, indicators)
    _check_refitted(config)
    _check_fiches(config)
    if config.data.source == "simulated":
        check_years(config)


def check_specification(
    where: str,
    specification: Specification,
    config: Configuration,
    indicators: dict[str, Indicator],
    codes: set[str],
) -> None:
    """Raise StudyError on the first name in one specification that refers to nothing, or that stands there twice."""
    for key, ids in named_indicators(specification).items():
        for indicator in ids:
            if indicator not in indicators:
                raise _unknown(indicator, indicators, f"{where}.{key}")
    if indicators[specification.outcome].level != "municipality" and specification.estimator != "published_value":
        allowed = [name for name, entry in indicators.items() if entry.level == "municipality"]
        raise _unknown(specification.outcome, allowed, f"{where}.outcome (of level municipality)")
    _check_blocks(where, specification, config, indicators)
    _check_places(where, specification, config, codes)
    if specification.groups and not indicators[specification.groups].categorical:
        categorical = [name for name, entry in indicators.items() if entry.categorical]
        raise _unknown(specification.groups, categorical, f"{where}.groups (categorical)")
    for rule in specification.sample.exclude:
        if rule not in config.outliers:
            raise _unknown(rule, config.outliers, f"{where}.sample.exclude")
    members = [one for ids in specification_blocks(specification, config).values() for one in ids]
    named = [specification.outcome, *members, *specification.controls]
    twice = next((one for one in named if named.count(one) > 1), None)
    if twice:
        raise StudyError(f"config.yaml: {where}: {twice!r} is named twice; name it once")


def _check_blocks(
    where: str, specification: Specification, config: Configuration, indicators: dict[str, Indicator]
) -> None:
    if isinstance(specification.blocks, dict):
        for block, members in specification.blocks.items():
            for indicator in members:
                if indicator not in indicators:
                    raise _unknown(indicator, indicators, f"{where}.blocks.{block}")
    else:
        for block in specification.blocks:
            if block not in config.blocks:
                raise _unknown(block, config.blocks, f"{where}.blocks")
    predictors = [one for ids in specification_blocks(specification, config).values() for one in ids]
    predictors += specification.controls
    shaped = {"splines": specification.splines, "transforms": specification.transforms}
    for key, ids in {**shaped, "interactions": sum(specification.interactions, [])}.items():
        for indicator in ids:
            if indicator not in predictors:
                raise _unknown(indicator, predictors, f"{where}.{key} (of its blocks and controls)")


def _check_places(where: str, specification: Specification, config: Configuration, codes: set[str]) -> None:
    place = specification.beleidsveld
    if specification.outcome in OVER_BASKETS and place not in config.baskets:
        raise _unknown(place, config.baskets, f"{where}.beleidsveld")
    if place and place not in {*codes, *BASKETS}:
        raise _unknown(place, {*codes, *BASKETS}, f"{where}.beleidsveld")
    for key in ("fields", "treated"):
        for field in getattr(specification, key):
            if field not in {*codes, *FIELD_GROUPS}:
                raise _unknown(field, {*codes, *FIELD_GROUPS}, f"{where}.{key}")


def analyses(config: Configuration) -> dict[str, Necessity | Qca]:
    """Entries of necessity and qca by the key they stand under."""
    return {
        f"{section}.{name}": entry
        for section in ("necessity", "qca")
        for name, entry in getattr(config, section).items()
    }


def _check_analyses(config: Configuration, indicators: dict[str, Indicator], codes: set[str]) -> None:
    """Raise StudyError where necessity, qca or diagnostics name something that is not there."""
    for where, entry in analyses(config).items():
        for indicator in entry.indicators:
            if indicator not in indicators:
                raise _unknown(indicator, indicators, where)
        for rule in entry.sample.exclude:
            if rule not in config.outliers:
                raise _unknown(rule, config.outliers, f"{where}.sample.exclude")
        place = entry.beleidsveld if isinstance(entry, Necessity) else entry.outcome.beleidsveld
        if place and place not in {*codes, *BASKETS}:
            raise _unknown(place, {*codes, *BASKETS}, f"{where}.beleidsveld")
    for name in config.diagnostics:
        if name not in config.specifications:
            raise _unknown(name, config.specifications, "diagnostics")
        estimator = config.specifications[name].estimator
        if estimator != "ols":
            raise StudyError(f"config.yaml: diagnostics read estimates of ols; {name} is {estimator}")


def _check_power(config: Configuration, indicators: dict[str, Indicator]) -> None:
    """Raise StudyError where a power run names a term that its specification does not have."""
    for name, run in config.power.items():
        specification = config.specifications[run.specification]
        members = [one for ids in specification_blocks(specification, config).values() for one in ids]
        columns = [one for one in members if not indicators[one].categorical and one not in specification.transforms]
        for term in run.terms:
            # Columns that the data or a shape name (category=2, a~1, a:b, log(a)) are not known before the job.
            if term.isidentifier() and term not in columns:
                raise _unknown(term, columns, f"power.{name}.terms")


def _check_refitted(config: Configuration) -> None:
    """Raise StudyError where a job that fits specifications again by itself does not know their weights or errors."""
    named = [
        (f"families.{name}", "romano_wolf", one)
        for name, family in config.families.items()
        if "romano_wolf" in family.method
        for one in family.specifications
    ]
    named += [(f"power.{name}", "power", run.specification) for name, run in config.power.items()]
    named += [("diagnostics", "diagnostics", name) for name in config.diagnostics]
    named += [
        (f"tables.{name}.columns", "diagnostics", one)
        for name, table in config.tables.items()
        if table.kind == "diagnostics"
        for one in table.columns
    ]
    for where, what, name in named:
        reason = not_refitted(what, config.specifications[name].model_dump())
        if reason:
            raise StudyError(f"config.yaml: {where}: {name}: {reason}")


def _check_fiches(config: Configuration) -> None:
    """Raise StudyError where the ceiling of the fiches is no line of quantiles over inhabitants alone."""
    name = config.fiches.ceiling
    if name is None:
        return
    fitting = [one for one, entry in config.specifications.items() if _is_ceiling(entry, config)]
    if name not in fitting:
        raise _unknown(name, fitting, "fiches.ceiling (a `quantile` specification on log_population alone)")


def _is_ceiling(specification: Specification, config: Configuration) -> bool:
    members = [one for ids in specification_blocks(specification, config).values() for one in ids]
    alone = members == ["log_population"] and not specification.controls and not specification.interactions
    return specification.estimator == "quantile" and alone and not specification.transforms


def named_indicators(specification: Specification) -> dict[str, list[str]]:
    """Indicator ids by the key that names them, blocks apart."""
    return {
        "outcome": [specification.outcome],
        "controls": specification.controls,
        "weights": [specification.weights] if specification.weights else [],
        "dose": [specification.dose] if specification.dose else [],
        "groups": [specification.groups] if specification.groups else [],
        "published": list(specification.published),
    }


def _check_shown(config: Configuration) -> None:
    """Tables, figures and claims may only show specifications that exist."""
    shown = [(f"tables.{name}.columns", table.columns) for name, table in config.tables.items()]
    shown += [(f"figures.{name}.specifications", figure.specifications) for name, figure in config.figures.items()]
    for where, names in shown:
        for name in names:
            if name not in config.specifications:
                raise _unknown(name, config.specifications, where)
    for key, table in config.tables.items():
        estimator = config.specifications[table.columns[0]].estimator if table.kind == "correlation" else "ols"
        if estimator not in CORRELATED:
            allowed = ", ".join(CORRELATED)
            raise StudyError(
                f"config.yaml: tables.{key}.columns: {table.columns[0]!r} has the estimator {estimator}; allowed: {allowed}; "
                "name another specification"
            )
    _check_followed(config)
    if config.primary is not None and config.primary not in config.specifications:
        raise _unknown(config.primary, config.specifications, "primary")
    results = {*config.specifications, *other_results(config)}
    for where, verdictable in verdictables(config):
        for name in verdictable.shown():
            if name not in results:
                raise _unknown(name, results, where)


def _check_followed(config: Configuration) -> None:
    """Raise StudyError where a table or a multiverse follows a coefficient that no model of it has."""
    followed = [
        (f"tables.{name}.term", table.term, table.columns)
        for name, table in config.tables.items()
        if table.kind == "robustness"
    ]
    followed += [(f"multiverse.{name}.focal", one.focal, [one.base]) for name, one in config.multiverse.items()]
    for where, term, names in followed:
        models = [config.specifications[name] for name in names if name in config.specifications]
        if all(model.estimator in PLAIN_TERMS for model in models) and models:
            terms = list(dict.fromkeys(one for model in models for one in _terms(model, config)))
            # Names of columns that data or a shape make (category=2, a:b) are not known before the job.
            if term and term.isidentifier() and term not in terms:
                raise _unknown(term, terms, where)


def _check_figures(config: Configuration, indicators: dict[str, Indicator], codes: set[str]) -> None:
    """Raise StudyError where a figure drawn from the panel, or one of quantiles, asks for what cannot be there."""
    numbers = {name for name, entry in indicators.items() if entry.level == "municipality" and not entry.categorical}
    for name, figure in config.figures.items():
        where = f"figures.{name}"
        for key, ids in {"axes": figure.axes, "indicator": [figure.indicator] if figure.indicator else []}.items():
            for indicator in ids:
                if indicator not in numbers:
                    raise _unknown(indicator, numbers, f"{where}.{key} (a number of level municipality)")
        place = figure.beleidsveld
        if figure.indicator in OVER_BASKETS and place not in config.baskets:
            raise _unknown(place, config.baskets, f"{where}.beleidsveld")
        if place and place not in {*codes, *BASKETS}:
            raise _unknown(place, {*codes, *BASKETS}, f"{where}.beleidsveld")
        for shown in figure.specifications if figure.kind == "quantile" else []:
            specification = config.specifications[shown]
            if specification.estimator != "quantile":
                raise StudyError(
                    f"config.yaml: {where}: a figure of kind quantile shows estimates of quantile; {shown} is "
                    f"{specification.estimator}"
                )
            _check_term(where, figure.term, specification, config)


def _terms(specification: Specification, config: Configuration) -> list[str]:
    blocks = specification_blocks(specification, config)
    return [*(one for ids in blocks.values() for one in ids), *specification.controls]


def _check_term(where: str, term: str | None, specification: Specification, config: Configuration) -> None:
    """Names of columns that data or a shape make (category=2, a:b) are not known before the job."""
    terms = _terms(specification, config)
    if term and term.isidentifier() and term not in terms:
        raise _unknown(term, terms, f"{where}.term")


def figure_needs(config: Configuration, indicators: dict[str, Indicator]) -> dict[str, list[Need]]:
    """What figures drawn from the panel need, by the key they stand under; a map needs borders as well."""
    found = {}
    for name, figure in config.figures.items():
        ids = [*figure.axes, *([figure.indicator] if figure.indicator else [])]
        if ids:
            where = f"figures.{name}"
            borders = [Need(where, ("geometry",))] if figure.kind == "map" else []
            found[where] = [*needs_of(ids, [], config, indicators), *borders]
    return found


def other_results(config: Configuration) -> list[str]:
    """Names of results that are no specification but that a claim may read."""
    return [name for section in OTHER_RESULTS for name in getattr(config, section)]


def verdictables(config: Configuration) -> Iterable[tuple[str, Verdictable]]:
    """Everything that gets a verdict, with the key it stands under."""
    yield from ((f"claims.{name}", claim) for name, claim in config.claims.items())
    for name, candidate in config.replication.candidates.items():
        yield from ((f"replication.candidates.{name}.{one}", getattr(candidate, one)) for one in FINDINGS)


def check_claims(config: Configuration, ledger: Iterable[str]) -> None:
    """Raise StudyError where a claim is not in the ledger, or asks for a block or term its specifications lack."""
    known = list(ledger)
    for name in config.claims:
        if name not in known:
            raise _unknown(name, known, "claims")
    for where, verdictable in verdictables(config):
        _check_verdictable(where, verdictable, config)


def _check_verdictable(where: str, claim: Verdictable, config: Configuration) -> None:
    for part in claim.parts:
        _check_verdictable(f"{where}.parts", part, config)
    if claim.equation is not None and claim.equation not in FIELD_GROUPS[:2]:
        raise _unknown(claim.equation, FIELD_GROUPS[:2], f"{where}.equation")
    for specification in claim.specifications:
        estimator = config.specifications[specification].estimator
        if estimator not in RULE_ESTIMATORS.get(claim.rule, (estimator,)):
            allowed = ", ".join(RULE_ESTIMATORS[claim.rule])
            raise StudyError(
                f"config.yaml: {where}: rule {claim.rule} reads estimates of {allowed}; {specification} is {estimator}"
            )
        blocks = specification_blocks(config.specifications[specification], config)
        terms = [indicator for members in blocks.values() for indicator in members]
        if claim.block is not None and claim.block not in blocks:
            raise _unknown(claim.block, blocks, f"{where}.block (of {specification})")
        if claim.term is not None and claim.rule != "larger" and claim.term not in terms:
            raise _unknown(claim.term, terms, f"{where}.term (of {specification})")


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
        own = config.own_indicators.get(indicator.id)
        geography = own.geography if own else None
        needs.append(Need(indicator.id, alternatives, config.geography.vintage if geography == "study" else geography))
    return needs


def specification_needs(
    specification: Specification, config: Configuration, indicators: dict[str, Indicator]
) -> list[Need]:
    """Everything a specification needs, outcome first."""
    ids = [one for named in named_indicators(specification).values() for one in named]
    ids += [one for members in specification_blocks(specification, config).values() for one in members]
    return needs_of(ids, specification.sample.exclude, config, indicators)


def needs_of(
    ids: list[str], excluded: list[str], config: Configuration, indicators: dict[str, Indicator]
) -> list[Need]:
    """What indicators and outlier rules need, the list of municipalities included."""
    ids = list(ids)
    for rule in excluded:
        outlier = config.outliers[rule]
        ids += ["belfius_cluster"] if outlier.clusters or outlier.is_mixed else []
        ids += ["log_population"] if outlier.population_below else []
        ids += ["is_facility"] if outlier.is_facility else []
    needs = [need for one in dict.fromkeys(ids) for need in indicator_needs(indicators[one], config)]
    return [Need(ids[0], ("municipalities",)), *needs]


def split_by_vintage(vintage: int, source: Source) -> bool:
    """True where the study's vintage is finer than the source's, so that units would have to be split."""
    return is_finer(vintage, source.geography)


def is_finer(vintage: int, geography: int | str | None) -> bool:
    """True where a vintage has more municipalities than a geography."""
    return geography == 285 and vintage != 285 or geography == 300 and vintage == 308


def lacking(needs: list[Need], present: set[str], config: Configuration, sources: dict[str, Source]) -> list[Need]:
    """Needs that no source at hand meets."""
    usable = {
        vintage: {one for one in present if one not in sources or not split_by_vintage(vintage, sources[one])}
        for vintage in {_vintage(need, config) for need in needs}
    }
    return [
        need
        for need in needs
        if is_finer(_vintage(need, config), need.geography)
        or not usable[_vintage(need, config)].intersection(_places(need))
    ]


def _vintage(need: Need, config: Configuration) -> int:
    return need.vintage or config.geography.vintage


def _places(need: Need) -> tuple[str, ...]:
    """Names under which what a need asks for can be present: of an own indicator its own, the source has others."""
    return need.alternatives if need.geography is None else (need.indicator,)


def _why(need: Need, present: set[str], config: Configuration, sources: dict[str, Source]) -> str:
    """What is wrong with the sources of a need: on a coarser geography, or absent."""
    here = [one for one in need.alternatives if one in present]
    if here and not present.intersection(_places(need)):
        return f"rows in source {here[0]}, whose files have none of it"
    if here:
        return (
            f"source {here[0]}, which is on {need.geography or sources[here[0]].geography} municipalities; vintage "
            f"{_vintage(need, config)} is finer and units are never split"
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
    config: Configuration,
    indicators: dict[str, Indicator],
    sources: dict[str, Source],
    present: set[str],
    more: dict[str, list[Need]],
) -> tuple[list[str], dict[str, list[str]]]:
    """Names that can be estimated, and for the others why not. more: needs of what refuses by itself (a multiverse).

    Raises StudyError where data.on_absent is stop and something is lacking.
    """
    needs = {name: specification_needs(one, config, indicators) for name, one in config.specifications.items()}
    refused = {name: unmet(own, present, config, sources) for name, own in needs.items()}
    refused = {name: reasons for name, reasons in refused.items() if reasons}
    # Necessity, qca and multiverses refuse by themselves what is not in the panel; here they only count for the stop.
    others = more | {
        where: needs_of(entry.indicators, entry.sample.exclude, config, indicators)
        for where, entry in analyses(config).items()
    }
    lack = refused or any(unmet(own, present, config, sources) for own in others.values())
    if lack and config.data.on_absent == "stop":
        raise StudyError(_stop_message(needs | others, present, config, sources))
    return [name for name in needs if name not in refused], refused


def _stop_message(
    needs: dict[str, list[Need]], present: set[str], config: Configuration, sources: dict[str, Source]
) -> str:
    """One paragraph per source: what is wrong, which indicators and specifications need it, what to do."""
    wanted: dict[tuple[str, str], tuple[str, set[str], list[str]]] = {}
    for name, own in needs.items():
        for need in lacking(own, present, config, sources):
            why = _why(need, present, config, sources)
            key = (need.alternatives[0], "" if need.geography is None else why)  # own indicators lack one by one
            _, ids, names = wanted.setdefault(key, (why, set(), []))
            ids.add(need.indicator)
            names += [name] * (name not in names)
    blocked = {name for _, _, names in wanted.values() for name in names}
    lines = [f"config.yaml: data: {len(blocked)} specifications lack data:"]
    for (source, _), (why, ids, names) in wanted.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        lines.append(f"- {', '.join(sorted(ids))} needs {why}; wanted by {', '.join(names[:3])}{more}.")
        lines.append(f"  {source}: {sources[source].steps}")
    lines.append("Add the files, or set data.on_absent: refuse to run without these specifications.")
    return "\n".join(lines)


def batches(name: str, config: Configuration) -> list[str]:
    """Names of the batches of bootstrap draws of a specification that are jobs of their own: batch_001 is the first."""
    specification, inference = config.specifications[name], config.inference
    if specification.estimator not in IN_BATCHES or specification.weights or not inference.batch:
        return []
    number = -(-inference.draws // inference.batch)
    return [f"batch_{one:03d}" for one in range(1, number + 1)] if number > 1 else []


def resolved_specification(name: str, config: Configuration) -> dict[str, Any]:
    """The specification as plain data, blocks and groups of fields filled in: what a job receives."""
    specification = config.specifications[name]
    plain = specification.model_dump()
    plain["blocks"] = specification_blocks(specification, config)
    return plain | {key: stable_codes(getattr(specification, key), config) for key in ("fields", "treated")}


def stable_codes(names: list[str], config: Configuration) -> list[str]:
    """Stable codes, groups of `sectors` spelled out, each once."""
    codes = [code for entry in names for code in (getattr(config.sectors, entry) if entry in FIELD_GROUPS else [entry])]
    return list(dict.fromkeys(codes))
