"""The service behind a real proxy, below /health/: the page in a browser, and the addresses that programs get."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser, expect
from yarl import URL

from tests.browser import Visit, browser, page_settings, visiting
from tests.client import Client
from tests.conftest import serving
from tests.nginx import free_port, proxying

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session", scope="session", params=["strips", "keeps"])
async def proxied(
    request: pytest.FixtureRequest, small_csv: Path, page_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Client]:
    """A client whose requests go through nginx; `base` is the public address."""
    port = free_port()
    public_url = f"http://127.0.0.1:{port}/health/"
    settings = page_settings(
        page_folder, dataset_csv=small_csv, workers_threads=2, jobs_journal="", server_public_url=public_url
    )
    folder = tmp_path_factory.mktemp("nginx")
    async with serving(settings, timed=False) as inner:
        with proxying(folder, port, inner.base, keeps=request.param == "keeps"):
            async with ClientSession() as session:
                yield Client(session, public_url.rstrip("/"), inner.service)


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, proxied: Client) -> AsyncIterator[Visit]:
    async with visiting(browser, proxied.base, viewport={"width": 1280, "height": 900}) as visit:
        yield visit


async def test_the_page_works_from_view_to_view(visit: Visit) -> None:
    """Its picture, its table, its links and the way back; nothing is asked outside the prefix."""
    await visit.open("?view=trend&question=Q036&place=OH")
    await expect(visit.page.locator("main svg, main canvas").first).to_be_visible()
    await visit.page.locator("#views a").nth(1).click()
    await visit.ready()
    assert urlsplit(visit.page.url).path == "/health/"
    await visit.page.go_back()
    await visit.ready()
    assert "view=trend" in visit.page.url


async def test_the_form_of_any_statistic_has_its_choices(visit: Visit) -> None:
    """Those of a value and of a list are fetched below the prefix, and the form asks."""
    await visit.open("?view=any&statistic=compare_states")
    await visit.page.get_by_label("Question *").select_option("Q036")
    await visit.page.get_by_label("Add one").select_option("UT")
    await visit.page.get_by_role("button", name="Ask", exact=True).click()
    await expect(visit.page.locator("tbody tr").first).to_be_visible()


async def test_a_snippet_of_the_page_can_be_pasted(visit: Visit, proxied: Client) -> None:
    """Its address gives the CSV through the proxy."""
    await visit.open("?view=trend&question=Q036&place=OH")
    await visit.opened("Ask from curl")
    text = await visit.page.locator(".snippet code").first.inner_text()
    address = text.removeprefix("curl -s '").removesuffix("'")
    assert address.startswith(f"{proxied.base}/api/")
    async with proxied.session.get(address) as response:
        assert (response.status, response.content_type) == (200, "text/csv")


async def test_the_docs_try_a_request(visit: Visit) -> None:
    """Swagger UI loads, and asks below the prefix."""
    await visit.page.goto(f"{visit.base}/docs#/means/get_global_mean")
    operation = visit.page.locator("#operations-means-get_global_mean")
    await operation.locator(
        "tr[data-param-name='question'] input, tr[data-param-name='question'] select"
    ).first.wait_for()
    async with visit.page.expect_response(lambda response: "/api/global_mean" in response.url) as reply:
        await operation.locator("button.execute").click()
    assert (await reply.value).url.startswith(f"{visit.base}/api/global_mean")


async def test_without_its_last_slash_the_address_leads_to_the_page(proxied: Client) -> None:
    """And the view that it names is kept."""
    async with proxied.session.get(f"{proxied.base}?view=trend") as response:
        assert (response.status, str(response.url)) == (200, f"{proxied.base}/?view=trend")


async def test_a_job_is_followed_by_its_location(proxied: Client) -> None:
    """It is absolute, and leads to the job through the proxy."""
    reply = await proxied.post(f"{proxied.base}/api/best5", {"question": "Q036"})
    assert reply.status == 202
    assert reply.headers["Location"].startswith(f"{proxied.base}/api/status/")
    assert (await proxied.get(reply.headers["Location"])).body["job_id"] == reply.body["job_id"]


async def test_pages_link_to_each_other(proxied: Client) -> None:
    """Link and `page` name absolute addresses, which give the next rows."""
    reply = await proxied.get(f"{proxied.base}/api/total_by_state?question=Q036&limit=7")
    following = reply.body["page"]["next"]
    assert following.startswith(f"{proxied.base}/api/total_by_state?")
    assert f'<{following}>; rel="next"' in reply.headers["Link"]
    assert len((await proxied.get(following)).body["data"]) == 7


async def test_a_parameter_says_where_its_values_are(proxied: Client) -> None:
    """By an address that gives them through the proxy, in the catalog and in an error."""
    described = (await proxied.get(f"{proxied.base}/api/statistics/compare_states")).body["data"]["parameters"]
    refused = (await proxied.get(f"{proxied.base}/api/best5")).body
    for parameter in (described[0], described[1]["items"], refused):
        assert parameter["allowed_at"] == f"{proxied.base}/api/choices/{parameter['column']}"
        assert len((await proxied.get(parameter["allowed_at"])).body["data"]) == parameter["values"]


async def test_a_column_with_a_slash_in_its_name_has_choices(proxied: Client) -> None:
    """Also where the proxy decodes it."""
    async with proxied.session.get(URL(f"{proxied.base}/api/choices/Race%2FEthnicity", encoded=True)) as response:
        assert response.status == 200


async def test_openapi_names_the_public_address(proxied: Client) -> None:
    """As its one server, so that generated clients ask there."""
    document = (await proxied.get(f"{proxied.base}/api/openapi.json")).body
    assert document["servers"] == [{"url": proxied.base}]


async def test_the_shown_proxy_denies_what_acts_on_the_process(proxied: Client) -> None:
    """A shutdown or a reload does not reach the service."""
    assert (await proxied.get(f"{proxied.base}/api/graceful_shutdown")).status == 403
    assert (await proxied.post(f"{proxied.base}/api/reload")).status == 403
