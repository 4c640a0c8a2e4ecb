"""Rows at even distances."""

from numpy.testing import assert_array_equal

from zsl.functional.linear.spread import evenly_spread


def test_distances_are_even_and_all_rows_come_where_there_are_few():
    assert_array_equal(evenly_spread(10, 5), [0, 2, 4, 6, 8])
    assert_array_equal(evenly_spread(3, 5), [0, 1, 2])
    assert_array_equal(evenly_spread(0, 5), [])
