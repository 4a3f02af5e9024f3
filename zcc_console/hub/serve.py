"""Serves a region: binds, says where on one line of stdout, logs little and never patient data, stops when told."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import sys

import structlog
import uvicorn
from fastapi import FastAPI

from zcc_console.core.config import HubConfig
from zcc_console.core.errors import ConfigError
from zcc_console.hub.app import create_app
from zcc_console.hub.service import Region

CONNECTIONS = 1000
"""More at once are told to come back later (503)."""


class Announcing(uvicorn.Server):
    """Says that it serves, once it does."""

    def __init__(self, config: uvicorn.Config, ready: dict[str, object]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, then the line."""
        await super().startup(sockets=sockets)
        if self.started:
            sys.stdout.write(json.dumps(self._ready) + "\n")
            sys.stdout.flush()


def quiet_log() -> None:
    """JSON lines on stderr; uvicorn's own log stays silent, since its tracebacks may hold a patient's words."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "httpx", "httpcore", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def serve(config: HubConfig) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        ZccError: a busy port, another hub on this database, a database that cannot be opened safely.
    """
    quiet_log()
    bound = bind(config.host, config.port)
    try:
        region = Region.open(config)
    except BaseException:
        bound.close()
        raise
    host = f"[{config.host}]" if ":" in config.host else config.host
    ready: dict[str, object] = {"url": f"http://{host}:{bound.getsockname()[1]}", "pid": os.getpid()}
    log = structlog.get_logger("hub")
    log.info("open", region=config.region, exercise=config.exercise, cursor=str(region.head()))
    try:
        with contextlib.suppress(KeyboardInterrupt):
            Announcing(settings(create_app(region)), ready).run(sockets=[bound])
    finally:
        region.close()
        bound.close()
        log.info("closed")


def settings(app: FastAPI) -> uvicorn.Config:
    """How it is served."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        limit_concurrency=CONNECTIONS,
        backlog=512,
    )


def bind(host: str, port: int) -> socket.socket:
    """The listening socket.

    Raises:
        ConfigError: the port is taken, or the address is not of this machine.
    """
    # Named as TCP, or asyncio leaves Nagle's algorithm on: 40 ms on every answer over a kept connection.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise ConfigError(
            f"Poort {port} op {host} is niet te gebruiken ({error.strerror}). Er is niets gestart; kies een andere met "
            "--port, of 0 voor een vrije."
        ) from None
    return bound
