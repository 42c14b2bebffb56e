"""`lookout key`: what machines sign in with. Works where Lookout runs, past its login."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from services.command import Failure, at_the_desk, settings_in_force

if TYPE_CHECKING:
    from datetime import timedelta

    from services.access import Role
    from services.settings import Settings
    from services.users import Desk

HOURS = {"h": 1, "d": 24, "w": 7 * 24}
LONGEST_YEARS = 10


@click.group()
def key() -> None:
    """Create, list and revoke the keys by which machines send and read.

    \b
    Examples:
      lookout key create --ingest --project shop --label "build server" --expires 90d
      lookout key create --read > key
      lookout key list
      lookout key revoke k_1f3c9a2b4d5e
    """


class Span(click.ParamType["timedelta"]):
    """A number of hours, days or weeks: 12h, 90d, 4w."""

    name = "SPAN"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        from datetime import timedelta

        found = re.fullmatch(r"(\d{1,6})([hdw])", value)
        span = timedelta(hours=int(found[1]) * HOURS[found[2]]) if found else timedelta(0)
        if not timedelta(0) < span <= timedelta(days=365 * LONGEST_YEARS):
            self.fail(f"{value!r} should be like 12h, 90d or 4w, and at most {LONGEST_YEARS} years", param, ctx)
        return span


def _team() -> Settings:
    settings = settings_in_force()
    if not settings.is_team:
        raise Failure("No key is asked for in local mode: set LOOKOUT_SITE to the name of this site first.", 2)
    return settings


async def _known_everywhere() -> None:
    """Until every service has looked at the accounts again: what this command said is true when it ends."""
    import asyncio

    from services.accounts import AGAIN

    await asyncio.sleep(1.5 * AGAIN)


@key.command()
@click.option("--ingest", "role", flag_value="ingester", help="It may send events, and nothing else.")
@click.option("--read", "role", flag_value="viewer", help="It may read everything that is shown.")
@click.option("--operate", "role", flag_value="operator", help="It may read, and change what an operator may.")
@click.option("--project", default="*", help="In this one only. Whatever an ingest key sends belongs to it.")
@click.option("--label", default="", help="What it is for, as the list shall say.")
@click.option("--expires", type=Span(), help="After so long it works no more: 12h, 90d, 4w.")
def create(role: Role | None, project: str, label: str, expires: timedelta | None) -> None:
    """Create a key, and print it: the only time that it is shown."""
    from services.access import Grant, Key
    from services.events import now
    from services.keys import new_key

    if role is None:
        raise click.UsageError("Say what the key is for: --ingest, --read or --operate.")
    if not project or len(project) > 128 or len(label) > 128:
        raise click.UsageError("A project has 1 to 128 characters, and a label at most 128.")
    until = None if expires is None else now() + expires

    async def work(at: Desk) -> tuple[str, str]:
        made = new_key(role)
        await at.note("key_created", made.id, role=role, on_project=project, label=label)
        await at.accounts.add_key(made.hash, Key(made.id, Grant(role, project), label, now(), "cli", until))
        await _known_everywhere()
        return made.id, made.text

    key_id, text = at_the_desk(_team(), work)
    where = "every project" if project == "*" else project
    ends = "" if until is None else f", until {until:%Y-%m-%d %H:%M} UTC"
    click.echo(f"lookout: {key_id} has the role {role} in {where}{ends}; keep it now, it is not shown again.", err=True)
    click.echo(text)


@key.command(name="list")
def list_() -> None:
    """List the keys: by whom they are used, never what they are."""
    from services.events import now
    from services.users import keys_table

    async def work(at: Desk) -> str:
        return keys_table(at.accounts.access, now())

    click.echo(at_the_desk(_team(), work))


@key.command()
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Revoke a key: when this ends nothing takes it, and what it has open is being closed."""

    async def work(at: Desk) -> None:
        at.accounts.key(key_id)
        await at.note("key_revoked", key_id)
        await at.accounts.revoke_key(key_id)
        await _known_everywhere()

    at_the_desk(_team(), work)
