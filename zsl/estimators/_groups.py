"""Groups of parameters that estimators of several families share."""

from __future__ import annotations

from typing import Literal

from zsl.estimators._parameters import Auto, Device, Finite, Folds, NotNegative, Positive, Seed, Whole, parameters
from zsl.selection.scaling import FeatureScaling, Scaling


@parameters
class Scaled:
    """How features and semantics are scaled.

    Parameters
    ----------
    feature_scaling : {"whiten", "standard", "center", "none"}
        How samples are scaled. First they are brought to length 1 as seen from their mean, so that neither a constant
        added to a feature nor another unit of all features counts. Then "center" subtracts the mean once more;
        "standard" also divides by the standard deviations; "whiten" multiplies by the inverse root of the covariance
        within classes instead, shrunk half-way to a multiple of the identity. "none" leaves it at the length as seen
        from zero.
    semantic_scaling : {"center", "standard", "none"}
        The same for semantic vectors over the seen classes; rows are brought to length 1 afterwards.
    """

    feature_scaling: FeatureScaling = "center"
    semantic_scaling: Scaling = "center"


@parameters
class Selected:
    r"""What is chosen on held-out classes.

    Parameters
    ----------
    prior_strength : float
        How many support samples a semantic vector counts as, where a class has both; above 0.
    seen_bias : float or "auto"
        The bias :math:`\gamma` that calibrated stacking subtracts from the scores of seen classes, in units of the
        score. "auto" chooses it on held-out classes, by H.
    cv : int, splitter or None
        Folds of held-out seen classes that everything "auto" is chosen on: their number, or a splitter such as
        `ClassKFold`. With None or fewer than four seen classes nothing is chosen.

    Attributes
    ----------
    seen_bias_ : float
        :math:`\gamma`.
    temperature_ : float
        What `predict_proba` divides calibrated scores by, in units of the score, chosen by likelihood on held-out
        classes; 1 with a gate or if none were held out.
    selection_ : dict
        The choice on held-out classes: "params", the chosen values; "ausuc" and "harmonic_mean" there; "seen_bias";
        "alternatives", the best H with each value of each choice; "n_folds"; and "grid", one record per point.
    """

    prior_strength: Positive = 4.0
    seen_bias: Auto | Finite = "auto"
    cv: Folds = 5


@parameters
class Balance:
    """How the preference for seen classes is corrected.

    Parameters
    ----------
    balance : {"stacking", "gate"}
        How the preference for seen classes is corrected: the bias, or a gate that mixes one expert for seen classes
        with one for unseen ones, see `zsl.selection.gate.Gate`. The gate needs held-out classes, too.
    """

    balance: Literal["stacking", "gate"] = "stacking"


@parameters
class Shown:
    """Whether progress is shown.

    Parameters
    ----------
    verbose : bool
        Whether a terminal or notebook shows progress when fitting takes over two seconds.
    """

    verbose: bool = True


@parameters
class Run(Shown):
    """Where and how to train.

    Parameters
    ----------
    device : str
        Where to train: "cpu", "cuda" and so on; "auto" takes a GPU if there is one. Prediction is on the CPU.
    random_state : int, RandomState or None
        An integer makes fits reproducible on a CPU, bit for bit with the same number of threads.
    """

    device: Device = "auto"
    random_state: Seed = None


@parameters
class Steps(Run):
    """The length of training.

    Parameters
    ----------
    n_steps : int
        Training steps; the maximum if `early_stopping` is on.
    batch_size : int
        Samples per step.
    learning_rate : float
        Initial learning rate of AdamW, decayed by a half cosine.
    weight_decay : float
        Weight decay of AdamW.
    early_stopping : bool
        Whether the number of steps is chosen on held-out classes.
    """

    n_steps: Whole = 300
    batch_size: Whole = 256
    learning_rate: Positive = 0.001
    weight_decay: NotNegative = 0.0001
    early_stopping: bool = True
