"""The nine statistics by Flask and pandas, as one would write them: a table indexed once, jobs in a pool of threads.

gunicorn loads it once and forks a process for each core, so a result is a file, which all of them find.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
from flask import Flask, Response, request

from bench.questions import DATA

RESULTS = Path(os.environ.get("RIVAL_RESULTS", "."))
WAIT = 0.1
"""Seconds that results wait for their job, as the service's do."""
GROUPS = ["LocationDesc", "StratificationCategory1", "Stratification1"]
COLUMNS = ["Question", "QuestionID", "LocationAbbr", "Data_Value", *GROUPS]


class Table:
    """The published values, by question, and by question and place."""

    def __init__(self, path: Path) -> None:
        read = pd.read_parquet if path.suffix == ".parquet" else pd.read_csv
        rows = read(path)[COLUMNS].astype({"Data_Value": float, **dict.fromkeys(GROUPS, "category")})
        asked = ["Question", "QuestionID"]
        self._names: dict[str | None, str] = dict(rows[asked[::-1]].drop_duplicates().itertuples(index=False))
        self._names |= dict(rows[["LocationAbbr", "LocationDesc"]].drop_duplicates().itertuples(index=False))
        self._of_all = dict(iter(rows.groupby("Question", observed=True)))
        self._of_a_state = dict(iter(rows.groupby(["Question", "LocationDesc"], observed=True)))
        better = pd.read_csv(DATA / "questions.csv").set_index("Question")["better"]
        self._lower_is_better = {question: better[question] == "lower" for question in self._of_all}

    def answer(self, statistic: str, question: str, state: str | None = None) -> Any:
        """What the statistic gives, in the service's shape."""
        question, state = self._names.get(question, question), self._names.get(state, state)
        rows = self._of_all[question]
        if state is None:
            return OF_ALL[statistic](rows, self._lower_is_better[question])
        of_state = self._of_a_state.get((question, state), rows.iloc[:0])
        return OF_A_STATE[statistic](state, of_state, rows)


def means(rows: pd.DataFrame, lowest_first: bool = True) -> pd.Series[float]:
    """Of each state, in order."""
    found = rows.groupby("LocationDesc", observed=True)["Data_Value"].mean()
    return found.sort_values(ascending=lowest_first, kind="stable")


def by_category(rows: pd.DataFrame, by: list[str]) -> dict[str, float]:
    """The mean of each group, by its names."""
    found = rows.groupby(by, observed=True)["Data_Value"].mean()
    return dict(zip(map(repr, found.index), found.tolist(), strict=True))


def mean(rows: pd.DataFrame) -> float:
    """Of all published values."""
    return float(rows["Data_Value"].mean())


OF_ALL: dict[str, Callable[[pd.DataFrame, bool], Any]] = {
    "states_mean": lambda rows, _: means(rows).to_dict(),
    "best5": lambda rows, lower: means(rows, lower).dropna().head(5).to_dict(),
    "worst5": lambda rows, lower: means(rows, not lower).dropna().head(5).to_dict(),
    "global_mean": lambda rows, _: {"global_mean": mean(rows)},
    "diff_from_mean": lambda rows, _: (mean(rows) - means(rows, lowest_first=False)).to_dict(),
    "mean_by_category": lambda rows, _: by_category(rows, GROUPS),
}
OF_A_STATE: dict[str, Callable[[str, pd.DataFrame, pd.DataFrame], Any]] = {
    "state_mean": lambda state, rows, _: {state: mean(rows)} if len(rows) else {},
    "state_diff_from_mean": lambda state, rows, all_: {state: mean(all_) - mean(rows)} if len(rows) else {},
    "state_mean_by_category": lambda state, rows, _: {state: by_category(rows, GROUPS[1:])} if len(rows) else {},
}

app = Flask(__name__)
table = Table(Path(os.environ["RIVAL_TABLE"]))
pool = ThreadPoolExecutor(1)
jobs: dict[int, Future[None]] = {}


def run(job: int, statistic: str, arguments: dict[str, str]) -> None:
    """Compute an answer and leave it for whoever asks."""
    body = msgspec.json.encode({"status": "done", "data": table.answer(statistic, **arguments)})
    part = RESULTS / f"{job}.part"
    part.write_bytes(body)
    part.rename(RESULTS / f"{job}.json")


@app.post("/api/<statistic>")
def start(statistic: str) -> Response:
    """Take a job."""
    job = secrets.randbits(60)
    jobs[job] = pool.submit(run, job, statistic, request.get_json())
    jobs[job].add_done_callback(lambda _: jobs.pop(job, None))
    body = msgspec.json.encode({"job_id": job, "status": "queued"})
    return Response(body, status=202, mimetype="application/json")


@app.get("/api/results/<int:job>")
def results(job: int) -> Response:
    """The answer, if it is there in time; the process that has the job waits for it."""
    if found := jobs.get(job):
        wait([found], WAIT)
    file = RESULTS / f"{job}.json"
    body = file.read_bytes() if file.exists() else b'{"status":"running"}'
    return Response(body, mimetype="application/json")
