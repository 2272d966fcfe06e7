"""Fetching from behind a proxy, with certificates of one's own, and with an app token."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme

from service.dataset.download import Access, FetchError
from tests.dataset.proxy import proxying
from tests.dataset.table_server import TABLE, Reply, Run, serving


class Authority(NamedTuple):
    """A certificate authority that only this test knows: its file, and a server's side of TLS."""

    file: Path
    server: ssl.SSLContext


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = trustme.CA()
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    made.cert_pem.write_to_path(str(file))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.issue_cert("127.0.0.1").configure_cert(server)
    return Authority(file, server)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_http_goes_through_the_proxy(run: Run, monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str) -> None:
    """Upper and lower case, with and without a scheme; the proxy is asked for the whole address."""
    with serving(Reply()) as server, proxying() as proxy:
        monkeypatch.setenv(variable, f"{scheme}{proxy.address}")
        run.fetch(server.url)
    assert proxy.asked == [f"GET {server.url}"]
    assert run.target.read_bytes() == TABLE


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
def test_https_goes_through_a_tunnel(
    run: Run, monkeypatch: pytest.MonkeyPatch, authority: Authority, variable: str
) -> None:
    """The proxy sees the host alone; a broken connection is resumed there too."""
    replies = (Reply(cut=300_000), Reply())
    with serving(*replies, tls=authority.server) as server, proxying() as proxy:
        monkeypatch.setenv(variable, f"http://{proxy.address}")
        run.fetch(server.url, Access(ca_bundle=authority.file))
    assert set(proxy.asked) == {f"CONNECT 127.0.0.1:{server.server_port}"}
    assert [request.get("Range") for request in server.asked] == [None, "bytes=300000-"]
    assert run.target.read_bytes() == TABLE


def test_no_proxy_holds_for_each_host(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A redirect from a host behind the proxy to one of NO_PROXY leaves the proxy."""
    with serving(Reply()) as near, proxying() as proxy:
        away = Reply(b"", 302, more=(("Location", near.url), ("Content-Length", "0")))
        with serving(away) as far:
            monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
            monkeypatch.setenv("NO_PROXY", f"127.0.0.1:{near.server_port}")
            run.fetch(far.url)
    assert proxy.asked == [f"GET {far.url}"]
    assert run.target.read_bytes() == TABLE


def test_the_proxy_may_speak_tls(run: Run, monkeypatch: pytest.MonkeyPatch, authority: Authority) -> None:
    """The same certificates are trusted there."""
    with serving(Reply()) as server, proxying(tls=authority.server) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"https://{proxy.address}")
        run.fetch(server.url, Access(ca_bundle=authority.file))
    assert proxy.asked == [f"GET {server.url}"]
    assert run.target.read_bytes() == TABLE


@pytest.mark.parametrize(
    ("variable", "value"),
    [("NO_PROXY", "127.0.0.1"), ("no_proxy", "127.0.0.1"), ("NO_PROXY", "example.org,127.0.0.1"), ("NO_PROXY", "*")],
)
def test_no_proxy_goes_straight(run: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """A host of NO_PROXY is reached without the proxy."""
    with serving(Reply()) as server, proxying() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
        monkeypatch.setenv(variable, value)
        run.fetch(server.url)
    assert (proxy.asked, len(server.asked)) == ([], 1)


@pytest.mark.parametrize("tls", [False, True])
def test_the_proxy_gets_name_and_password(
    run: Run, monkeypatch: pytest.MonkeyPatch, authority: Authority, *, tls: bool
) -> None:
    """From its address, for both kinds; the table's server does not get them, and nothing prints them."""
    replies = (Reply(b"busy", 503), Reply())
    with serving(*replies, tls=authority.server if tls else None) as server, proxying("me:p@ss") as proxy:
        for variable in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(variable, f"http://me:p%40ss@{proxy.address}")
        run.fetch(server.url, Access(ca_bundle=authority.file))
    assert run.target.read_bytes() == TABLE
    assert all("Proxy-Authorization" not in request for request in server.asked)
    assert "ss@" not in run.printed.getvalue()


@pytest.mark.parametrize("tls", [False, True])
def test_a_proxy_that_wants_a_password_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, authority: Authority, *, tls: bool
) -> None:
    """The error says how to give it, repeats none, and comes at once."""
    with serving(Reply(), tls=authority.server if tls else None) as server, proxying("me:right") as proxy:
        for variable in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(variable, f"http://me:secret@{proxy.address}")
        with pytest.raises(FetchError, match=r"answers 407; set HTTPS_PROXY .* to http://NAME:PASSWORD@H") as error:
            run.fetch(server.url, Access(ca_bundle=authority.file))
    assert len(proxy.asked) == 1
    assert "secret" not in error.value.reason + run.printed.getvalue()


