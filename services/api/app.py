"""The API service: the log folded, and what is asked of it answered."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import msgspec
from quart import Quart, Response
from quart.typing import ResponseReturnValue
from quart_schema import QuartSchema, RequestSchemaValidationError, hide
from werkzeug.exceptions import HTTPException

from services import encryption, events, problem
from services.access import Action
from services.accounts import Accounts
from services.api import account, admin, demo, fold, login, now, openapi, past, redact
from services.api.demo import Demo
from services.api.fold import Rules
from services.api.health import Heartbeats
from services.api.history import History, open_history
from services.api.login import Door, door_of
from services.api.projector import Projector
from services.api.publisher import Publisher
from services.api.recorder import Recorder
from services.api.sources import Sources
from services.asgi import instance_name, serve
from services.beats import Beat, beat
from services.broker import connected
from services.eventlog import Bus, Connection, Table
from services.forwarders import Heard
from services.guard import Uses, accounts_of, following, guarded
from services.log import Conflict, EventLog, Head, Unavailable
from services.problem import Problem
from services.room import Room, once_there_is_room
from services.settings import Settings
from services.subjects import API_FORGOTTEN, API_STATE, BEATS_WANTED, FORWARDERS, SEEN

logger = logging.getLogger("lookout")

INFO = {"title": "Lookout", "version": "1", "description": "What a team's AI coding agents are doing, and did."}


OPEN = ("/health", "/verify", "/login", "/logout", "/link", "/me", "/oidc")
"""Paths, with what is below them, that need no login: who has signed in is looked at by what answers there."""
ADMINS = ("/users", "/keys", "/account")


def create_app(known: Sources, playing: Demo, door: Door | None = None) -> Quart:
    """`door` is what signing in needs, None in local mode."""
    app = Quart("lookout.api")
    # The largest body is a user with 64 roles.
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.config["BODY_TIMEOUT"] = 15
    app.extensions["door"] = door
    app.extensions["lookout"] = known
    app.extensions["demo"] = playing
    schema = QuartSchema(
        app,
        conversion_preference="msgspec",
        openapi_provider_class=openapi.Provider,
        info=INFO,
        swagger_ui_path=None,
        redoc_ui_path=None,
        scalar_ui_path=None,
    )
    app.register_blueprint(now.blueprint)
    app.register_blueprint(past.blueprint)
    app.register_blueprint(demo.blueprint)
    app.register_blueprint(redact.blueprint)
    app.register_blueprint(login.blueprint)
    app.register_blueprint(admin.blueprint)
    app.register_blueprint(account.blueprint)

    @app.get("/docs")
    @hide
    async def get_docs() -> Response:
        return Response(openapi.page(schema.openapi_provider.schema()), content_type="text/html; charset=utf-8")

    app.register_error_handler(Problem, _refuse)
    app.register_error_handler(RequestSchemaValidationError, _refuse_parameters)
    app.register_error_handler(Conflict, _refuse_conflict)
    app.register_error_handler(Unavailable, _refuse_for_now)
    app.register_error_handler(HTTPException, _refuse_request)
    return app


async def _refuse(trouble: Problem) -> ResponseReturnValue:
    return problem.body(trouble), trouble.status, problem.headers(trouble)


async def _refuse_parameters(error: RequestSchemaValidationError) -> ResponseReturnValue:
    return await _refuse(Problem(400, f"The query string is not understood: {error.validation_error}."))


async def _refuse_conflict(error: Conflict) -> ResponseReturnValue:
    return await _refuse(Problem(409, "Somebody changed the same meanwhile: look again, and repeat it if need be."))


async def _refuse_for_now(error: Unavailable) -> ResponseReturnValue:
    return await _refuse(Problem(503, f"This cannot be done now: {error}.", retry_after=5))


async def _refuse_request(error: HTTPException) -> ResponseReturnValue:
    return await _refuse(Problem(error.code or 500, error.description or error.name))


def need(method: str, path: str) -> Action | None:
    if path == "/account":
        return None
    top = f"/{path.split('/')[1]}" if path.startswith("/") else path
    if top in OPEN:
        return None
    if top in ADMINS:
        return "administer"
    return "read" if method in ("GET", "HEAD") else "operate"


async def main(settings: Settings) -> None:
    async with connected(settings, "api") as connection:
        if settings.is_team:
            await _until_there(connection.access)
        head = await _log_head(connection, settings)
        keys = encryption.keys(settings, os.environ)
        path, key = settings.data_dir / "history.sqlite", keys.history if keys else ""
        history = await once_there_is_room(partial(_history, path, head, key))
        try:
            await _serve(settings, connection, head, history)
        finally:
            history.close()


async def _until_there(accounts: Table) -> None:
    """Makes the bucket of who may do what where there is none; the API is its keeper too."""
    while True:
        try:
            return await accounts.ensure()
        except Unavailable:
            await asyncio.sleep(0.25)


async def _log_head(connection: Connection, settings: Settings) -> Head:
    """The log, made where there is none; the API is its keeper."""
    seconds = settings.log.max_age_days * 86_400
    waiting = False
    while True:
        try:
            await connection.log.ensure_stream(secrets.token_hex(8), seconds, settings.log.max_bytes)
            return await connection.log.head()
        except Unavailable as error:
            if not waiting:
                logger.warning("waiting for the log: %s", error)
            waiting = True
            await asyncio.sleep(0.25)


def _history(path: Path, head: Head, key: str) -> History:
    """The history of this log; one that is ahead of it belongs to a log that has lost its end, and is made anew."""
    history = open_history(path, head.epoch, fold.schema(), key)
    if history.position() <= head.last:
        return history
    history.close()
    path.unlink()
    return open_history(path, head.epoch, fold.schema(), key)


async def _serve(settings: Settings, connection: Connection, head: Head, history: History) -> None:
    rules = msgspec.convert(msgspec.to_builtins(settings.sessions), Rules)
    projector = Projector(connection.log, history, head.epoch, rules)
    await projector.restore()
    accounts = await accounts_of(settings, connection.access)
    known = _sources(settings, connection.log, projector, history)
    instance = instance_name()
    publisher = Publisher(projector, connection.bus, instance)
    uses = Uses(connection.bus, time.monotonic)
    playing = Demo(settings, accounts)
    try:
        async with _listening(connection.bus, known, publisher, accounts):
            await serve(
                guarded(_app(settings, connection.log, known, playing, accounts), settings, accounts, need, uses),
                settings.internal_port("api"),
                [
                    projector.run(),
                    projector.tidy(),
                    known.eraser.run(),
                    publisher.run(),
                    beat(connection.bus, "api", instance, known.interval, partial(_figures, projector)),
                    Recorder(known.heartbeats, connection.log, history, projector.until, known.interval).run(),
                    connection.until_lost(),
                    *following(accounts, uses),
                    *([accounts.tidy()] if accounts else []),
                ],
                host=settings.internal.bind,
            )
    finally:
        await playing.stop()


def _sources(settings: Settings, log: EventLog, projector: Projector, history: History) -> Sources:
    started = time.monotonic()
    metrics = settings.monitoring.metrics
    room = Room(settings.data_dir / "jetstream", time.monotonic)
    return Sources(log, projector, history, Heartbeats(started), metrics.interval, started, metrics.enabled, room)


def _app(settings: Settings, log: EventLog, known: Sources, playing: Demo, accounts: Accounts | None) -> Quart:
    if accounts is None:
        return create_app(known, playing)
    provider = settings.oidc.name if settings.oidc.issuer else ""
    app = create_app(known, playing, door_of(accounts, log, provider))
    if provider:
        # What it imports takes 20 MB.
        from services.api import oidc

        oidc.attach(app, settings, os.environ.get("LOOKOUT_OIDC_CLIENT_SECRET", ""))
    return app


def _figures(projector: Projector) -> tuple[Mapping[str, int], Mapping[str, float]]:
    return {"folded": projector.folded}, {"seq": float(projector.state.seq)}


@asynccontextmanager
async def _listening(bus: Bus, known: Sources, publisher: Publisher, accounts: Accounts | None) -> AsyncIterator[None]:
    """Hears what the other services tell and ask, and lets them say at once that they are there."""

    async def used(subject: str, payload: bytes) -> None:
        if accounts is not None:
            await accounts.saw(payload.decode(), events.now())

    async with (
        bus.subscribed("beat.*.*", partial(_heard, known.heartbeats)),
        bus.subscribed(SEEN, used, queue="api"),
        bus.subscribed(API_STATE, publisher.answer, queue="api"),
        bus.subscribed(API_FORGOTTEN, known.eraser.forgotten, queue="api"),
    ):
        await bus.publish(BEATS_WANTED, b"")
        yield


async def _heard(heartbeats: Heartbeats, subject: str, payload: bytes) -> None:
    if subject.startswith(FORWARDERS):
        heartbeats.forwarders.heard(msgspec.json.decode(payload, type=Heard), time.monotonic())
    else:
        heartbeats.heard(msgspec.json.decode(payload, type=Beat), time.monotonic())
