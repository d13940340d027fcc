"""The estimators, the covariances that go with each and the keys they read: one list for the schema and the jobs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Keys that every specification has; the others are read by some estimators only.
REGRESSION = ("beleidsveld", "blocks", "controls", "transform", "splines", "interactions")
FIELDS = ("fields", "dispersion", "windows")
PREDICTORS = ("transforms", "missing")  # what can be done to predictors and to rows that lack one
PANEL = ("effects", "predictors", "interact_with", "sample.years")
# Of an outcome: these need no other year; those that follow do.
LOGARITHMS = ("none", "log", "log1p")
SCALES = (*LOGARITHMS, "standardise")
OVER_TIME = (*SCALES, "difference", "lag")


@dataclass(frozen=True)
class Estimator:
    """covariances: what `covariance.type` may be. reads: keys it reads. needs: those among them it cannot do without.

    clusters: what `covariance.by` may be, several together for two-way. transforms: of the outcome. effects: fixed effects.
    with_fields: keys it reads where it has `fields`, only there; `dispersion` among them is then needed. excludes: whether
    it reads sample.exclude.
    """

    covariances: tuple[str, ...]
    reads: tuple[str, ...]
    needs: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ("municipality",)
    transforms: tuple[str, ...] = LOGARITHMS
    effects: tuple[str, ...] = ("municipality", "year")
    with_fields: tuple[str, ...] = ()
    excludes: bool = True

    def keys(self, has_fields: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Keys that it reads and keys that it needs, in a specification with `fields` or without."""
        further = self.with_fields if has_fields else ()
        return (*self.reads, *further), (*self.needs, *(key for key in further if key == "dispersion"))


LEAST_SQUARES = ("nonrobust", "HC0", "HC1", "HC2", "HC3", "cluster", "wild_cluster")
BOOTSTRAP = ("municipality_bootstrap",)
CLUSTER = ("cluster",)
ESTIMATORS = {
    "ols": Estimator(LEAST_SQUARES, (*REGRESSION, *PREDICTORS, "weights"), ("blocks",), transforms=SCALES),
    "panel_ols": Estimator(
        (*LEAST_SQUARES, "driscoll_kraay"),
        (*REGRESSION, *PREDICTORS, *PANEL, "weights"),
        ("blocks", "predictors"),
        clusters=("municipality", "year"),
        transforms=OVER_TIME,
    ),
    "random_effects": Estimator(
        CLUSTER,
        (*REGRESSION, *PREDICTORS, *PANEL),
        ("blocks", "predictors"),
        transforms=OVER_TIME,
        effects=("year",),
    ),
    "quantile": Estimator(
        BOOTSTRAP, (*REGRESSION, *PREDICTORS, "quantiles"), ("blocks", "quantiles"), transforms=SCALES
    ),
    "dispersion_change": Estimator(BOOTSTRAP, FIELDS, ("fields", "dispersion")),
    "dispersion_ratio": Estimator(BOOTSTRAP, FIELDS, ("fields", "dispersion")),
    "share": Estimator(("wilson",), ("beleidsveld", "threshold"), ("threshold",)),
    "mean_change": Estimator(("nonrobust",), ("beleidsveld", "threshold", "transform"), ("threshold",)),
    "location_scale": Estimator(
        CLUSTER, (*REGRESSION, "fields"), ("blocks",), with_fields=("dispersion", "windows", "treated", "effects")
    ),
    "field_ols": Estimator(
        CLUSTER,
        ("blocks", "controls", "transform", "splines", "interactions", *FIELDS, "treated", "effects"),
        ("blocks", "fields", "dispersion"),
        effects=("municipality", "beleidsveld", "year"),
    ),
    "rif": Estimator(BOOTSTRAP, (*REGRESSION, *FIELDS, "measures"), ("blocks", "measures", "dispersion")),
    "event_study": Estimator(
        CLUSTER,
        ("beleidsveld", "controls", "transform", "dose", "reference_year", "effects", "sample.years"),
        ("dose", "reference_year"),
    ),
    "heterogeneous_adoption": Estimator(
        ("robust_bias_corrected",), ("beleidsveld", "transform", "dose", "windows"), ("dose",)
    ),
    "field_permutation": Estimator(
        ("field_permutation",),
        (*FIELDS, "treated", "dispersion_measure"),
        ("fields", "dispersion", "dispersion_measure"),
    ),
    "period_coefficients": Estimator(BOOTSTRAP, (*REGRESSION, "windows"), ("blocks",)),
    "random_slope": Estimator(("likelihood",), (*REGRESSION, "fields", "windows")),
    "common_factor": Estimator(BOOTSTRAP, ("fields",), ("fields",)),
    "hurdle": Estimator(CLUSTER, (*REGRESSION, "election_years", "sample.years"), ("blocks",)),
    "autocorrelation": Estimator(BOOTSTRAP, ("beleidsveld", "transform", "lags", "sample.years"), ("lags",)),
    "correlation": Estimator(BOOTSTRAP, ("beleidsveld", "blocks", "controls"), ("blocks",)),
    "dispersion_by_group": Estimator(BOOTSTRAP, ("beleidsveld", "groups"), ("groups",)),
    "inequality": Estimator(BOOTSTRAP, ("beleidsveld", "groups"), ("groups",)),
    "published_value": Estimator(("exact",), ("published", "reference_year"), ("published",), excludes=False),
}
# Whose bootstrap draws can be made by jobs of their own (resampling.Bootstrap): those that cost most per draw.
IN_BATCHES = ("ols", "panel_ols", "quantile")
# Draws are worked out so many at a time, whoever does it: sums in a matrix product depend on how many rows it has.
TOGETHER = 50
# Covariances that models.sandwich has for designs that are fitted again hundreds of times.
REFITTED = {"ols": ("nonrobust", "HC0", "HC1", "HC2", "HC3", "cluster"), "panel_ols": ("nonrobust", "cluster")}
COVARIANCES_OF = {name: estimator.covariances for name, estimator in ESTIMATORS.items()}


def not_refitted(what: str, specification: Mapping[str, Any]) -> str | None:
    """Why `what`, which fits a specification again by itself, cannot: it does not know its weights or errors; None if it can."""
    covariance = specification["covariance"]
    if specification.get("weights"):
        return f"weights: {what} has no weights; name a specification without"
    allowed = REFITTED[specification["estimator"]]
    if covariance["type"] in allowed and not isinstance(covariance.get("by"), list | tuple):
        return None
    told = f"{covariance['type']} by {covariance['by']}" if covariance.get("by") else covariance["type"]
    options = ", ".join(f"{one} by municipality" if one == "cluster" else one for one in allowed)
    return f"covariance: {what} does not know {told}; allowed: {options}"
