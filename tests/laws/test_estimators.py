"""The laws of `checks` for every classifier of the catalogue, its variants, and what only some of them obey."""

import checks
import pytest
from worlds import BARE, DESCRIBED, ON_IMAGES, SUPPORTED, TRAINED_AGAIN, WAYS, data

from zsl.estimators.catalog import BY_NAME

VECTORS = [*DESCRIBED, *BARE, *SUPPORTED, *TRAINED_AGAIN]
EPISODIC = [name for name in [*SUPPORTED, *ON_IMAGES] if "n_episodes" in WAYS[name]().get_params()]
CHOOSING = [name for name in [*DESCRIBED, *BARE] if hasattr(WAYS[name](), "seen_bias")]
ALL = [
    checks.check_permuting_classes_permutes_scores,
    checks.check_a_query_does_not_depend_on_its_neighbours,
    checks.check_scores_probabilities_and_labels_agree,
    checks.check_only_the_balance_of_sides_is_calibrated,
    checks.check_permuting_the_support_changes_nothing,
    checks.check_remaining_classes_score_as_before,
    checks.check_a_removed_class_comes_back_as_new,
    checks.check_the_same_seed_gives_the_same_model,
    checks.check_relabelling_classes_relabels_predictions,
    checks.check_pickles_and_clones,
    checks.check_a_saved_model_is_the_same_bit_for_bit,
    checks.check_a_loaded_model_goes_on,
    checks.check_an_unfitted_one_does_nothing,
    checks.check_an_encoder_that_is_not_needed_is_refused,
    checks.check_bad_samples_are_named_and_change_nothing,
    checks.check_failing_additions_change_nothing,
    checks.check_failing_fits_change_nothing,
]
NOT_TRAINED_AGAIN = [name for name in WAYS if name not in TRAINED_AGAIN]
LAWS = {
    **{law: list(WAYS) for law in ALL},
    checks.check_added_classes_go_without_a_trace: NOT_TRAINED_AGAIN,
    checks.check_classes_added_after_forgetting_are_the_only_ones: NOT_TRAINED_AGAIN,
    # Statistics of a batch are those of the samples that are embedded together.
    checks.check_support_in_parts_is_support_at_once: [
        name for name in WAYS if name != "RelationNetwork, transductive"
    ],
    checks.check_unseen_classes_have_no_part_in_training: NOT_TRAINED_AGAIN,
    checks.check_names_of_columns: VECTORS,
    checks.check_a_class_of_one_sample: VECTORS,
    checks.check_one_feature_is_enough: VECTORS,
    checks.check_samples_may_be_all_alike: VECTORS,
    checks.check_single_precision_gives_nearly_the_same: VECTORS,
    checks.check_few_classes_leave_nothing_to_choose_on: CHOOSING,
    checks.check_gradients_reach_every_parameter: EPISODIC,
}


LONG = [
    checks.check_a_loaded_model_goes_on,
    checks.check_names_of_columns,
    checks.check_one_feature_is_enough,
    checks.check_relabelling_classes_relabels_predictions,
    checks.check_samples_may_be_all_alike,
    checks.check_single_precision_gives_nearly_the_same,
    checks.check_unseen_classes_have_no_part_in_training,
]
"""Laws of several fits, which are slow for variants of what the catalogue has: they share what is tested."""


def marks(law, name):
    return [pytest.mark.slow] if law in LONG and name not in BY_NAME else []


@pytest.mark.parametrize(
    ("law", "name"),
    [pytest.param(law, name, marks=marks(law, name)) for law, names in LAWS.items() for name in names],
    ids=lambda value: value if isinstance(value, str) else value.__name__.removeprefix("check_"),
)
def test_law(law, name):
    law(WAYS[name], data(name))
