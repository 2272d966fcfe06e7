"""The examples in ops/: they are valid, agree with each other and with the service, and nginx's works."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml  # type: ignore[import-untyped]

from service.api.routes import HEALTH
from service.settings import ROOT, Settings, load_settings
from tests.nginx import free_port, running
from tests.process import Start
from tests.waiting import LIMIT, wait_until

OPS = ROOT / "ops"
DOCKERFILE = (OPS / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((OPS / "compose.yml").read_text(encoding="utf-8"))
MANIFESTS = {each["kind"]: each for each in yaml.safe_load_all((OPS / "kubernetes.yml").read_text(encoding="utf-8"))}
POD = MANIFESTS["Deployment"]["spec"]["template"]["spec"]
[CONTAINER] = POD["containers"]
REPLICA = COMPOSE["services"]["replica1"]
NGINX_FILE = (OPS / "nginx-replicas.conf").read_text(encoding="utf-8")
OLDEST = "1.30"
"""Of Kubernetes, that knows `sleep` in preStop without a switch."""
SECRET = "postgresql://user:password@host/name"


def of_image() -> dict[str, str]:
    return dict(re.findall(r"(HEALTH_\w+)=(\S+)", DOCKERFILE))


def of_pod() -> dict[str, str]:
    return {each["name"]: each.get("value", SECRET) for each in CONTAINER["env"]}


ENVIRONMENTS: Mapping[str, dict[str, str]] = {
    "compose": REPLICA["environment"],
    "kubernetes": of_pod(),
}


def settings_of(name: str) -> Settings:
    """What the service reads there."""
    return load_settings(ROOT / "config.toml", of_image() | ENVIRONMENTS[name])


@pytest.mark.parametrize("version", [OLDEST, kubernetes_validate.latest_version()])
@pytest.mark.parametrize("kind", MANIFESTS)
def test_a_manifest_is_valid(kind: str, version: str) -> None:
    """By Kubernetes's own schemas, in which no unknown key is allowed."""
    kubernetes_validate.validate(MANIFESTS[kind], version, strict=True)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_variable_is_a_setting(name: str) -> None:
    """With a value that is allowed; else the service would not start. Jobs are shared, and all hear of it."""
    settings = settings_of(name)
    assert settings.jobs.store == "postgresql"
    assert settings.server.host == "0.0.0.0"
    assert not settings.passed_over


@pytest.mark.parametrize(
    ("name", "seconds", "before"),
    [
        ("compose", float(REPLICA["stop_grace_period"].removesuffix("s")), 0),
        (
            "kubernetes",
            POD["terminationGracePeriodSeconds"],
            CONTAINER["lifecycle"]["preStop"]["sleep"]["seconds"],
        ),
    ],
)
def test_a_replica_has_time_to_finish(name: str, seconds: float, before: float) -> None:
    """The longest job, with what comes before and after it."""
    settings = settings_of(name)
    assert seconds > before + settings.jobs.time_limit + settings.server.linger


