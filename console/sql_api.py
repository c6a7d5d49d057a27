"""The SQL door by HTTP."""

import orjson
from fastapi import APIRouter, Response

from console.answers import SqlAnswer, SqlQuestion
from console.doors import Operator, PartsHere, noted
from console.faults import documented
from sinks.access_log import Action

router = APIRouter(prefix="/api", responses=documented(400, 401, 403, 413, 415, 421, 422, 503))


@router.post("/sql", response_model=SqlAnswer)
def sql(question: SqlQuestion, parts: PartsHere, caller: Operator) -> Response:
    """Answer one SELECT from a copy of the store. It reaches nothing else: no file, no network, no change.

    For operators, since it reaches all tables: the bytes of dead letters, which are not redacted, and the access log.
    """
    noted(parts, caller, Action.SQL, question.sql)
    answer = parts.sql.answer(question.sql, rows=question.limit)
    table = answer.table
    found = {"columns": table.columns, "rows": table.rows, "more": table.more, "as_of": answer.as_of}
    return Response(orjson.dumps(found), media_type="application/json")
