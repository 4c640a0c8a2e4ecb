"""Long work says where it is: by a bar in a terminal, and by log messages everywhere."""

import logging

import zsl
from zsl._progress import progress


def test_messages_of_the_logger_are_there_without_a_bar(caplog, capsys):
    with caplog.at_level(logging.INFO, logger="zsl"), progress("images", 5, initial=2) as bar:
        bar.update(3)
    assert [record.getMessage().split(" in ")[0] for record in caplog.records] == [
        "images: 3 of 5 to do",
        "images: done",
    ]
    assert capsys.readouterr() == ("", "")


def test_a_fit_is_logged(caplog):
    split = zsl.load_digits_zsl()
    with caplog.at_level(logging.INFO, logger="zsl"):
        zsl.ESZSLClassifier(semantics=split.semantics, cv=None).fit(split.X_train, split.y_train)
    assert "ESZSLClassifier: fitted on 7 of 10 known classes in" in caplog.text


def test_nobody_who_didn_t_ask_sees_a_message(capsys):
    logging.getLogger("zsl").warning("nothing is printed by a library")
    assert capsys.readouterr() == ("", "")
