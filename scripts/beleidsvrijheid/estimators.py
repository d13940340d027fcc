"""The estimators, the covariances that go with each and the keys they read: one list for the schema and the jobs."""

from dataclasses import dataclass

# Keys that every specification has; the others are read by some estimators only.
REGRESSION = ("beleidsveld", "blocks", "controls", "transform", "splines", "interactions")
FIELDS = ("fields", "dispersion", "windows")


@dataclass(frozen=True)
class Estimator:
    """covariances: what `covariance.type` may be. reads: keys it reads. needs: those among them it cannot do without."""

    covariances: tuple[str, ...]
    reads: tuple[str, ...]
    needs: tuple[str, ...] = ()


LEAST_SQUARES = ("nonrobust", "HC0", "HC1", "HC2", "HC3", "cluster")
BOOTSTRAP = ("municipality_bootstrap",)
CLUSTER = ("cluster",)
ESTIMATORS = {
    "ols": Estimator(LEAST_SQUARES, REGRESSION, ("blocks",)),
    "panel_ols": Estimator(
        ("cluster", "nonrobust"),
        (*REGRESSION, "effects", "predictors", "interact_with", "sample.years"),
        ("blocks", "predictors"),
    ),
    "quantile": Estimator(BOOTSTRAP, (*REGRESSION, "quantiles"), ("blocks", "quantiles")),
    "dispersion_change": Estimator(BOOTSTRAP, FIELDS, ("fields", "dispersion")),
    "dispersion_ratio": Estimator(BOOTSTRAP, FIELDS, ("fields", "dispersion")),
    "share": Estimator(("wilson",), ("beleidsveld", "threshold"), ("threshold",)),
    "mean_change": Estimator(("nonrobust",), ("beleidsveld", "threshold", "transform"), ("threshold",)),
    "location_scale": Estimator(CLUSTER, (*REGRESSION, *FIELDS, "treated", "effects"), ("blocks",)),
    "rif": Estimator(BOOTSTRAP, (*REGRESSION, *FIELDS, "measures"), ("blocks", "measures")),
    "event_study": Estimator(
        CLUSTER,
        ("beleidsveld", "controls", "transform", "dose", "reference_year", "effects", "sample.years"),
        ("dose", "reference_year"),
    ),
    "heterogeneous_adoption": Estimator(
        ("robust_bias_corrected",), ("beleidsveld", "transform", "dose", "windows"), ("dose",)
    ),
    "field_permutation": Estimator(("field_permutation",), (*FIELDS, "treated", "dispersion_measure"), ("fields",)),
    "period_coefficients": Estimator(BOOTSTRAP, (*REGRESSION, "windows"), ("blocks",)),
    "random_slope": Estimator(("likelihood",), (*REGRESSION, *FIELDS), ()),
    "common_factor": Estimator(BOOTSTRAP, ("fields",), ("fields",)),
    "hurdle": Estimator(CLUSTER, (*REGRESSION, "election_years", "sample.years"), ("blocks",)),
    "autocorrelation": Estimator(BOOTSTRAP, ("beleidsveld", "transform", "lags", "sample.years"), ("lags",)),
    "correlation": Estimator(BOOTSTRAP, ("beleidsveld", "blocks", "controls"), ("blocks",)),
    "dispersion_by_group": Estimator(BOOTSTRAP, ("beleidsveld", "groups"), ("groups",)),
    "inequality": Estimator(BOOTSTRAP, ("beleidsveld", "groups"), ("groups",)),
    "published_value": Estimator(("exact",), ("published", "reference_year"), ("published",)),
}
COVARIANCES_OF = {name: estimator.covariances for name, estimator in ESTIMATORS.items()}
