"""What was measured on the test images of a split."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from zsl.evaluation.metrics import SeenUnseenCurve, harmonic_mean


@dataclass(frozen=True, eq=False, repr=False)
class GZSLResult:
    """Accuracies of generalized zero-shot learning on one split.

    Accuracies are averaged over classes. T1 is that of unseen images among the unseen classes; S and U are those of
    seen and of unseen images among all classes of the split, with the seen-class bias that the estimator chose.

    Parameters
    ----------
    t1_by_class : mapping of label to float
        Accuracy of each unseen class among the unseen classes.
    seen_by_class : mapping of label to float
        Accuracy of each seen class among all classes.
    unseen_by_class : mapping of label to float
        Accuracy of each unseen class among all classes.
    curve : SeenUnseenCurve
        S and U for all values of the seen-class bias.
    predict_seconds : float
        Time to predict all test images once among all classes.
    fit_seconds : float or None, default=None
        Time to fit, None if the estimator was fitted elsewhere.
    seen_bias : float or None, default=None
        The seen-class bias that the estimator chose, None if it has none.
    hubness : float or None, default=None
        Skewness of how often each class is predicted for unseen images, among all classes: large if few classes draw
        most of them (see `zsl.evaluation.hubness`).
    name : str, default=""
        Name of the data set.
    """

    t1_by_class: Mapping[Any, float]
    seen_by_class: Mapping[Any, float]
    unseen_by_class: Mapping[Any, float]
    curve: SeenUnseenCurve
    predict_seconds: float
    fit_seconds: float | None = None
    seen_bias: float | None = None
    hubness: float | None = None
    name: str = ""

    @property
    def t1(self) -> float:
        """Accuracy of unseen images among the unseen classes."""
        return _mean(self.t1_by_class)

    @property
    def seen(self) -> float:
        """S: accuracy of seen images among all classes."""
        return _mean(self.seen_by_class)

    @property
    def unseen(self) -> float:
        """U: accuracy of unseen images among all classes."""
        return _mean(self.unseen_by_class)

    @property
    def harmonic_mean(self) -> float:
        """H of S and U."""
        return harmonic_mean(self.seen, self.unseen)

    @property
    def ausuc(self) -> float:
        """Area under the seen-unseen curve; it doesn't depend on the seen-class bias."""
        return self.curve.ausuc

    @property
    def best_harmonic_mean(self) -> float:
        """H with the bias that suits the test labels best: an upper line for H, and no measurement.

        It belongs to a single bias for all classes. An estimator that treats classes apart may come out above it.
        """
        return self.curve.best()[-1]

    def to_dict(self) -> dict[str, str | int | float | None]:
        """Put what was measured into one flat record, to become a line of a table or of a JSON file.

        Returns
        -------
        dict of str to scalar
            Name, numbers of classes, accuracies, bias and seconds; None for what isn't known.
        """
        return {
            "name": self.name,
            "n_seen_classes": len(self.seen_by_class),
            "n_unseen_classes": len(self.unseen_by_class),
            "t1": self.t1,
            "seen": self.seen,
            "unseen": self.unseen,
            "harmonic_mean": self.harmonic_mean,
            "ausuc": self.ausuc,
            "best_harmonic_mean": self.best_harmonic_mean,
            "hubness": self.hubness,
            "seen_bias": self.seen_bias,
            "fit_seconds": self.fit_seconds,
            "predict_seconds": self.predict_seconds,
        }

    def to_frame(self) -> pd.DataFrame:
        """Put the accuracies of the single classes into a table.

        Returns
        -------
        DataFrame
            One row a class, seen ones first. Columns: ``seen``, whether the class is; ``accuracy`` among all classes;
            ``t1``, the accuracy among the unseen classes, NaN for a seen class.
        """
        labels = [*self.seen_by_class, *self.unseen_by_class]
        return pd.DataFrame(
            {
                "seen": [label in self.seen_by_class for label in labels],
                "accuracy": [*self.seen_by_class.values(), *self.unseen_by_class.values()],
                "t1": [self.t1_by_class.get(label, np.nan) for label in labels],
            },
            index=pd.Index(labels, name="class"),
        )

    def __str__(self) -> str:
        n_seen, n_unseen = len(self.seen_by_class), len(self.unseen_by_class)
        bias = "no seen-class bias" if self.seen_bias is None else f"seen-class bias {self.seen_bias:.4g}"
        hubs = (
            []
            if self.hubness is None
            else [f"  hubness {self.hubness:.2f}  skewness of how often a class is predicted"]
        )
        fit = "" if self.fit_seconds is None else f"fitted in {self.fit_seconds:.3g} s, "
        return "\n".join(
            [
                f"{self.name or 'GZSL'}: {n_seen} seen and {n_unseen} unseen classes, accuracies averaged over classes",
                f"  T1     {self.t1:.3f}  unseen images among unseen classes; by chance {1 / n_unseen:.3f}",
                f"  S      {self.seen:.3f}  seen images among all classes",
                f"  U      {self.unseen:.3f}  unseen images among all classes",
                f"  H      {self.harmonic_mean:.3f}  harmonic mean of S and U, {bias}",
                f"  AUSUC  {self.ausuc:.3f}  area under the seen-unseen curve, any bias",
                *hubs,
                f"  H is {self.best_harmonic_mean:.3f} with the bias that suits the test labels best: an upper line",
                f"  {fit}predicted in {self.predict_seconds:.3g} s",
            ]
        )

    def __repr__(self) -> str:
        return (
            f"GZSLResult({self.name!r}: T1 {self.t1:.3f}, S {self.seen:.3f}, U {self.unseen:.3f}, "
            f"H {self.harmonic_mean:.3f}, AUSUC {self.ausuc:.3f})"
        )


def _mean(accuracies: Mapping[Any, float]) -> float:
    return float(np.mean(list(accuracies.values())))
