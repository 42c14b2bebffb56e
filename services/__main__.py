"""The `lookout` command, and the composition root: what it runs is imported when it is asked for.

Data goes to stdout, talk to stderr. Exit codes: 0 done, 1 failure, 2 wrong use or settings, 3 not running,
4 not healthy, 130 interrupted.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import click

from services import config_commands, data_commands, key_commands, subscriber_commands, user_commands
from services.command import Failure, data_option, mistakes, port_option, settings_in_force
from services.emit import EmitError, NotRunning, default_url
from services.emit import emit as send

SERVICES = ("ingest", "stream", "api")


class Lookout(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read stdout has seen enough, as `| head` has; nothing more can be written, not even at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except EmitError as error:
            raise Failure(str(error), 3 if isinstance(error, NotRunning) else 1) from error
        return result


def main() -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return int(cli.main(prog_name="lookout", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.UsageError as error:
        hint = f" See `{error.ctx.command_path} --help`." if error.ctx else ""
        click.echo(f"lookout: {error.format_message()}{hint}", err=True)
        return 2
    except Failure as error:
        click.echo(f"lookout: {error.format_message()}", err=True)
        return error.code
    except click.Abort:
        return 130


def _address() -> str:
    """Where Lookout answers; settings are read only where there is a file of them, since that takes its time."""
    configured = "LOOKOUT_SITE" in os.environ or os.path.exists(os.environ.get("LOOKOUT_CONFIG", "configuration.yaml"))
    return settings_in_force().url if configured and "LOOKOUT_URL" not in os.environ else default_url()


@click.group(cls=Lookout, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lookout")
def cli() -> None:
    """Shows a team, live and afterwards, what its AI coding agents are doing.

    \b
    Examples:
      lookout up                            start it; the page is http://localhost:5000
      lookout demo --speed 10               play a recorded session of a team into it
      lookout tail -n 20 type:tool_use      follow what is recorded
      lookout emit deploy -d '{"to": "production"}'

    It answers at LOOKOUT_URL, or on this machine at the port of LOOKOUT_PORT or configuration.yaml. A team's Lookout is
    shown the machine key in LOOKOUT_KEY.
    """


@cli.command()
@port_option
@data_option
def up(port: int | None, data: str | None) -> int:
    """Start Lookout here, until Ctrl-C.

    \b
    Examples:
      lookout up
      lookout up --port 5001 --data var/second
    """
    settings = settings_in_force({"monitoring.port": port, "data": data})
    from services.up import up as start

    return start(settings)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print what /health and /status answer as one JSON object.")
def status(as_json: bool) -> int:
    """Say what runs, and how well.

    \b
    Examples:
      lookout status
      lookout status --json | jq .status.metrics

    The exit code is 0 where all is healthy, 3 where Lookout does not run, 4 where it is not healthy.
    """
    from services.status import report

    return report(_address(), as_json)


class Filtering(click.Command):
    """A command whose arguments may begin with a `-`, as a term of a query does that is turned round."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" in args:
            return super().parse_args(ctx, args)
        turned = [each for each in args if len(each) > 2 and re.match(r"-(?!-|n\d+$)", each)]
        return super().parse_args(ctx, [*(each for each in args if each not in turned), "--", *turned])


@cli.command(cls=Filtering)
@click.argument("filters", nargs=-1)
@click.option("--since", type=click.IntRange(0), metavar="SEQ", help="Begin after this position.")
@click.option("-n", "count", type=click.IntRange(1, 1000), metavar="N", help="Begin with the newest N recorded.")
@click.option("--json", "as_json", is_flag=True, help="Print an event a line as JSON.")
def tail(filters: tuple[str, ...], since: int | None, count: int | None, as_json: bool) -> int:
    """Follow what is recorded.

    \b
    Examples:
      lookout tail
      lookout tail -n 50 type:tool_use,file_operation project:shop
      lookout tail -type:tool_use agent:engineer*
      lookout tail --json --since 1200 | jq .data

    FILTERS are the query language of the page and of /events. After a lost connection it goes on where it was.
    """
    if since is not None and count is not None:
        raise click.UsageError("--since and -n both say where to begin; give one of them.")
    from services.query import QueryError, parse
    from services.tail import follow

    text = " ".join(filters)
    try:
        query = parse(text)
    except QueryError as error:
        raise click.UsageError(f"{error} It is in {text[error.start : error.end]!r}.") from error
    return follow(_address(), query, text, since, count, as_json)


@cli.command()
@click.argument("type")
@click.option("-d", "--data", default="{}", metavar="JSON|@FILE|-", help="The data: a JSON object, here or in a file.")
@click.option("--project", default="", help="The project that it belongs to.")
@click.option("--session", default="", help="The session that it belongs to.")
@click.option("--agent", default="", help="The agent that acted.")
def emit(type: str, data: str, project: str, session: str, agent: str) -> None:  # noqa: A002
    """Record an event, and print its position.

    \b
    Examples:
      lookout emit deploy -d '{"to": "production"}'
      lookout emit coverage -d @coverage.json --project shop
      uptime | jq -R '{load: .}' | lookout emit load -d -
    """
    click.echo(send(type, _object(data), project=project, session=session, agent=agent, url=_address()))


