"""What the commands of `lookout` share: how they fail, the settings, options, and the desk where accounts are kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from services.settings import Settings
    from services.users import Desk

DESK_SECONDS = 10.0
"""A broker that runs answers much sooner."""

Result = TypeVar("Result")


class Failure(click.ClickException):
    """What went wrong, as one sentence and an exit code."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


@contextmanager
def mistakes() -> Iterator[None]:
    """A wrong setting is told as one sentence."""
    from services.settings import SettingsError

    try:
        yield
    except SettingsError as error:
        raise Failure(str(error), 2) from error


def settings_in_force(overrides: dict[str, Any] | None = None) -> Settings:
    from services.configuration import load

    with mistakes():
        return load(overrides=overrides)


def at_the_desk(settings: Settings, work: Callable[[Desk], Awaitable[Result]]) -> Result:
    """Does `work` with the accounts of the Lookout that runs on this machine."""
    from services.accounts import AccountError
    from services.log import Conflict
    from services.users import desk

    async def done() -> Result:
        async with desk(settings) as at:
            return await work(at)

    try:
        return while_it_runs(settings, done())
    except AccountError as error:
        raise Failure(str(error), 1) from error
    except Conflict as error:
        raise Failure("Somebody changed the same thing meanwhile: look again, and repeat it if need be.", 1) from error


def while_it_runs(
    settings: Settings, work: Coroutine[Any, Any, Result], seconds: float | None = DESK_SECONDS
) -> Result:
    """Does `work` that needs the Lookout that runs on this machine, and says so where none does."""
    import asyncio

    from services.log import Unavailable

    async def done() -> Result:
        async with asyncio.timeout(seconds):
            return await work

    try:
        return asyncio.run(done())
    # A TimeoutError is an OSError too.
    except (Unavailable, TimeoutError) as error:
        raise Failure(f"Lookout does not run on {settings.data_dir}: start it first, with `lookout up`.", 3) from error
    except OSError as error:
        raise Failure(
            f"The data folder {settings.data_dir} cannot be used ({error.strerror}): run this where Lookout runs, as "
            "the same user and with the same LOOKOUT_DATA.",
            2,
        ) from error


port_option = click.option(
    "--port", type=click.IntRange(1, 65535), help="Where the page is; the four ports above it are used too."
)
data_option = click.option("--data", metavar="DIR", help="The folder that keeps everything.")
