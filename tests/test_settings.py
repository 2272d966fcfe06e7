"""Settings: where they come from, and how a wrong one is refused."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from service import cores
from service.errors import ConfigError
from service.settings import ROOT, SECTIONS, load_settings


def write(folder: Path, text: str) -> Path:
    file = folder / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_file_sets_a_key(tmp_path: Path) -> None:
    """A key of the file is taken over, the others keep their defaults."""
    settings = load_settings(write(tmp_path, "[server]\nport = 5005\n"), {})
    assert (settings.server.port, settings.server.host) == (5005, "127.0.0.1")


def test_the_environment_wins(tmp_path: Path) -> None:
    """HEALTH_<SECTION>_<KEY> wins over the file, in the key's type."""
    variables = {"HEALTH_SERVER_PORT": "5001", "HEALTH_JOBS_KEEP_SECONDS": "1.5"}
    settings = load_settings(write(tmp_path, "[server]\nport = 5005\n"), variables)
    assert (settings.server.port, settings.jobs.keep_seconds) == (5001, 1.5)


def test_an_earlier_name_of_a_key_is_read(tmp_path: Path) -> None:
    """The table's file was named `csv`; the environment wins, whichever name it has."""
    file = write(tmp_path, "[dataset]\ncsv = 'a.csv'\n")
    assert load_settings(file, {}).dataset.source == "a.csv"
    for variable in ("HEALTH_DATASET_CSV", "HEALTH_DATASET_SOURCE"):
        assert load_settings(file, {variable: "b.csv"}).dataset.source == "b.csv"


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("", ()),
        ("*", ("*",)),
        ("https://a.example, http://b.example:8080,", ("https://a.example", "http://b.example:8080")),
    ],
)
def test_a_list_in_the_environment_has_commas(tmp_path: Path, text: str, origins: tuple[str, ...]) -> None:
    """Empty is the empty list, which wins over the file's too."""
    file = write(tmp_path, "[server]\nallowed_origins = ['https://c.example']\n")
    settings = load_settings(file, {"HEALTH_SERVER_ALLOWED_ORIGINS": text})
    assert settings.server.allowed_origins == origins


def test_the_number_of_threads_has_a_variable_of_its_own(tmp_path: Path) -> None:
    """TP_NUM_OF_THREADS wins over everything else."""
    variables = {"TP_NUM_OF_THREADS": "7", "HEALTH_WORKERS_THREADS": "3"}
    assert load_settings(write(tmp_path, "[workers]\nthreads = 2\n"), variables).worker_threads == 7


def test_an_empty_number_of_threads_is_none(tmp_path: Path) -> None:
    """`TP_NUM_OF_THREADS=` leaves what the file says."""
    variables = {"TP_NUM_OF_THREADS": ""}
    assert load_settings(write(tmp_path, "[workers]\nthreads = 2\n"), variables).worker_threads == 2
    assert load_settings(write(tmp_path, ""), variables).worker_threads == cores.usable()


@pytest.mark.parametrize("service", ["HEALTH", "HEALTH_SERVER", "HEALTH_API"])
def test_variables_of_kubernetes_are_passed_over(tmp_path: Path, service: str) -> None:
    """Those that it makes of a Service named `health` or `health-…`, as a pod has them."""
    made = {
        "SERVICE_HOST": "10.0.0.1",
        "SERVICE_PORT": "80",
        "SERVICE_PORT_HTTP": "80",
        "PORT": "tcp://10.0.0.1:80",
        "PORT_80_TCP": "tcp://10.0.0.1:80",
        "PORT_80_TCP_PROTO": "tcp",
        "PORT_80_TCP_PORT": "80",
        "PORT_80_TCP_ADDR": "10.0.0.1",
    }
    variables = {f"{service}_{name}": value for name, value in made.items()}
    settings = load_settings(write(tmp_path, "[server]\nport = 5005\n"), variables)
    assert settings.server.port == 5005
    assert settings.passed_over == tuple(sorted(variables))


def test_zero_threads_means_one_for_each_core(tmp_path: Path) -> None:
    """Without a number there is at least one worker."""
    assert load_settings(write(tmp_path, ""), {}).worker_threads >= 1


def test_a_relative_path_starts_at_the_file(tmp_path: Path) -> None:
    """Paths do not depend on where the process is started."""
    assert load_settings(write(tmp_path, ""), {}).path("sql") == tmp_path / "sql"


