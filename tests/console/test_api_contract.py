"""The API keeps to its own OpenAPI description, whatever schemathesis sends."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.console.conftest import Serve

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPEN = ("/healthz", "/readyz", "/api/v1/sign-in", "/api/v1/sign-out")
OPERATIONS = {
    "GET /metrics",
    "GET /healthz",
    "GET /readyz",
    "GET /api/v1/verbatims/{record_id}",
    "GET /api/v1/signals",
    "GET /api/v1/scores",
    "GET /api/v1/dead-letters",
    "GET /api/v1/access-log",
    "POST /api/v1/store/backup",
    "POST /api/sql",
    "GET /api/v1/alerts",
    "GET /api/v1/alerts/stream",
    "GET /api/v1/alerts/{alert_id}",
    "POST /api/v1/alerts/{alert_id}/{action}",
    "GET /api/v1/promises",
    "GET /api/v1/promises/{brand}/{promise_id}",
    "GET /api/v1/promises/{brand}/{promise_id}/verbatims",
    "GET /api/v1/journey",
    "GET /api/v1/who",
    "POST /api/v1/sign-in",
    "POST /api/v1/sign-out",
    "GET /api/v1/pipeline",
    "GET /api/v1/tables",
    "GET /api/v1/export/{what}.{file_format}",
    "GET /api/v1/themes",
    "GET /api/v1/themes/{theme_id}",
    "GET /api/v1/themes/scopes",
    "GET /api/v1/themes/{theme_id}/verbatims",
    "POST /api/v1/themes/{theme_id}/{action}",
}
BOUNDED = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
)


@pytest.mark.parametrize("mode", GenerationMode)
def test_the_api_answers_as_it_is_described(serve: Serve, mode: GenerationMode):
    served = serve(sql={"seconds": 2}, ready=True)
    schema = schemathesis.openapi.from_url(f"{served.address}/api/v1/openapi.json")
    operations = [result.ok() for result in schema.get_all_operations()]
    assert {operation.label for operation in operations} == OPERATIONS
    for operation in operations:
        if operation.label == "GET /api/v1/alerts/stream":
            continue  # its answer has no end
        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
            continue  # it takes nothing that could be wrong

        @BOUNDED
        @given(case=operation.as_strategy(generation_mode=mode))
        def answers_as_described(case: Case) -> None:
            case.call_and_validate(checks=CHECKS)

        answers_as_described()


def test_every_operation_says_who_may_ask(serve: Serve):
    described = serve().get("/api/v1/openapi.json").json()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            secured = "security" in operation and "401" in operation["responses"]
            assert secured == (path not in OPEN), f"{method} {path}"
