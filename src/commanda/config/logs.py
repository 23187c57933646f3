"""Structured logs: one JSON object a line, without anything of a person. In debug mode readable lines, with everything.

What keeps people out (phones, names, addresses, tokens; law 09-08), each where it would come in:

- requests are named by the pattern of their address, without path, query and IP address (`RequestLog`);
- of an exception the log has its class, its place and what the database says of rules (`told`), not its words, which
  may quote a row or a person's input;
- of a library's line the template without what was put into it, and jobs without their arguments (`_library_line`).

The user's number and the request's stay: with them somebody with the right to the database finds the rest.
"""

import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any, Final

import structlog

Event = MutableMapping[str, Any]

OURS: Final = "commanda"
# `task[7](phone=…)`, and what a job returned.
ARGUMENTS: Final = re.compile(r"(?<=\])\(.*\)|(?<= - Result: ).*", re.DOTALL)
E_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
NUMBER: Final = re.compile(r"\+?\d(?:[\s.()/-]?\d){7,}")
SECRET: Final = re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])[\w-]{20,}\b")


def configure_logs(*, debug: bool) -> dict[str, Any]:
    """Configure structlog and return Django's `LOGGING` dictionary."""
    exception = structlog.processors.format_exc_info if debug else _exception
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,  # first: of what nobody reads nothing is put together
            structlog.contextvars.merge_contextvars,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            exception,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    finish: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    # What log lines of Django and other libraries get before they are rendered like ours.
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    foreign: list[Any] = [stamp, structlog.stdlib.add_logger_name, structlog.stdlib.add_log_level]
    if debug:
        finish.append(structlog.dev.ConsoleRenderer())
    else:
        foreign.append(_library_line)
        finish += [_exception, structlog.processors.JSONRenderer()]
        threading.excepthook = _log_dead_thread
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structlog": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": finish,
                "foreign_pre_chain": foreign,
                "pass_foreign_args": not debug,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structlog"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            OURS: {"level": "INFO"},
            # Access lines are the reverse proxy's work.
            "django_structlog": {"level": "WARNING"},
            # They write whole addresses, and Meta's carry the token.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
        },
    }


def told(error: BaseException) -> str:
    """An exception and what led to it, as Python writes them but without their words.

    Of a database's refusal there is its SQLSTATE and which rule of which table refused; of our own errors their code.
    """
    parts, seen = [], set[int]()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        frames = "".join(traceback.format_tb(link.__traceback__))
        parts.append(f"Traceback (most recent call last):\n{frames}{_name(link)}")
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "\n\n".join(reversed(parts))


def _name(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    if isinstance(error, BaseExceptionGroup):
        return f"{name} ({', '.join(_name(one) for one in error.exceptions)})"
    facts = " ".join(f"{fact}={value}" for fact, value in _facts(error))
    return f"{name} {facts}".rstrip()


def _facts(error: BaseException) -> Iterator[tuple[str, str]]:
    code = getattr(error, "code", None)
    if type(error).__module__.startswith(f"{OURS}.") and isinstance(code, str):
        yield "code", code
    state, diagnosis = getattr(error, "sqlstate", None), getattr(error, "diag", None)
    if isinstance(state, str):
        yield "sqlstate", state
    for fact in ("table_name", "column_name", "constraint_name"):
        if value := getattr(diagnosis, fact, None):
            yield fact, value


def _exception(logger: Any, method: str, event: Event) -> Event:
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = told(error)
    return event


def _library_line(logger: Any, method: str, event: Event) -> Event:
    record: logging.LogRecord = event["_record"]
    arguments = event.pop("positional_args", ())
    if record.name.partition(".")[0] == OURS:
        return event
    text = str(record.msg if arguments else event["event"])
    text = ARGUMENTS.sub("…", text)
    for pattern in (E_MAIL, NUMBER, SECRET):
        text = pattern.sub("…", text)
    event["event"] = text
    return event


def _log_dead_thread(arguments: threading.ExceptHookArgs) -> None:
    """A thread that nobody watches has ended in an error: Python itself would write its words."""
    if arguments.exc_type is not SystemExit and arguments.exc_value is not None:
        logging.getLogger(f"{OURS}.threads").error("thread ended in an error", exc_info=arguments.exc_value)
