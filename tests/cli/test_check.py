"""`run.py new` and `check`: what an author is told of a file."""

from __future__ import annotations

from tests.cli.conftest import Shell


def test_a_new_file_passes_its_check(author: Shell) -> None:
    """What `new` writes is a statistic."""
    assert author.run("new", "mine").code == 0
    done = author.run("check")
    assert (done.code, done.errors) == (0, "")
    assert done.output.splitlines()[1].endswith("\tgood")


def test_check_tells_what_is_no_file_of_a_statistic(author: Shell) -> None:
    """A file that is not there is named as it was typed, and only a .sql file is one."""
    (author.folder / "notes.txt").write_text("-- Notes.\nselect 1 as one", encoding="utf-8")
    done = author.run("check", "nope.sql", str(author.folder / "notes.txt"))
    assert done.code == 1
    missing, text = (line.split("\t")[-1] for line in done.output.splitlines()[1:])
    assert missing == "nope.sql:1: cannot be read: No such file or directory"
    assert text.endswith("/notes.txt:1: is not a .sql file; the name of a statistic's file ends in .sql")


def test_check_tells_an_example_without_rows(author: Shell) -> None:
    """The exit code tells whoever writes the file, since the example shows nothing."""
    empty = author.folder / "sql" / "empty.sql"
    text = '-- Empty.\n-- $from_year integer: year\n-- example: {"from_year": 2100}\n'
    empty.write_text(f"{text}select YearStart from health where YearStart > $from_year", encoding="utf-8")
    done = author.run("check", str(empty))
    empty.unlink()
    assert (done.code, "sql/empty.sql:3: example: gives no rows" in done.output) == (1, True)


def test_check_tells_faults(author: Shell) -> None:
    """A fault has its line, the other files their result, and the exit code is 1."""
    broken = author.folder / "sql" / "broken.sql"
    broken.write_text("-- Broken.\nselec 1", encoding="utf-8")
    done = author.run("check", str(broken))
    broken.unlink()
    assert done.code == 1
    assert "sql/broken.sql:2: Parser Error" in done.output
