"""Writes src/contract.ts: the shapes of events and of the state, from the Structs that the services send.

Run it as `.venv/bin/python web/contract.py` in the checkout; a test compares what it writes with what is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec.inspect as shapes
from msgspec import Struct

from services.api.projections.activity import ActivityForm
from services.api.projections.agents import AgentRow
from services.api.projections.files import File
from services.api.projections.sessions import SessionRow
from services.api.projections.tools import UsageRow
from services.events import EVENT_TYPES

TARGET = Path(__file__).resolve().parent / "src" / "contract.ts"

HEAD = "// Written by web/contract.py from the classes of the services; not to be edited."


def contract() -> str:
    rows = {"agents": AgentRow, "sessions": SessionRow, "files": File, "tools": UsageRow}
    members = [f"{name}?: {{ readonly [key: string]: {row.__name__} }};" for name, row in rows.items()]
    events = [f"{name}: {struct.__name__};" for name, struct in EVENT_TYPES.items()]
    return "\n".join(
        [
            HEAD,
            _interface("Events", events, "What `data` is, by the type of the event."),
            _interface("Project", [*members, "activity?: ActivityForm;"], "The state of one project."),
            *(_struct(each) for each in _structs([*EVENT_TYPES.values(), *rows.values(), ActivityForm])),
        ]
    )


def _structs(roots: Iterable[type[Struct]]) -> list[shapes.StructType]:
    """Those and all within them, by name."""
    found: dict[str, shapes.StructType] = {}

    def visit(shape: shapes.Type) -> None:
        match shape:
            case shapes.StructType() if shape.cls.__name__ not in found:
                found[shape.cls.__name__] = shape
                for field in shape.fields:
                    visit(field.type)
            case shapes.UnionType():
                for each in shape.types:
                    visit(each)
            case shapes.ListType():
                visit(shape.item_type)
            case shapes.DictType():
                visit(shape.value_type)
            case _:
                pass

    for root in roots:
        visit(shapes.type_info(root))
    return [found[name] for name in sorted(found)]


def _struct(shape: shapes.StructType) -> str:
    return _interface(shape.cls.__name__, [_member(field) for field in shape.fields])


def _member(field: shapes.Field) -> str:
    """Where a field has a default, it is left out instead of being null."""
    if field.required:
        return f"{field.encode_name}: {_type(field.type)};"
    return f"{field.encode_name}?: {_type(field.type).removesuffix(' | null')};"


def _type(shape: shapes.Type) -> str:
    match shape:
        case shapes.StrType() | shapes.DateTimeType():
            return "string"
        case shapes.IntType() | shapes.FloatType():
            return "number"
        case shapes.BoolType():
            return "boolean"
        case shapes.NoneType():
            return "null"
        case shapes.LiteralType():
            return " | ".join(f'"{value}"' for value in shape.values)
        case shapes.StructType():
            return shape.cls.__name__
        case shapes.ListType():
            return f"readonly {_type(shape.item_type)}[]"
        case shapes.TupleType():
            return f"(readonly [{', '.join(_type(each) for each in shape.item_types)}])"
        case shapes.DictType():
            return f"{{ readonly [key: string]: {_type(shape.value_type)} }}"
        case shapes.UnionType():
            return " | ".join(sorted((_type(each) for each in shape.types), key="null".__eq__))
    raise TypeError(f"web/contract.py has no TypeScript for {shape}.")


def _interface(name: str, members: Iterable[str], comment: str = "") -> str:
    head = f"\n/** {comment} */" if comment else ""
    body = "".join(f"  readonly {member}\n" for member in members)
    return f"{head}\nexport interface {name} {{\n{body}}}"


if __name__ == "__main__":
    TARGET.write_text(contract() + "\n")
