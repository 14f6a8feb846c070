"""The labels and sentences in Chinese, by subject."""

from theta.i18n.chinese.findings import FLAGS, HEALTH
from theta.i18n.chinese.labels import PAGE, SHARED
from theta.i18n.chinese.metrics import METRICS
from theta.i18n.chinese.sentences import CAPTIONS, CODING, NAMES, SEARCH, TOPIC_COUNT

LABELS = {**SHARED, **PAGE}

SENTENCES = {
    **METRICS,
    **CAPTIONS,
    **TOPIC_COUNT,
    **CODING,
    **HEALTH,
    **NAMES,
    **FLAGS,
    **SEARCH,
}
"""Translations of messages, by their English templates; a missing one stays in English."""
