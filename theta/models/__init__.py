"""Topic models, one file each, and MODELS, the table of all models."""

from __future__ import annotations

from theta.models.base import TopicModel
from theta.models.bertopic import Bertopic
from theta.models.btm import Btm
from theta.models.ctm import Ctm
from theta.models.dtm import Dtm
from theta.models.etm import Etm
from theta.models.fastopic import Fastopic
from theta.models.gsm import Gsm
from theta.models.hdp import Hdp
from theta.models.kmeans import KMeansTopics
from theta.models.lda import Lda
from theta.models.nmf import Nmf
from theta.models.nvdm import Nvdm
from theta.models.prodlda import ProdLda
from theta.models.stm import Stm
from theta.models.theta import Theta

MODELS: dict[str, type[TopicModel]] = {
    model.name: model
    for model in (
        Theta,
        Lda,
        Hdp,
        Nmf,
        Btm,
        Stm,
        Nvdm,
        Gsm,
        ProdLda,
        Etm,
        Dtm,
        Ctm,
        Bertopic,
        Fastopic,
        KMeansTopics,
    )
}
"""Every model by the name that is typed after ``--models``."""

REFERENCE_MODEL = Theta.name
"""The main model; the others are baselines."""
