"""Stage 6: pages made from the results of all other stages.

Needs   results of stages 3 to 5, data/processed/{panel,units}.parquet, data/processed/exclusions.json
Makes   by `snakemake fiches`: results/fiches/{nis}.html and .pdf, results/fiches/index.html
"""

# Pages of the default target.
PAGES = []
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