def test_a_proxy_that_opens_no_tunnel_is_named(run: Run, monkeypatch: pytest.MonkeyPatch, authority: Authority) -> None:
    """Its 403 is not the server's."""
    with serving(Reply(), tls=authority.server) as server, proxying("nobody", 403) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
        with pytest.raises(FetchError, match=r"the proxy answers 403; .*the host in NO_PROXY"):
            run.fetch(server.url)


def test_a_proxy_that_is_gone_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried again, and the error does not repeat its password."""
    with proxying() as proxy:
        address = proxy.address
    monkeypatch.setenv("HTTP_PROXY", f"http://me:secret@{address}")
    with pytest.raises(
        FetchError, match=r"no answer \(the proxy of HTTPS_PROXY or HTTP_PROXY cannot be reached\); gave up"
    ) as error:
        run.fetch("http://data.cdc.gov/rows.csv")
    assert "secret" not in error.value.reason + run.printed.getvalue()


@pytest.mark.parametrize("value", ["http://me:secret@[bad", "socks5://me:secret@127.0.0.1:1", "http://", "http://h:x"])
def test_what_is_no_proxy_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """With the name of the variable and how to write it, but not with what it holds."""
    monkeypatch.setenv("HTTP_PROXY", value)
    with pytest.raises(FetchError, match="HTTP_PROXY or ALL_PROXY is no address of a proxy that can be used") as error:
        run.fetch("http://data.cdc.gov/rows.csv")
    assert "secret" not in error.value.reason


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificates_are_named_by_the_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch, authority: Authority, variable: str
) -> None:
    """By the variables that other programs read."""
    monkeypatch.setenv(variable, str(authority.file))
    with serving(Reply(), tls=authority.server) as server:
        run.fetch(server.url)
    assert run.target.read_bytes() == TABLE


def test_a_redirect_never_leaves_tls(run: Run, authority: Authority) -> None:
    """What comes without it may be anybody's; the other server is not even asked."""
    with serving(Reply()) as other:
        away = Reply(b"", 302, more=(("Location", other.url), ("Content-Length", "0")))
        with (
            serving(away, tls=authority.server) as server,
            pytest.raises(FetchError, match="it redirects from https to http:"),
        ):
            run.fetch(server.url, Access(ca_bundle=authority.file, timeout=2))
    assert other.asked == []
    assert run.target.read_bytes() == b"older"


def test_an_unknown_authority_is_final(run: Run, authority: Authority) -> None:
    """The error says how to name its certificate."""
    with (
        serving(Reply(), tls=authority.server) as server,
        pytest.raises(FetchError, match=r"TLS cannot be trusted; .*--ca-bundle"),
    ):
        run.fetch(server.url)
    assert "trying again" not in run.printed.getvalue()


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_named(
    run: Run, tmp_path_factory: pytest.TempPathFactory, text: str | None
) -> None:
    """Missing or no PEM: with the option and the file."""
    file = tmp_path_factory.mktemp("bundle") / "ca.pem"
    if text:
        file.write_text(text, encoding="ascii")
    with pytest.raises(FetchError, match=r"--ca-bundle: \S+ca.pem: cannot be read as certificates: .*name a PEM file"):
        run.fetch("https://127.0.0.1:1/rows.csv", Access(ca_bundle=file))


def test_the_token_goes_to_the_table_alone(run: Run) -> None:
    """As a header; another server that the table's redirects to does not get it, and nothing prints it."""
    with serving(Reply(b"busy", 503), Reply()) as other:
        away = Reply(b"", 302, more=(("Location", other.url), ("Content-Length", "0")))
        with serving(away) as server:
            run.fetch(server.url, Access(token="very-secret"))
    assert {request.get("X-App-Token") for request in server.asked} == {"very-secret"}
    assert {request.get("X-App-Token") for request in other.asked} == {None}
    assert "very-secret" not in run.printed.getvalue()
    assert run.target.read_bytes() == TABLE


@pytest.mark.parametrize("token", ["very-secret\r\nX: y", "very-secret\u2026"])
def test_a_token_that_no_header_can_hold_is_refused(run: Run, token: str) -> None:
    """Its variable is named, it is not."""
    with pytest.raises(FetchError, match="SOCRATA_APP_TOKEN has characters that no token has") as error:
        run.fetch("http://127.0.0.1:1/rows.csv", Access(token=token))
    assert "very-secret" not in error.value.reason


@pytest.mark.parametrize(("token", "advice"), [("very-secret", " and"), ("", ", or set")])
def test_a_refusal_names_the_token(run: Run, token: str, advice: str) -> None:
    """Whoever sent one is told to check it too, and whoever sent none that there is such a thing."""
    with (
        serving(Reply(b"no", 403)) as server,
        pytest.raises(FetchError, match=f"403 Forbidden; check the address{advice} SOCRATA_APP_TOKEN"),
    ):
        run.fetch(server.url, Access(token=token))
