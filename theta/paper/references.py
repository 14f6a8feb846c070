"""References of the models and metrics: in the text, and in BibTeX (references.bib)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import resources

CITED = {
    "blei2003": "Blei, Ng & Jordan 2003",
    "roberts2016": "Roberts, Stewart & Airoldi 2016",
    "dieng2019": "Dieng, Ruiz & Blei 2019",
    "dieng2020": "Dieng, Ruiz & Blei 2020",
    "bianchi2021zeroshot": "Bianchi et al. 2021",
    "bianchi2021combined": "Bianchi, Terragni & Hovy 2021",
    "miao2017": "Miao, Grefenstette & Blunsom 2017",
    "miao2016": "Miao, Yu & Blunsom 2016",
    "srivastava2017": "Srivastava & Sutton 2017",
    "lee1999": "Lee & Seung 1999",
    "grootendorst2022": "Grootendorst 2022",
    "yan2013": "Yan et al. 2013",
    "teh2006": "Teh et al. 2006",
    "wu2024": "Wu et al. 2024",
    "roder2015": "Röder, Both & Hinneburg 2015",
}
"""How the text cites each entry of references.bib."""

OF_MODEL = {
    "lda": ("blei2003",),
    "stm": ("roberts2016",),
    "dtm": ("dieng2019",),
    "etm": ("dieng2020",),
    "ctm": ("bianchi2021zeroshot", "bianchi2021combined"),
    "gsm": ("miao2017",),
    "nvdm": ("miao2016",),
    "prodlda": ("srivastava2017",),
    "nmf": ("lee1999",),
    "bertopic": ("grootendorst2022",),
    "btm": ("yan2013",),
    "hdp": ("teh2006",),
    "fastopic": ("wu2024",),
}
"""Keys of the publications of each model that has one of its own."""

OF_METRIC = {"NPMI": ("roder2015",), "C_V": ("roder2015",), "UMass": ("roder2015",)}
"""Keys of the publications of metrics that are defined by one."""


def bibtex(keys: Iterable[str]) -> str:
    """Return the BibTeX entries of some references."""
    text = (resources.files("theta.paper") / "references.bib").read_text(encoding="utf-8")
    entries = {re.split(r"[{,]", entry, maxsplit=2)[1]: entry for entry in text.split("\n\n")}
    return "\n\n".join(entries[key].strip() for key in keys) + "\n"