def _object(data: str) -> dict[str, Any]:
    try:
        parsed = json.loads(_text(data))
    except OSError as error:
        raise click.UsageError(f"{data[1:]} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise click.UsageError(f"The data is not JSON: {error}.") from error
    if not isinstance(parsed, dict):
        raise click.UsageError('The data is no JSON object; it should look like {"message": "Custom data"}.')
    return parsed


def _text(data: str) -> str:
    if data == "-":
        return sys.stdin.read()
    if not data.startswith("@"):
        return data
    with open(data[1:], encoding="utf-8") as file:
        return file.read()


@cli.command()
@click.argument("session")
@click.option("--project", default="", help="Where it is, if several projects have a session of that name.")
def redact(session: str, project: str) -> None:
    """Erase a session for good: from the log, the history and every state.

    \b
    Examples:
      lookout redact 4e3f0f0a-7b5f-4f0e-9c53-0a52d1a3c0de
      lookout redact nightly --project shop

    What arrives for it later is not stored. Backups keep what they have. In team mode LOOKOUT_KEY holds a key whose
    role is operator or admin.
    """
    from services.erase import erase

    click.echo(erase(_address(), session, project))


@cli.command()
@click.option("--speed", type=click.FloatRange(0, min_open=True), default=1.0, help="How many times as fast.")
@click.option("--project", default="", help="Play all of it into this project instead of its own two.")
def demo(speed: float, project: str) -> int:
    """Play a recorded session of a team into the running Lookout.

    \b
    Examples:
      lookout demo
      lookout demo --speed 10 --project demo
    """
    import secrets

    from services.demo import play, script

    if not (project.isascii() and project.isprintable()):
        raise click.UsageError("--project goes into a header: give it ASCII letters.")
    headers = {"X-Lookout-Project": project} if project else {}
    return play(script(secrets.randbits(64)), _address(), speed, headers)


@cli.command()
@click.option("--to", metavar="URL", help="The address of the team's Lookout.")
@click.option(
    "--key-file", metavar="FILE", help="Holds the machine key, for its owner's eyes only (or set LOOKOUT_KEY)."
)
@click.option("--ca", metavar="FILE", help="Certificates to trust beside the system's.")
@click.option("--listen", metavar="ADDRESS", help="Where agents send to: 127.0.0.1:8765.")
@click.option("--spool", metavar="DIR", help="Where events wait for the server.")
@click.option("--max-bytes", type=int, metavar="N", help="The size of the spool.")
@click.option("--status", "as_status", is_flag=True, help="Say what the spool holds, and end.")
@click.option("--json", "as_json", is_flag=True, help="With --status, print one JSON object.")
def forward(as_status: bool, as_json: bool, **told: Any) -> int:
    """Take what agents on this machine send, and send it on to a team's Lookout.

    \b
    Examples:
      lookout forward --to https://monitor.example.com --key-file ~/.config/lookout/key
      lookout forward --to https://10.0.0.7 --ca root.crt --key-file key --max-bytes 200000000
      lookout forward --status

    An agent's post is answered once its events are on this machine's disk, without contents and secrets. They wait
    there while the server is away, in order, and are sent when it is back. The exit code of --status is 0 where all
    is well, 3 where no forwarder runs, 4 where the server does not take events.
    """
    settings = settings_in_force({f"forward.{name}": value for name, value in told.items()})
    if as_status:
        from services.forward.status import report

        return report(Path(settings.forward.spool).expanduser().resolve(), as_json)
    from services.forward.app import ForwardError
    from services.forward.app import forward as start

    try:
        with mistakes():
            return start(settings, os.environ)
    except ForwardError as error:
        raise Failure(str(error), 1) from error


@cli.command(hidden=True)
@click.argument("run", type=click.Path(file_okay=False, path_type=Path))
@click.argument("page", type=click.Path(file_okay=False, path_type=Path))
@click.argument("gateway", type=click.Path(file_okay=False, path_type=Path))
def prepare(run: Path, page: Path, gateway: Path) -> None:
    """Write what nats-server and Caddy are started with; this is what compose.yaml begins with."""
    from services.prepare import prepare as write
    from services.up import UpError

    try:
        write(settings_in_force(), os.environ, run, page, gateway)
    except UpError as error:
        raise Failure(str(error), 1) from error


@cli.command(hidden=True)
@click.argument("service", type=click.Choice(SERVICES))
def run(service: str) -> None:
    """Run one service; this is what the supervisor of `lookout up` starts."""
    settings = settings_in_force()
    from services.run import run as start

    start(service, settings)


@cli.command(hidden=True)
def watch() -> None:
    """Have nats-server store again once there is room; `lookout up` does so itself, and compose.yaml by this."""
    from services.broker import system
    from services.watch import keep_storing

    settings = settings_in_force()
    keep_storing(settings.data_dir, system(settings))


for each in (config_commands.config, key_commands.key, subscriber_commands.subscriber, user_commands.user):
    cli.add_command(each)
for command in (data_commands.backup, data_commands.restore, data_commands.rekey):
    cli.add_command(command)


if __name__ == "__main__":
    sys.exit(main())
