"""`lookout user`: who may sign in. Works where Lookout runs, past its login."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from services.command import Failure, at_the_desk, settings_in_force

if TYPE_CHECKING:
    from services.access import Role
    from services.settings import Settings
    from services.users import Desk

ROLES = ("viewer", "operator", "admin")


@click.group()
def user() -> None:
    """Add, list and remove the people who may sign in.

    \b
    Examples:
      lookout user add ada --role admin
      lookout user add grace --role viewer --project shop --project bank
      lookout user passwd ada
    """


_role = click.option("--role", type=click.Choice(ROLES), default="viewer", show_default=True, help="What they may do.")
_projects = click.option("--project", "projects", multiple=True, help="Where; in every project without it.")


def _team() -> Settings:
    settings = settings_in_force()
    if not settings.is_team:
        raise Failure("There is no login in local mode: set LOOKOUT_SITE to the name of this site first.", 2)
    return settings


@user.command()
@click.argument("name")
@_role
@_projects
@click.option("--subject", default="", metavar="'ISSUER SUB'", help="Who it is at the OpenID provider.")
def add(name: str, role: Role, projects: tuple[str, ...], subject: str) -> None:
    """Add a user, and print the one-time link by which they choose a password."""
    from services import users

    settings = _team()
    if not users.is_name(name):
        raise click.UsageError(
            f"{name!r} is no user name: use small letters, digits and ._@+- (at most 64, of which "
            f"{users.MOST_SIGNS} are . @ or +)."
        )

    async def work(at: Desk) -> str:
        return await users.add(at, settings, name, role, projects or ("*",), subject)

    click.echo(at_the_desk(settings, work))


@user.command(name="list")
def list_() -> None:
    """List the users with their roles."""
    from services import users

    async def work(at: Desk) -> str:
        return users.table(at.accounts.access)

    click.echo(at_the_desk(_team(), work))


@user.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a user; who is signed in is signed out within seconds."""

    async def work(at: Desk) -> None:
        at.accounts.user(name)
        await at.note("user_removed", name)
        await at.accounts.remove_user(name)

    at_the_desk(_team(), work)


@user.command()
@click.argument("name")
def passwd(name: str) -> None:
    """Print a one-time link by which a user chooses a new password."""
    from services import users

    settings = _team()

    async def work(at: Desk) -> str:
        at.accounts.user(name)
        await at.note("link_created", name)
        return await users.new_link(at, settings, name)

    click.echo(at_the_desk(settings, work))
