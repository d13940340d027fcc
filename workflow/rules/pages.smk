"""Stage 6: pages made from the results of all other stages.

Needs   results of stages 3 to 5, data/processed/{panel,units}.parquet, data/processed/exclusions.json
Makes   results/report.html, results/explorer.html, and the library of its charts in data/processed;
        by `snakemake fiches`: results/fiches/{nis}.html and .pdf, results/fiches/index.html
"""

# Sources that a simulated merger in the explorer adds up, and the prices and shapes it needs.
EXPLORED = ("population", "population_by_age", "staff", "income", "cpi", "geometry", "gemeentefonds", "council_seats")
EXPLORED += ("election_results", "flemish_parliament_votes", STUDY.spending)
EXPLORED += tuple(f"bbc_{report}_by_account_investment" for report in ("accounts", "plans"))

# What of the configuration it shows or computes with: an edit elsewhere makes no other page.
SHOWN_SECTIONS = (
    "study",
    "data",
    "geography",
    "period",
    "sectors",
    "baskets",
    "deflator",
    "outliers",
    "blocks",
    "primary",
)
SHOWN_SECTIONS += ("specifications", "inference", "own_indicators")
ASSETS = ("explorer.html.j2", "explorer.css", "charts.js", "explorer.js", "merging.js", "model.js", "tables.js")


rule build_chart_library:
    input:
        code=code("build_chart_library.py"),
        lock=project("requirements.lock"),
    output:
        library="data/processed/chart_library.js",
    log:
        "results/logs/build_chart_library.log",
    conda:
        "../envs/analysis.yaml"
    message:
        "Bundle the library of charts"
    script:
        "../../scripts/build_chart_library.py"


rule make_explorer:
    input:
        panel=rules.build_panel.output.panel,
        exclusions=rules.build_panel.output.exclusions,
        tables=expand("data/processed/harmonised/{source}.parquet", source=[s for s in EXPLORED if s in STUDY.usable]),
        units=rules.parse_municipalities.output.units,
        codes=project("workflow/tables/policy_fields.csv"),
        fields=project("workflow/tables/stable_fields.csv"),
        catalogue=project("workflow/indicators.yaml"),
        ledger=project("workflow/claims.yaml"),
        estimates=results_of("estimates", config["specifications"]),
        fits=results_of("fits", config["specifications"]),
        claims=rules.record_claims.output.claims,
        assets=[project(f"workflow/report/explorer/{name}") for name in ASSETS],
        library=rules.build_chart_library.output.library,
        code=code("make_explorer.py"),
    output:
        explorer="results/explorer.html",
    log:
        "results/logs/make_explorer.log",
    conda:
        "../envs/analysis.yaml"
    params:
        config={section: config[section] for section in SHOWN_SECTIONS},
        settings={
            "categorical": SETTINGS["categorical"],
            "largest_sources": [name for name, source in SOURCES.items() if source.aggregate == "largest_part"],
            "refused": REFUSED,
        },
    message:
        "Make the page to look around in"
    script:
        "../../scripts/make_explorer.py"


CEILING = [name for name in [config["fiches"]["ceiling"]] if name is not None]


# One job for all municipalities: what they are is known only after the raw files are read, and their places among each other
# are worked out at once. The index is written last and is the output; the pages stand beside it, so that Snakemake, which
# deletes the outputs of a job that is stopped, keeps its hands off them.
rule make_fiches:
    input:
        panel=rules.build_panel.output.panel,
        exclusions=rules.build_panel.output.exclusions,
        units=rules.parse_municipalities.output.units,
        gaps=rules.record_data_gaps.output.gaps,
        estimates=results_of("estimates", CEILING),
        fits=results_of("fits", CEILING),
        catalogue=project("workflow/indicators.yaml"),
        sources=project("workflow/sources.yaml"),
        fields=project("workflow/tables/stable_fields.csv"),
        page=project("workflow/report/fiche.html.j2"),
        list=project("workflow/report/fiche_index.html.j2"),
        sheet=project("workflow/report/fiche.typ"),
        code=code("make_fiches.py"),
    output:
        index="results/fiches/index.html",
    log:
        "results/logs/make_fiches.log",
    conda:
        "../envs/analysis.yaml"
    params:
        settings=dict(
            fiches=config["fiches"],
            specifications={name: config["specifications"][name] for name in CEILING},
            refused={name: REFUSED[name] for name in CEILING if name in REFUSED},
            period=config["period"],
            vintage=config["geography"]["vintage"],
            base_year=config["deflator"]["base_year"],
            confidence=config["inference"]["confidence"],
            language=config["study"]["language"],
            title=config["study"]["title"],
            data_source=config["data"]["source"],
        ),
    message:
        "Make the fiches of all municipalities"
    script:
        "../../scripts/make_fiches.py"


rule fiches:
    input:
        index=rules.make_fiches.output.index,
    localrule: True
    message:
        "The fiches are complete: {input.index}"


rule write_report:
    input:
        results=[
            *(path for kind in PER_SPECIFICATION if kind != "samples" for path in results_of(kind, ESTIMABLE)),
            *(
                path
                for path in ANALYSED
                if Path(path).parts[1] in ("diagnostics", "multiplicity", "multiverse", "power")
            ),
            *(path for path in SHOWN if path.endswith((".html", ".svg"))),
            *expand("results/captions/{table}.table.rst", table=config["tables"]),
            *expand("results/captions/{figure}.figure.rst", figure=config["figures"]),
            rules.check_estimates.output,
            rules.record_claims.output,
            rules.record_deviations.output,
            rules.record_data_gaps.output.gaps,
            rules.record_configuration.output,
        ],
        catalogues=[project(f"workflow/{name}.yaml") for name in ("indicators", "sources", "constructs")],
        fields=project("workflow/tables/stable_fields.csv"),
        template=project("workflow/report/report.html.j2"),
        code=code("write_report.py"),
    output:
        report=report("results/report.html", caption="../report/narrative.rst", category="Report"),
    log:
        "results/logs/write_report.log",
    conda:
        "../envs/analysis.yaml"
    params:
        language=config["study"]["language"],
        own_indicators=config["own_indicators"],
    message:
        "Write the report"
    script:
        "../../scripts/write_report.py"


# Pages of the default target.
PAGES = [rules.write_report.output, rules.make_explorer.output]