@pytest.mark.parametrize(
    ("text", "variables", "message"),
    [
        ("[server]\nprot = 1\n", {}, "settings.toml: there is no key in [server] named 'prot'; did you mean 'port'?"),
        ("[sever]\nport = 1\n", {}, "settings.toml: there is no section named 'sever'; did you mean 'server'?"),
        ("server = 3\n", {}, "settings.toml: server is a section, not a key; write [server], and its keys below"),
        ("port = 1\n", {}, "settings.toml: there is no section named 'port'"),
        ("[server]\nport = '1'\n", {}, "server.port = '1' cannot be used (allowed: a whole number from 0 to 65535)"),
        ("[server]\nport = 70000\n", {}, "server.port = 70000 cannot be used"),
        ("[workers]\nmax_pending = 0\n", {}, "workers.max_pending = 0 cannot be used (allowed: a whole number from 1)"),
        ("[log]\nlevel = 'LOUD'\n", {}, "log.level = 'LOUD' cannot be used (allowed: DEBUG, ERROR, INFO, WARNING)"),
        (
            "[server]\nallowed_origins = ['https://a.example/']\n",
            {},
            "server.allowed_origins = ['https://a.example/'] cannot be used "
            "(allowed: a list; each of it a text such as https://a.example or *)",
        ),
        ("[server]\nallowed_origins = '*'\n", {}, "server.allowed_origins = '*' cannot be used (allowed: a list"),
        ("", {"HEALTH_SERVER_ALLOWED_ORIGINS": "a.example"}, "server.allowed_origins = ['a.example'] cannot be used"),
        ("", {"HEALTH_SERVER_ALLOWED_ORIGINS": "https://a.example:443"}, "cannot be used (allowed: a list"),
        ("", {"HEALTH_SERVER_ALLOWED_ORIGINS": "http://a.example:80"}, "cannot be used (allowed: a list"),
        ("", {"HEALTH_SERVER_ALLOWED_ORIGINS": "https://me@a.example"}, "cannot be used (allowed: a list"),
        ("[duckdb]\nmemory_limit = 'much'\n", {}, "allowed: a text such as 512MB or 2GB"),
        (
            "[dataset]\nseparator = ':'\n",
            {},
            'dataset.separator = \':\' cannot be used (allowed: "", ",", ";", tab, "|")',
        ),
        ("[dataset]\ndecimal = ' '\n", {}, 'dataset.decimal = \' \' cannot be used (allowed: "", ",", ".")'),
        ("[dataset]\ncompression = 'rar'\n", {}, '(allowed: "", bz2, gzip, none, xz, zip, zstd)'),
        (
            "",
            {"HEALTH_DATASET_ENCODING": "latin"},
            "dataset.encoding = 'latin' cannot be used (allowed: \"\", iso-8859-1,",
        ),
        ("[server\n", {}, "settings.toml: cannot be read as TOML"),
        ("", {"HEALTH_SERVER_PORT": "x"}, "environment variable HEALTH_SERVER_PORT: server.port = 'x' cannot be used"),
        ("", {"HEALTH_SERVER_PROT": "1"}, "environment variable HEALTH_SERVER_PROT: there is no key in [server]"),
        ("", {"HEALTH_NOPE": "1"}, "environment variable HEALTH_NOPE: there is no section named 'nope'"),
        ("", {"HEALTH_SERVICE_TIMEOUT": "1"}, "environment variable HEALTH_SERVICE_TIMEOUT: there is no section named"),
        ("", {"HEALTH_PORT": "80"}, "environment variable HEALTH_PORT: there is no section named 'port'"),
        ("", {"HEALTH_SERVER_PORT": "http://x:80"}, "HEALTH_SERVER_PORT: server.port = 'http://x:80' cannot be used"),
        ("", {"TP_NUM_OF_THREADS": "-1"}, "environment variable TP_NUM_OF_THREADS: workers.threads = '-1'"),
    ],
)
def test_a_wrong_setting_is_refused(tmp_path: Path, text: str, variables: dict[str, str], message: str) -> None:
    """The message names the place, the key, the value and what is allowed."""
    with pytest.raises(ConfigError, match=re.escape(message)):
        load_settings(write(tmp_path, text), variables)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file named with --config must be there."""
    with pytest.raises(ConfigError, match=r"nope\.toml: there is no such file"):
        load_settings(tmp_path / "nope.toml", {})


def test_the_file_in_the_project_has_every_key_with_its_default_and_a_comment() -> None:
    """config.toml shows all there is to set; what it shows is what holds without it."""
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    shown = tomllib.loads(text)
    defaults = {name: msgspec.json.decode(msgspec.json.encode(kind())) for name, kind in SECTIONS.items()}
    assert shown == defaults
    keys = [line for line in text.splitlines() if re.match(r"\w+ =", line)]
    assert all("#" in line for line in keys)
