"""What the address of a GET asks of a statistic, parsed once: the same addresses come again and again."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from aiohttp import web
from cachetools import LRUCache

from service.answers.filters import is_group
from service.answers.narrowing import Filters
from service.api.bracketed_names import without_brackets
from service.api.negotiation import split_suffix
from service.api.options import AskOptions, split_options
from service.jobs.query import Query
from service.runtime.editions import Edition
from service.statistics.parameter_types import ListType
from service.statistics.parameters import Parameter, read_arguments
from service.statistics.statistic import Statistic

MOST = 2000
LONGEST = 500
"""Characters of an address that is kept: together they bound the memory."""


class ParsedAddress(NamedTuple):
    query: Query
    suffix: str | None
    options: AskOptions
    filters: Filters


class ParsedAddresses:
    """Those of the edition that serves."""

    def __init__(self) -> None:
        self._edition: Edition | None = None
        self._known: LRUCache[str, ParsedAddress] = LRUCache(MOST)

    def get(self, request: web.Request, edition: Edition) -> ParsedAddress:
        """Raises BadRequest and NotFound, naming the parameter."""
        if edition is not self._edition:
            self._edition = edition
            self._known.clear()
        address = request.raw_path
        known: ParsedAddress | None = self._known.get(address)
        if known is not None and "Prefer" not in request.headers:
            return known
        parsed = _parse(request, edition)
        if len(address) <= LONGEST and "Prefer" not in request.headers:
            self._known[address] = parsed
        return parsed


def _parse(request: web.Request, edition: Edition) -> ParsedAddress:
    name, suffix = split_suffix(request.match_info["statistic"])
    statistic = edition.catalog.find(name)
    options, texts = split_options(request, AskOptions)
    parameters = statistic.parameters
    arguments, filters = _split(statistic, without_brackets(texts, partial(_is_list, parameters)))
    query = edition.query(statistic, read_arguments(parameters, arguments))
    return ParsedAddress(query=query, suffix=suffix, options=options, filters=filters)


def _split(statistic: Statistic, texts: Filters) -> tuple[Filters, Filters]:
    """The arguments, and the conditions on the answer's rows; an unknown name is taken for an argument."""
    columns = {column.name for column in statistic.columns}
    names = [name for name in texts if name not in statistic.parameters and (name in columns or is_group(name))]
    return {name: given for name, given in texts.items() if name not in names}, {name: texts[name] for name in names}


def _is_list(parameters: Mapping[str, Parameter], name: str) -> bool | None:
    return isinstance(parameters[name].type, ListType) if name in parameters else None
