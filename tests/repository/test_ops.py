"""What stands around the listener in ops/ fits together: files exist, versions are pinned, names agree."""

import re
import shutil
import subprocess
from pathlib import Path, PurePosixPath

import pytest
import yaml
from typer.testing import CliRunner

from gapwatch.cli import app
from gapwatch.settings import load_settings

ROOT = Path(__file__).parents[2]
OPS = ROOT / "ops"
COMPOSE = yaml.safe_load((OPS / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
DOCKERFILE = (OPS / "Dockerfile").read_text()


def _mounts(service: str) -> list[tuple[str, PurePosixPath]]:
    """(what is mounted, where) of a service's volumes."""
    pairs = [volume.split(":")[:2] for volume in SERVICES[service].get("volumes", [])]
    return [(source, PurePosixPath(target)) for source, target in pairs]


def _on_host(service: str, path: PurePosixPath) -> Path | None:
    """The file of this repository that a service sees at a path."""
    for source, target in _mounts(service):
        if source.startswith(".") and (path == target or target in path.parents):
            return (OPS / source / path.relative_to(target)).resolve()
    return None


@pytest.mark.parametrize("path", sorted(OPS.rglob("*.y*ml")), ids=lambda path: str(path.relative_to(OPS)))
def test_every_yaml_file_loads(path):
    assert yaml.safe_load(path.read_text())


def test_every_image_is_pinned_to_a_version():
    images = [service["image"] for service in SERVICES.values()] + re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(images) > len(SERVICES)
    assert [image for image in images if not re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+[\w.-]*", image)] == []


def test_the_broker_of_the_compose_file_is_the_version_the_tests_run():
    pom = (ROOT / "tests/kafka/pom.xml").read_text()
    tested = re.search(r"<artifactId>kafka_2\.13</artifactId>\s*<version>(.+?)</version>", pom)
    assert tested is not None
    assert SERVICES["kafka"]["image"] == SERVICES["topics"]["image"] == f"apache/kafka:{tested[1]}"


@pytest.mark.parametrize("service", SERVICES)
def test_everything_mounted_is_in_the_repository_or_a_named_volume(service):
    for source, _ in _mounts(service):
        assert (OPS / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_open_to_this_machine_only(service):
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[service].get("ports", []))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_waits_for_services_that_are_there(service):
    assert set(SERVICES[service].get("depends_on", [])) <= SERVICES.keys()


def test_the_listener_of_the_compose_file_has_settings_that_gapwatch_accepts():
    path = _on_host("gapwatch", PurePosixPath("/etc/gapwatch/gapwatch.yaml"))
    settings = load_settings(path)
    for catalogue in settings.catalogues:
        assert _on_host("gapwatch", PurePosixPath(catalogue)).is_file()
    assert (settings.http.host, settings.http.port) == ("0.0.0.0", 8601)
    topics = re.search(r"for topic in (.*?);", SERVICES["topics"]["command"][0])
    assert {source.topic for source in settings.sources} == set(topics[1].split())
    listeners = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert f"INSIDE://{settings.kafka.bootstrap_servers}" in listeners
    assert any(target in PurePosixPath(settings.store.path).parents for _, target in _mounts("gapwatch"))


def test_the_settings_path_of_the_image_is_where_the_compose_file_mounts_them():
    command = re.search(r'^CMD \["run", "--config", "(.+)"\]$', DOCKERFILE, re.MULTILINE)
    assert _on_host("gapwatch", PurePosixPath(command[1])).is_file()


def test_what_the_image_runs_are_commands_of_gapwatch():
    built = [line.split() for line in re.findall(r"^RUN gapwatch (.+)$", DOCKERFILE, re.MULTILINE)]
    for command in [*built, ["run"]]:
        assert CliRunner().invoke(app, [*command, "--help"]).exit_code == 0, command
    assert '"gapwatch"' in re.search(r"^ENTRYPOINT (.+)$", DOCKERFILE, re.MULTILINE)[1]


def test_the_image_is_built_without_torch_and_without_weights():
    assert not re.search(r"torch|minilm|\[train\]", DOCKERFILE)


def test_the_image_does_not_run_as_root():
    assert re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)[-1] == "10001:10001"


def test_the_image_holds_every_room_that_the_package_needs():
    packages = re.search(r"^packages = \[(.+)\]$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    rooms = re.findall(r'"(\w+)"', packages[1])
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {*rooms, "pyproject.toml", "constraints.txt", "README.md", "LICENSE"} == kept


def test_prometheus_scrapes_and_alerts_to_services_at_the_ports_they_publish():
    config = yaml.safe_load((OPS / "prometheus/prometheus.yml").read_text())
    groups = [*config["scrape_configs"], *config["alerting"]["alertmanagers"]]
    targets = {target for group in groups for static in group["static_configs"] for target in static["targets"]}
    published = {f"{name}:{port.split(':')[-1]}" for name, s in SERVICES.items() for port in s.get("ports", [])}
    assert {"gapwatch:8601", "alertmanager:9093"} <= targets
    assert targets - published == {"localhost:9090"}


def test_grafana_asks_the_prometheus_of_the_compose_file():
    sources = yaml.safe_load((OPS / "grafana/provisioning/datasources/prometheus.yaml").read_text())["datasources"]
    assert [source["url"] for source in sources] == ["http://prometheus:9090"]


def test_alertmanager_routes_to_receivers_that_are_there():
    config = yaml.safe_load((OPS / "alertmanager/alertmanager.yml").read_text())
    routed = {route["receiver"] for route in [config["route"], *config["route"].get("routes", [])]}
    assert routed <= {receiver["name"] for receiver in config["receivers"]}


def test_the_listener_and_prometheus_read_the_tokens_that_are_made_for_them():
    settings = load_settings(_on_host("gapwatch", PurePosixPath("/etc/gapwatch/gapwatch.yaml")))
    scraped = yaml.safe_load((OPS / "prometheus/prometheus.yml").read_text())["scrape_configs"][0]
    made = SERVICES["tokens"]["command"][0]
    for service, file in (
        ("gapwatch", settings.http.token_file),
        ("prometheus", scraped["authorization"]["credentials_file"]),
    ):
        [folder] = [target for source, target in _mounts(service) if source == "gapwatch-tokens"]
        assert PurePosixPath(file).parent == folder
        assert f"> {PurePosixPath(file).name}\n" in made


def test_promtool_accepts_the_prometheus_configuration(tmp_path: Path):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is missing: apt-get install --no-install-recommends prometheus")
    token = tmp_path / "token"  # promtool looks whether it is there; in the compose file another service makes it
    token.write_text("x" * 64)
    here = Path(shutil.copytree(OPS / "prometheus", tmp_path / "prometheus")) / "prometheus.yml"
    here.write_text(here.read_text().replace("/run/tokens/prometheus", str(token)))
    checked = subprocess.run(
        [promtool, "check", "config", "--lint=all", "--lint-fatal", str(here)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
