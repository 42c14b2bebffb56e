"""`lookout subscriber`: who may read the log over NATS. Works where Lookout runs."""

from __future__ import annotations

import click

from services.command import Failure, settings_in_force, while_it_runs


@click.group()
def subscriber() -> None:
    """Add, list and remove the programs that read what is recorded over NATS.

    \b
    Examples:
      lookout subscriber add alerts --project shop > alerts.nk
      lookout subscriber list
      lookout subscriber remove alerts
    """


@subscriber.command()
@click.argument("name")
@click.option("--project", required=True, help="Whose events it gets; * for those of every project.")
def add(name: str, project: str) -> None:
    """Add a subscriber, and print the key with which it signs in.

    It hears what is stored as it happens, and has a consumer on the log by which it misses nothing while it is away.
    """
    from services import subscribers

    settings = settings_in_force()
    if not subscribers.is_name(name):
        raise click.UsageError(f"{name!r} is no subscriber's name: use small letters, digits, - and _ (at most 32).")
    try:
        seed = while_it_runs(settings, subscribers.add(settings, name, project))
    except subscribers.SubscriberError as error:
        raise Failure(str(error), 1) from error
    click.echo(seed)
    click.echo(subscribers.connection(settings, name, project), err=True)


@subscriber.command(name="list")
def list_() -> None:
    """List the subscribers with their projects."""
    from services import broker, subscribers

    click.echo(subscribers.table(broker.subscribers(settings_in_force().data_dir)))


@subscriber.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a subscriber; where it is connected it is cut off at once."""
    from services import subscribers

    settings = settings_in_force()
    try:
        while_it_runs(settings, subscribers.remove(settings, name))
    except subscribers.SubscriberError as error:
        raise Failure(str(error), 1) from error