def test_ports_and_probes_are_the_services() -> None:
    """Each probe asks for a route on a port where it is."""
    server = settings_of("kubernetes").server
    assert {each["name"]: each["containerPort"] for each in CONTAINER["ports"]} == {
        "http": server.port,
        "metrics": server.metrics_port,
    }
    probes = [CONTAINER[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")]
    assert {probe["path"] for probe in probes} <= {route.path for route in HEALTH}
    assert {probe["port"] for probe in probes} == {"metrics"}


def test_manifests_mean_the_same_pods() -> None:
    """Those of the deployment; and Kubernetes makes no variables in them."""
    deployment = MANIFESTS["Deployment"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert MANIFESTS["Service"]["spec"]["selector"] == labels
    for kind in ("Deployment", "PodDisruptionBudget"):
        assert MANIFESTS[kind]["spec"]["selector"]["matchLabels"] == labels
    assert MANIFESTS["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    assert POD["enableServiceLinks"] is False


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_what_it_writes_is_on_a_volume(name: str) -> None:
    """The image itself may be read-only; its user is that of the pod."""
    mounted = {
        "compose": [re.sub(r"^.*:(?=/)|:ro$", "", volume) for volume in REPLICA["volumes"]],
        "kubernetes": [mount["mountPath"] for mount in CONTAINER["volumeMounts"]],
    }
    settings = settings_of(name)
    assert {settings.server.var, settings.results.folder} <= set(mounted[name])
    assert f"USER {POD['securityContext']['runAsUser']}" in DOCKERFILE


def test_the_image_is_made_of_what_is_there() -> None:
    """Each thing that is copied is in the project, and is not kept from the build."""
    sent = (OPS / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    for copied in re.findall(r"^COPY (.*) \S+$", DOCKERFILE, re.M):
        for name in copied.split():
            assert (ROOT / name).exists()
            assert any(Path(name).match(line.removeprefix("!")) for line in sent if line.startswith("!")), name


@pytest.mark.long
def test_the_image_needs_nothing_else(small_csv: Path, tmp_path: Path) -> None:
    """What is copied into it answers, and nothing is written beside the volumes."""
    image = tmp_path / "image"
    image.mkdir()
    for name in [name for copied in re.findall(r"^COPY (.*) \S+$", DOCKERFILE, re.M) for name in copied.split()]:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, image / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, image)
    before = set(image.rglob("*"))
    folders = {"HEALTH_SERVER_VAR": tmp_path / "var", "HEALTH_RESULTS_FOLDER": tmp_path / "results"}
    given = {**folders, "HEALTH_DATASET_SOURCE": small_csv, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "run.py", "ask", "best5", "--question", "Q036"]
    outside = {name: value for name, value in os.environ.items() if not name.startswith("HEALTH_")}
    environment = outside | {name: str(value) for name, value in given.items()}
    asked = subprocess.run(command, cwd=image, env=environment, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr
    assert set(image.rglob("*")) == before


def test_the_services_of_compose_know_each_other() -> None:
    """What one depends on, and each volume that has a name, is declared; nginx passes requests to the replicas."""
    services = COMPOSE["services"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= services.keys()
        names = [volume.split(":")[0] for volume in service["volumes"] if ":" in volume]
        assert {name for name in names if re.fullmatch(r"\w+", name)} <= COMPOSE["volumes"].keys()
    replicas = re.findall(r"server (\w+):5000", NGINX_FILE)
    assert replicas == [name for name, service in services.items() if "build" in service]


@contextmanager
def nginx(folder: Path, replicas: Mapping[str, str]) -> Iterator[str]:
    """The address of a real nginx with the shown file, where each replica's name stands for a host and port."""
    port, text = free_port(), NGINX_FILE
    for name, host in replicas.items():
        text = text.replace(f"{name}:5000", host)
    with running(folder, port, text.replace("listen 8080", f"listen 127.0.0.1:{port}")):
        yield f"http://127.0.0.1:{port}"


def status_of(url: str, body: object = None) -> int:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=LIMIT) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_nginx_asks_the_replica_that_is_there(start: Start, tmp_path: Path) -> None:
    """While the other one has gone; what only its own machine may do is refused to everybody."""
    service = start()
    service.ready()
    (tmp_path / "nginx").mkdir()
    replicas = {"replica1": f"127.0.0.1:{free_port()}", "replica2": service.url.removeprefix("http://")}
    with nginx(tmp_path / "nginx", replicas) as url:
        assert {status_of(f"{url}/api/fast") for _ in range(10)} == {200}
        assert {status_of(f"{url}/api/fast", {}) for _ in range(10)} == {202}
        assert {status_of(f"{url}/{path}") for path in ("metrics", "api/reload", "api/graceful_shutdown")} == {403}


def test_nginx_passes_over_a_replica_that_is_shutting_down(start: Start, tmp_path: Path) -> None:
    """While that one finishes a job, what it does not take any more is answered by the other one."""
    replicas = {}
    for name in ("replica1", "replica2"):
        own = {"jobs_journal": tmp_path / f"{name}.sqlite3", "results_folder": tmp_path / name}
        replicas[name] = start(**own, log_folder=tmp_path / "log")
        replicas[name].ready()
    leaving = replicas["replica1"]
    leaving.ask("POST", "/api/slow", {"millions": 1_000_000})
    leaving.send(signal.SIGTERM)
    wait_until(lambda: leaving.ask("GET", "/readyz")[0] == 503)
    assert leaving.ask("GET", "/api/fast?fresh=true")[0] == 503
    (tmp_path / "nginx").mkdir()
    hosts = {name: replica.url.removeprefix("http://") for name, replica in replicas.items()}
    with nginx(tmp_path / "nginx", hosts) as url:
        assert {status_of(f"{url}/api/fast?fresh=true") for _ in range(10)} == {200}
