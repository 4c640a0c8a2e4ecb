"""Known facts about the proposed splits: counts, and fingerprints of copies of the index sets."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One data set. A count is None where no source at hand gives it."""

    images: int
    classes: int
    attributes: int
    train: int
    test_seen: int
    test_unseen: int
    unseen_classes: int | None
    fingerprint: str | None = None
    """SHA-256 of the three sorted index sets, in a copy that was written in autumn 2019."""
    named: bool = True
    """Whether the file names the classes."""
    in_archive: bool = True
    """Whether the archive of the publication holds it."""


# Y. Xian, C. H. Lampert, B. Schiele and Z. Akata, "Zero-Shot Learning: A Comprehensive Evaluation of the Good, the Bad
# and the Ugly", 2018, arXiv:1707.00600; compared with copies of the files. FLO is no part of that paper: its counts
# are those of the arrays in the file in circulation.
PUBLISHED = {
    # images, classes, attributes, images of the three index sets, unseen classes, fingerprint
    "AWA1": Published(
        30475, 50, 85, 19832, 4958, 5685, 10, "d442888bf57e55db6fb31051beee7542aebfedefbff6ffd781e24c767736d543"
    ),
    "AWA2": Published(
        37322, 50, 85, 23527, 5882, 7913, 10, "d1be38ecac331d23e9b7a19407e2bc958341ea08fdb72ae75a82db90a84514c7"
    ),
    "CUB": Published(
        11788, 200, 312, 7057, 1764, 2967, 50, "56a2a5f722a7540b5b3711d7504812765d6af121f22806994e12f5fb9673f1d4"
    ),
    "SUN": Published(
        14340, 717, 102, 10320, 2580, 1440, 72, "7bbdd2d0ace95d2c6fa91ad1ae2acdcf646dd8c319708f7528349ae5ac20e287"
    ),
    "APY": Published(
        15339, 32, 64, 5932, 1483, 7924, 12, "0706f7325985e27d271b06004f8785875b5aadf49c37c6a42d76eb74da56f5a5"
    ),
    "FLO": Published(8189, 102, 1024, 5631, 1403, 1155, None, named=False, in_archive=False),
}
