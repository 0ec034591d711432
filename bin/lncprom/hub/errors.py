"""What can go wrong between a hub and here, each in one line of fact and remedy."""

from __future__ import annotations

from lncprom.errors import InputError
from lncprom.hub.cache import Request

# The HTTP library below huggingface_hub changes between versions; the names of its exceptions stayed the same.
_NEVER_REACHED = {"ConnectError", "ConnectTimeout", "ProxyError", "UnsupportedProtocol", "OfflineModeIsEnabled"}
_PASSING = {"TransportError", "Restarted", "RecursionError"}  # RecursionError: a connection cut some 1,000 times
_PASSING_STATUS = {408, 425, 429}


class NotAnswered(InputError):
    """The hub was reached but is busy or broken: not the user's mistake, and worth another try.

    The exit code, that of a connection that was reset, is among those that conf/base.config retries.
    """

    exit_code = 104


class Restarted(Exception):
    """A download began from its first byte again and again."""


def original(fault: Exception) -> Exception:
    """The fault that made huggingface_hub look into its cache, rather than that the cache lacks a file."""
    return fault.__cause__ if "LocalEntryNotFoundError" in _kinds(fault) and fault.__cause__ else fault


def passes(fault: Exception) -> bool:
    """Whether it is worth trying again: no answer, an incomplete one, or trouble of the server."""
    if number := _answer(fault, "status_code"):
        return number in _PASSING_STATUS or number >= 500
    return bool(_PASSING & _kinds(fault)) or "Consistency check failed" in str(fault)


def wait_asked_for(fault: Exception) -> float:
    """Seconds that the server asks to wait, at most a minute."""
    asked = str((_answer(fault, "headers") or {}).get("Retry-After", "")).strip()
    return min(60.0, float(asked)) if asked.isdigit() else 0.0


def explained(fault: Exception, request: Request, what: str, tries: int) -> InputError | None:
    """The line about a fault; None if it is not the hub's, so a fault of this program.

    Parameters
    ----------
    what
        The files that were asked for, or `list of files`.
    tries
        How often they were asked for.
    """
    kinds, number = _kinds(fault), _answer(fault, "status_code")
    listing = what == "list of files"
    where = request.named if listing else f"{request.named}, {what}"
    site = (request.endpoint or "https://huggingface.co").rstrip("/")
    sent = getattr(_answer(fault, "request"), "headers", {})
    token = "the token in HF_TOKEN" if "authorization" in sent else "HF_TOKEN (none is set)"
    line = None
    if number is None and kinds & _NEVER_REACHED:
        cache = f"not in {request.cache}, and " if request.cache else ""
        line = f"{cache}{site} cannot be reached ({reason(fault)}). {request.remedy}"
    elif passes(fault):
        kept = "" if listing else " Complete files are kept."
        return NotAnswered(
            f"{where}: no complete answer from {site} in {tries} tries ({reason(fault)}). Run again.{kept}"
        )
    elif "GatedRepoError" in kinds:
        line = (
            f"gated ({number}). Accept its terms at {site}/{request.checkpoint} and put a token of that account "
            "into HF_TOKEN."
        )
    elif "RevisionNotFoundError" in kinds:
        line = f"{site} has the model, but no such revision. Give a commit, or main for the newest."
    elif "RepositoryNotFoundError" in kinds or (listing and number in (401, 404)):
        line = f"{site} has no such model, or it is private ({number}). Check owner/name, and {token}."
    elif number in (401, 403):
        line = f"{site} refuses it ({number}). Check {token}."
    elif number == 404:
        line = "listed, but not there (404). Check whether the endpoint is a mirror that lacks it."
    elif number is not None:
        line = f"{site} answers with {number} ({reason(fault)}). Check --endpoint."
    elif "FileMetadataError" in kinds or (listing and isinstance(fault, (ValueError, TypeError, KeyError))):
        line = f"{site} answers, but not as a hub of models does. Check --endpoint, and whether a proxy wants a log-in."
    return line and InputError(f"{where}: {line}")


def _answer(fault: Exception, part: str) -> object:
    """A part of the server's answer, None where there was none."""
    return getattr(getattr(fault, "response", None), part, None)


def _kinds(fault: Exception) -> set[str]:
    return {kind.__name__ for kind in type(fault).__mro__}


def reason(fault: Exception) -> str:
    """The first line of what an exception says."""
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(fault).__name__
