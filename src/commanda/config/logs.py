"""Structured logs: one JSON object a line, readable lines in debug mode."""

from typing import Any

import structlog


def configure_logs(*, debug: bool) -> dict[str, Any]:
    """Configure structlog and return Django's `LOGGING` dictionary."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    finish: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if debug:
        finish.append(structlog.dev.ConsoleRenderer())
    else:
        finish += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # What log lines of Django and other libraries get before they are rendered like ours.
    foreign = [
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
    ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structlog": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": finish,
                "foreign_pre_chain": foreign,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structlog"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "commanda": {"level": "INFO"},
            # Access lines are the reverse proxy's work.
            "django_structlog": {"level": "WARNING"},
            # They write whole addresses, and Meta's carry the token.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
        },
    }
