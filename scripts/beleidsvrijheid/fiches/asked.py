"""What a fiche asks of the panel, section by section."""

from dataclasses import dataclass

CLUSTER, SIZE, ALL = "cluster", "size", "all"  # the groups that a municipality is placed in
BINARY = "0/1"  # unit of indicators that are so or not: a share says more than a place


@dataclass(frozen=True)
class Asked:
    """One line of a fiche.

    indicators: in order of preference; the first that the panel has. series: its yearly values, where these are called
    otherwise, as logarithms. variants: (indicator, beleidsveld) of other defensible measures of the same. yearly: an
    indicator whose values in the years of the post-period are the variants. before: the same measure before the reform.
    """

    indicators: tuple[str, ...]
    beleidsveld: str = ""
    series: str = ""
    variants: tuple[tuple[str, str], ...] = ()
    yearly: str = ""
    before: str = ""

    def named(self) -> set[str]:
        """Every indicator that it reads."""
        others = {self.series, self.yearly, self.before, *(indicator for indicator, _ in self.variants)}
        return {*self.indicators, *others} - {""}


def _of(*indicators: str) -> Asked:
    return Asked(indicators)


def _shift(indicator: str, before: str = "") -> Asked:
    """A measure of a whole portfolio: over the policy domains, with the other baskets as variants."""
    return Asked((indicator,), "domains", variants=((indicator, "all_stable"), (indicator, "reformed")), before=before)


SECTIONS: dict[str, tuple[Asked, ...]] = {
    "scale": (Asked(("population",), series="log_population"), _of("density")),
    "capacity": (
        _of("vte_per_1000"),
        _of("vte_growth_10y", "vte_growth_5y"),
        _of("staff_cost_per_inhabitant"),
        _of("staff_cost_per_vte"),
        _of("overhead_share"),
        _of("planning_studies"),
        _of("it_investment"),
        _of("autofinancing_margin"),
        _of("debt_per_inhabitant"),
        _of("apb_yield"),
    ),
    "planned": (_of("realisation_rate"), _of("staff_ambition"), _of("staff_realisation")),
    "politics": (
        _of("new_mayor"),
        _of("new_mayor_party"),
        _of("coalition_change"),
        _of("composition_changes"),
        _of("councillor_turnover"),
        _of("electoral_volatility", "electoral_volatility_flemish"),
        _of("fragmentation"),
    ),
    # U1 and U7 have no value per municipality; U8 is ambiguous and enters no verdict, so no fiche either.
    "freedom": (
        _shift("portfolio_shift", before="pre_portfolio_shift"),
        Asked(("own_change",), "reformed", variants=(("own_change", "leisure"),), before="pre_own_change"),
        Asked(("peer_deviation_post",), "reformed", yearly="peer_deviation", before="lagged_peer_deviation"),
        Asked(
            ("need_adjusted_deviation_post",),
            "reformed",
            yearly="need_adjusted_deviation",
            before="lagged_need_adjusted_deviation",
        ),
        _shift("aitchison_shift", before="pre_aitchison_shift"),
        _shift("plan_budget_moved"),
        Asked(("breadth",), "all_stable", variants=(("breadth", "reformed"),)),
        _of("recoding_flag"),
    ),
}
