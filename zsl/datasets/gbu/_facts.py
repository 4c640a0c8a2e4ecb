"""What is known of the proposed splits: counts, and fingerprints of copies of the index sets."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One data set. The counts of classes are None where no source at hand gives them."""

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
# and the Ugly", 2018, arXiv:1707.00600; all but those of FLO were compared with copies of the files. FLO is no part of
# that paper: its counts are those of the arrays in the file that is passed around with it.
PUBLISHED = {
    "AWA1": Published(
        images=30475,
        classes=50,
        attributes=85,
        train=19832,
        test_seen=4958,
        test_unseen=5685,
        unseen_classes=10,
        fingerprint="d442888bf57e55db6fb31051beee7542aebfedefbff6ffd781e24c767736d543",
    ),
    "AWA2": Published(
        images=37322,
        classes=50,
        attributes=85,
        train=23527,
        test_seen=5882,
        test_unseen=7913,
        unseen_classes=10,
        fingerprint="d1be38ecac331d23e9b7a19407e2bc958341ea08fdb72ae75a82db90a84514c7",
    ),
    "CUB": Published(
        images=11788,
        classes=200,
        attributes=312,
        train=7057,
        test_seen=1764,
        test_unseen=2967,
        unseen_classes=50,
        fingerprint="56a2a5f722a7540b5b3711d7504812765d6af121f22806994e12f5fb9673f1d4",
    ),
    "SUN": Published(
        images=14340,
        classes=717,
        attributes=102,
        train=10320,
        test_seen=2580,
        test_unseen=1440,
        unseen_classes=72,
        fingerprint="7bbdd2d0ace95d2c6fa91ad1ae2acdcf646dd8c319708f7528349ae5ac20e287",
    ),
    "APY": Published(
        images=15339,
        classes=32,
        attributes=64,
        train=5932,
        test_seen=1483,
        test_unseen=7924,
        unseen_classes=12,
        fingerprint="0706f7325985e27d271b06004f8785875b5aadf49c37c6a42d76eb74da56f5a5",
    ),
    "FLO": Published(
        images=8189,
        classes=102,
        attributes=1024,
        train=5631,
        test_seen=1403,
        test_unseen=1155,
        unseen_classes=None,
        named=False,
        in_archive=False,
    ),
}
