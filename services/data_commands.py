"""`lookout rekey`, `backup` and `restore`: what an owner of the data folder does with all that is kept in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from services.command import Failure, settings_in_force, while_it_runs

if TYPE_CHECKING:
    from services.settings import Settings

Result = TypeVar("Result")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def rekey(file: Path) -> None:
    """Keep what is on disk under the key in FILE from now on; FILE is made where there is none.

    \b
    Examples:
      lookout rekey /etc/lookout/encryption.key

    Lookout must not run meanwhile. The key that is in force must be given as it is for `lookout up`.
    """
    from services.rekey import rekey as change

    settings = settings_in_force()
    _stopped(settings, lambda: change(settings, os.environ, file))
    click.echo(f"What is in {settings.data_dir} is now under the key in {file}: set encryption.key_file to that file.")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
def backup(file: Path) -> None:
    """Write all that cannot be made again into FILE while Lookout runs; to standard output for -.

    \b
    Examples:
      lookout backup /backups/lookout-$(date +%F).gz
      lookout backup - | age -r age1... > lookout.gz.age

    It holds every event, users, keys and the secrets of this Lookout: keep it as you keep those, or encrypt it. The key
    that the data folder is encrypted with is not in it.
    """
    from services import backup as work

    settings = settings_in_force()
    try:
        if str(file) == "-":
            events = while_it_runs(settings, work.write(settings, sys.stdout.buffer), seconds=None)
            click.echo(f"{events:,} events.", err=True)
            return
        made = while_it_runs(settings, work.written(settings, file), seconds=None)
    except work.BackupError as error:
        raise Failure(str(error), 1) from error
    click.echo(f"{file}: {made.events:,} events, read again and whole.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Fill an empty data folder from the backup in FILE; then start Lookout on it.

    \b
    Examples:
      LOOKOUT_DATA=var/restored lookout restore /backups/lookout-2026-11-24.gz
    """
    from services import backup as work

    settings = settings_in_force()
    try:
        made = _stopped(settings, lambda: work.restore(settings, os.environ, file))
    except work.BackupError as error:
        raise Failure(str(error), 1) from error
    click.echo(f"{settings.data_dir}: {made.events:,} events as they were on {made.made:%Y-%m-%d at %H:%M} UTC.")


def _stopped(settings: Settings, work: Callable[[], Result]) -> Result:
    """Does `work` while no Lookout can run on the data folder."""
    from services.encryption import EncryptionError
    from services.log import LogError
    from services.up import UpError, held

    os.umask(0o077)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with held(settings.data_dir, settings):
            return work()
    except (UpError, EncryptionError) as error:
        raise Failure(str(error), 1) from error
    except LogError as error:
        log = settings.data_dir / "nats" / "alone.log"
        raise Failure(f"The log in {settings.data_dir} could not be opened ({error}): see {log}.", 1) from error
