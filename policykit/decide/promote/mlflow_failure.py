"""What went wrong between us and an MLflow server, in sentences of our own: nothing that the server wrote is repeated.

MLflow puts addresses and whole answers into its messages; an answer may hold anything, so only numbers are taken from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_SILENT: Final = "the MLflow server does not answer"
_STRANGE: Final = "it did not answer as MLflow does"
_RUNS: Final = "check that the server runs, that it answers within 20 seconds, and that you may write there"
_ADDRESS: Final = "check the address, and that what answers there is MLflow"
_WHO: Final = (
    "set `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`, or `MLFLOW_TRACKING_TOKEN`, to what is right there"
)
_MAY: Final = "ask whoever runs it for the right to write this model there"

_STATUS: Final = re.compile(r"API request to endpoint \S+ failed with error code (\d{3}) ")
_TOO_MANY: Final = re.compile(r"too many (\d{3}) error responses")
_FILES: Final = re.compile(r"The following failures occurred while downloading")
_FILE_STATUS: Final = re.compile(r"\b(\d{3}) (?:Client|Server) Error: |too many (\d{3}) error responses")

_REFUSED: Final[Mapping[int, str]] = {
    400: "it takes what was asked for a mistake",
    401: "it does not take whoever asks for somebody it knows",
    403: "whoever asks may not do that there",
    404: "it knows nothing of what was asked",
    409: "somebody else changed it at the same time",
    413: "what was sent is too large for it",
    429: "it is asked too often",
}


def failure(error: BaseException) -> tuple[str, str]:
    """Return what went wrong, and how to mend it."""
    for each in _chain(error):
        found = _one(each)
        if found is not None:
            return found
    return _STRANGE, _ADDRESS


def _one(error: BaseException) -> tuple[str, str] | None:
    """Return what one link of the chain tells; None where it tells nothing of its own."""
    from mlflow.exceptions import MlflowException, RestException
    from requests import exceptions as web

    match error:
        case RestException():
            return _said_no(error)
        case MlflowException():
            return _written(str(error))
        case web.HTTPError() if error.response is not None:
            return _refused(error.response.status_code)
        case web.RetryError():
            found = _TOO_MANY.search(str(error))
            return _refused(int(found[1])) if found else (_SILENT, _RUNS)
        case web.SSLError():
            return "the certificate of the MLflow server is not accepted", "name the authority in `REQUESTS_CA_BUNDLE`"
        case web.ConnectionError() | web.Timeout():
            return _SILENT, _RUNS
        case web.RequestException():
            return _STRANGE, _ADDRESS
        case OSError():
            why = (error.strerror or "it failed without a word").lower()
            return f"a file could not be read or written here: {why}", "free some space, or mend the disk"
        case _:
            return None


def _said_no(error: Any) -> tuple[str, str]:
    """Return what a refusal means that MLflow itself wrote; one that only looks like it was written by something before it."""
    if not isinstance(error.json, dict) or error.json.get("error_code") != error.error_code:
        return _STRANGE, _ADDRESS
    return _refused(error.get_http_status_code())


def _written(text: str) -> tuple[str, str] | None:
    """Return what MLflow's own message begins with; the answer that it quotes further on is left where it is."""
    found = _STATUS.match(text)
    if found:
        return _refused(int(found[1]))
    if _FILES.match(text):
        status = _FILE_STATUS.search(text)
        why = _refused(int(status[1] or status[2])) if status else ("not every file could be fetched", _RUNS)
        return why
    return None


def _refused(status: int) -> tuple[str, str]:
    why = _REFUSED.get(status, "something failed there" if status >= 500 else "it does not say why in words of MLflow")
    hint = {401: _WHO, 403: _MAY, 404: _ADDRESS}.get(status, _RUNS)
    return f"the MLflow server refused ({status}): {why}", hint


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and what led to it; MLflow does not always say the one from the other."""
    for _ in range(10):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__
