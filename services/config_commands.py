"""`lookout config`: the settings in force, and whether they are right."""

from __future__ import annotations

import json
import os
from typing import Any

import click

from services.command import data_option, mistakes, port_option


@click.group()
def config() -> None:
    """Show or check the settings.

    \b
    Examples:
      lookout config show
      lookout config validate configuration.yaml
    """


@config.command()
@port_option
@data_option
def show(port: int | None, data: str | None) -> None:
    """Print the settings in force as YAML, and where each comes from."""
    import msgspec

    from services.configuration import explain, flatten

    with mistakes():
        settings, origins = explain(overrides={"monitoring.port": port, "data": data})
    click.echo(_yaml(flatten(msgspec.to_builtins(settings)), origins))


def _yaml(values: dict[str, Any], origins: dict[str, str]) -> str:
    """Dotted keys as nested YAML with a comment to each; JSON values are YAML values."""
    lines: list[str] = []
    above: list[str] = []
    for key, value in values.items():
        *sections, last = key.split(".")
        for depth, section in enumerate(sections):
            if sections[: depth + 1] != above[: depth + 1]:
                lines.append(f"{'  ' * depth}{section}:")
        above = sections
        setting = f"{'  ' * len(sections)}{last}: {json.dumps(value)}"
        lines.append(f"{setting:<40}  # {origins.get(key, 'default')}")
    return "\n".join(lines)


@config.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
def validate(file: str | None) -> None:
    """Check FILE, or else configuration.yaml and the LOOKOUT_* variables."""
    from services.configuration import configuration_file, load

    with mistakes():
        load({"LOOKOUT_CONFIG": file} if file else None)
    checked = file or configuration_file(os.environ)
    click.echo(f"{checked}: ok" if os.path.exists(checked) else f"ok, with defaults: there is no {checked}")
