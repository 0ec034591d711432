"""What can go wrong between a hub and here, each in one line that says what mends it."""

from __future__ import annotations

from lncprom.errors import InputError
from lncprom.hub.cache import Request

# The HTTP library below huggingface_hub is another from version to version; the names of its exceptions stayed.
_NEVER_REACHED = {"ConnectError", "ConnectTimeout", "ProxyError", "UnsupportedProtocol", "OfflineModeIsEnabled"}
_TRANSPORT = "TransportError"
_PASSING_STATUS = {408, 425, 429}


class NotAnswered(InputError):
    """The hub was reached but is busy or broken: nobody's mistake here, and worth another try.

    The exit code, that of a connection that was reset, is among those that conf/base.config retries.
    """

    exit_code = 104


def status(fault: Exception) -> int | None:
    """HTTP status of the answer, where there was one."""
    return getattr(getattr(fault, "response", None), "status_code", None)


def passes(fault: Exception) -> bool:
    """Is it worth trying again: no answer, one that was cut short, or the server's own trouble?"""
    number = status(fault)
    if number is not None:
        return number in _PASSING_STATUS or number >= 500
    return _TRANSPORT in _kinds(fault) or "Consistency check failed" in str(fault)


def wait_asked_for(fault: Exception) -> float:
    """Seconds that the server asked to be left alone, at most a minute."""
    headers = getattr(getattr(fault, "response", None), "headers", {})
    asked = str(headers.get("Retry-After", "")).strip()
    return min(60.0, float(asked)) if asked.isdigit() else 0.0


def explained(fault: Exception, request: Request, name: str | None, tries: int) -> InputError | None:
    """The one line about a fault; None where it is not the hub's, so a fault of this program.

    Parameters
    ----------
    name
        The file that was asked for; None: the list of files.
    tries
        How often it was asked for.
    """
    kinds, number = _kinds(fault), status(fault)
    where = request.named if name is None else f"{request.named}, {name}"
    site = (request.endpoint or "https://huggingface.co").rstrip("/")
    token = "the token in HF_TOKEN" if _has_token(fault) else "HF_TOKEN (none is set)"
    told = None
    if number is None and kinds & _NEVER_REACHED:
        sought = f"not in {request.cache}, and " if request.cache else ""
        told = f"{sought}{site} is out of reach ({reason(fault)}); {request.mend}"
    elif passes(fault):
        kept = "; what has arrived is kept" if name else ""
        return NotAnswered(f"{where}: no whole answer from {site} in {tries} tries ({reason(fault)}){kept}; run again")
    elif "GatedRepoError" in kinds:
        told = (
            f"gated ({number}); accept its terms at {site}/{request.checkpoint} and put a token of that account "
            f"into HF_TOKEN"
        )
    elif "RevisionNotFoundError" in kinds:
        told = f"{site} has the model, but no such revision; --revision main tells its newest commit"
    elif "RepositoryNotFoundError" in kinds or (name is None and number in (401, 404)):
        told = f"{site} has no such model or keeps it private ({number}); check owner/name, and {token}"
    elif number in (401, 403):
        told = f"{site} refuses it ({number}); check {token}"
    elif number == 404:
        told = "listed, but not there (404); is the endpoint a mirror that lacks it?"
    elif number is not None:
        told = f"{site} answers with {number} ({reason(fault)}); check --endpoint"
    elif name is None and isinstance(fault, (ValueError, TypeError, KeyError)):
        told = f"{site} answers, but not as a hub of models does; check --endpoint, or is it a proxy's log-in page?"
    return told and InputError(f"{where}: {told}")


def _has_token(fault: Exception) -> bool:
    request = getattr(getattr(fault, "response", None), "request", None)
    return "authorization" in getattr(request, "headers", {})


def _kinds(fault: Exception) -> set[str]:
    return {kind.__name__ for kind in type(fault).__mro__}


def reason(fault: Exception) -> str:
    """The first line of what an exception says."""
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(fault).__name__
