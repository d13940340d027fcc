"""Fuzzy-set qualitative comparative analysis (Ragin 2008, 10.7208/chicago/9780226702797.001.0001; Duşa 2019,
10.1007/978-3-319-75668-4): which combinations of conditions are sufficient, which single ones necessary.
"""

from beleidsvrijheid.qca.analysis import QcaAnalysis, analyse_configurations
from beleidsvrijheid.qca.calibration import calibrate
from beleidsvrijheid.qca.minimise import minimal_covers, prime_implicants
from beleidsvrijheid.qca.set_relations import necessity, sufficiency
from beleidsvrijheid.qca.solutions import solve
from beleidsvrijheid.qca.truth_table import TruthTable, truth_table

__all__ = [
    "QcaAnalysis",
    "TruthTable",
    "analyse_configurations",
    "calibrate",
    "minimal_covers",
    "necessity",
    "prime_implicants",
    "solve",
    "sufficiency",
    "truth_table",
]
