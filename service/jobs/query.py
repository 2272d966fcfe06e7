"""A query: a statistic with the arguments to bind, for one edition of the table. Parsed once, and passed on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.answers.answer import Answer, make_answer, make_provenance
from service.encoding import encode
from service.engine.protocol import Engine
from service.engine.result import Result
from service.jobs.asked_questions import covered, questions_of
from service.jobs.years import years_of
from service.statistics.parameters import parse_arguments
from service.statistics.statistic import Statistic


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """`key` is the same for the same SQL, arguments and dataset, and for nothing else."""

    engine: Engine
    statistic: Statistic
    arguments: Mapping[str, Any]
    key: str

    @property
    def fits(self) -> str:
        """The table and the SQL that it is for."""
        return fit(self.engine, self.statistic)

    def answer(self, result: Result) -> Answer:
        """Raises NotFound when the result has no rows."""
        statistic, facts = self.statistic, self.engine.facts
        questions = questions_of(statistic, self.arguments)
        provenance = make_provenance(
            facts,
            statistic=statistic.name,
            arguments=self.arguments,
            unit=statistic.unit,
            sql=statistic.hash,
            title=statistic.title,
            method=statistic.summary,
            chart=statistic.chart,
            methods=statistic.methods,
            years=years_of(facts, questions, self.arguments, result),
            wordings=covered(facts.wordings, questions, self.arguments, result),
            usual_range=facts.usual_ranges.get(next(iter(questions))) if len(questions) == 1 else None,
        )
        return make_answer(self.key, provenance, statistic.returns, statistic.shape, result)


def fit(engine: Engine, statistic: Statistic) -> str:
    """A table and the SQL of a statistic, by which replicas know what they can run."""
    return f"{engine.facts.version}:{statistic.hash}"


def make_query(engine: Engine, statistic: Statistic, given: Mapping[str, Any]) -> Query:
    """The query of arguments as a caller gave them, as JSON's types; raises BadRequest, naming the parameter."""
    arguments = parse_arguments(statistic.parameters, given)
    text = encode([statistic.name, statistic.hash, engine.facts.version, arguments])
    key = hashlib.blake2b(text, digest_size=16).hexdigest()
    return Query(engine=engine, statistic=statistic, arguments=arguments, key=key)
