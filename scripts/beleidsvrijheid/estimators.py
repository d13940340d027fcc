"""The estimators and the kinds of covariance that go with each: one list for the schema and the jobs."""

COVARIANCES_OF = {
    "ols": ("nonrobust", "HC0", "HC1", "HC2", "HC3", "cluster"),
    "panel_ols": ("cluster", "nonrobust"),
    "quantile": ("municipality_bootstrap",),
    "dispersion_change": ("municipality_bootstrap",),
    "dispersion_ratio": ("municipality_bootstrap",),
    "share": ("wilson",),
}
