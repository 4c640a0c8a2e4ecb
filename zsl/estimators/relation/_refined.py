"""Represented classes after unlabelled samples were shared out among them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from zsl._typing import FloatArray, LabelArray
from zsl.classes.registry import ClassRegistry
from zsl.estimators.relation._unlabeled import Refinement
from zsl.exceptions import InvalidInputError


def refined_rows(
    refinement: Refinement,
    unlabeled: FloatArray,
    represented: FloatArray,
    classes: ClassRegistry,
    *,
    log_prior: FloatArray | None,
    estimate_prior: bool,
    distractor: bool,
) -> FloatArray:
    """Refine the unseen classes: semantics count as the chosen number of samples, support samples as one each."""
    return refinement.refined(
        unlabeled,
        represented,
        ~classes.seen,
        counts=classes.counts,
        described=classes.described,
        log_prior=log_prior,
        estimate_prior=estimate_prior,
        stranger_score=refinement.stranger_score if distractor else None,
    )


def log_prior_of(class_prior: Any, labels: LabelArray) -> FloatArray | None:
    """Logarithms of the shares of some classes; None for an even prior."""
    if not isinstance(class_prior, Mapping):
        return None
    missing = [label for label in labels.tolist() if label not in class_prior]
    if missing:
        raise InvalidInputError(
            f"class_prior has no share for {missing[:5]}; wanted one for each class predicted among."
        )
    shares = np.array([float(class_prior[label]) for label in labels.tolist()])
    found: FloatArray = np.log(shares / shares.sum())
    return found
