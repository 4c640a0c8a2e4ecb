"""What visitors ask a library: short texts by intent, and a description of each intent."""

import pandas as pd

from zsl._resources import data_path


def read_intents() -> tuple[pd.DataFrame, dict[str, str]]:
    """Read 216 questions to a library, and what each of their 16 intents is about.

    They were written for this project; ``data/intents/README.md`` describes them. 24 of the sentences, labelled
    ``"stranger"``, have no such intent: a classifier should reject them.

    Returns
    -------
    sentences : DataFrame
        The columns text and intent, 12 rows per intent and 24 strangers.
    descriptions : dict of str to str
        A description per intent.

    Examples
    --------
    >>> from zsl.datasets import read_intents
    >>> sentences, descriptions = read_intents()
    >>> sentences.text[0], sentences.intent[0]
    ('Can I keep my novel for two more weeks?', 'renew loan')
    >>> descriptions["renew loan"]
    'keep borrowed items longer by extending their due date'
    """
    sentences = pd.read_csv(data_path("intents/sentences.csv"))
    table = pd.read_csv(data_path("intents/intents.csv"), index_col="intent")
    return sentences, dict(zip(table.index, table["description"], strict=True))
