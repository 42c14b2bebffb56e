"""Every view of the page beside what the API says, before and after more has happened."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from playwright.async_api import Page

from tests.stack import Stack
from tests.web.conftest import Opener
from tests.web.played import HOOKS, played_stack, settled
from tests.web.words import NONE, compact, count, dollars, lasting, percent, size

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 20
OVER = ("completed", "failed", "stopped")

NUMBERED = """(rows) => rows.map((row) =>
  [Number(row.ariaRowIndex), [...row.children].map((cell) => cell.innerText.trim())])"""
TABLE = """(rows) => rows.map((row) => [...row.children].map((cell) => cell.innerText.trim()))"""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with played_stack() as stack:
        yield stack


def more(stack: Stack, number: int) -> None:
    """Another session in which everything happens that is counted."""
    session, cwd = f"later-{number}-7f21", "/home/dev/webshop"
    agent = {"session_id": session, "cwd": cwd}
    read = {"tool_name": "Read", "tool_use_id": f"read-{number}", "tool_input": {"file_path": f"{cwd}/a{number}.py"}}
    told = {"type": "text", "file": {"filePath": f"{cwd}/a{number}.py", "content": "x" * 4321}}
    bash = {"tool_name": "Bash", "tool_use_id": f"bash-{number}", "tool_input": {"command": "make slow"}}
    window = {"context_window_size": 200_000, "used_percentage": 88, "total_input_tokens": 176_000}
    spent = {"input_tokens": 11, "output_tokens": 700, "cache_creation_input_tokens": 300}
    bodies: list[dict[str, Any]] = [
        {"hook_event_name": "SessionStart", "source": "startup", "model": "claude-opus-5"},
        {"hook_event_name": "UserPromptSubmit", "prompt": "go on", "prompt_id": f"prompt-{number}"},
        {"hook_event_name": "PreToolUse", **read},
        {"hook_event_name": "PostToolUse", **read, "tool_response": told, "duration_ms": 7},
        {"hook_event_name": "PreToolUse", **bash},
        {"hook_event_name": "PostToolUseFailure", **bash, "error": "exit 2", "duration_ms": 912_000 + 1000 * number},
        {"hook_event_name": "PermissionRequest", **bash},
        {
            "context_window": window | {"current_usage": spent | {"cache_read_input_tokens": 174_989}},
            "cost": {"total_cost_usd": 3.5},
        },
    ]
    for body in bodies:
        assert stack.post(HOOKS, agent | body).status == 204
    settled(stack)


class View(NamedTuple):
    address: str
    shown: Callable[[Page], Any]
    """What the page shows, awaited."""
    told: Callable[[Stack], Any]
    """The same as the API tells it."""


async def rows(page: Page, selector: str) -> list[list[str]]:
    cells: list[list[str]] = await page.locator(selector).evaluate_all(TABLE)
    return [[re.sub(r"\s+", " ", cell) for cell in row] for row in cells]


def agents(stack: Stack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stack.get("/agents")["agents"]
    return found


def short(name: str) -> str:
    return name[:8] if len(name) > 12 else name


async def overview(page: Page) -> Any:
    figures = [re.sub(r"\s+", " ", each) for each in await page.locator(".figure").all_inner_texts()]
    if not figures:
        return None
    now = [row[0] for row in await rows(page, ".now tbody tr")]
    active = re.search(r"([\d,]+ / [\d,]+)", figures[0])
    waiting = re.search(r"([\d,]+|none) wait", figures[0])
    events, errors = (re.search(r"([\d,]+) so far", figures[place]) for place in (1, 3))
    tokens = re.search(r"cost ([\d.]+ [kM]) (\$[\d.]+)", figures[4])
    files = re.search(r"touched ([\d.]+)", figures[5])
    found = [active, waiting, events, errors, tokens, files]
    return [each and each.groups() for each in found], sorted(now)


def told_overview(stack: Stack) -> Any:
    every, sessions = agents(stack), stack.get("/sessions")["sessions"]
    activity = [each["activity"] for each in stack.get("/state")["state"]["projects"].values()]
    status = Counter(each["status"] for each in every)
    tokens = sum(sum(each.get("tokens", {}).values()) for each in sessions)
    cost = sum(each.get("cost_usd", 0) for each in sessions)
    figures = [
        (f"{status['active']} / {len(every)}",),
        (count(status["waiting"]) if status["waiting"] else "none",),
        (count(sum(each["events"] for each in activity)),),
        (count(sum(each["errors"] for each in activity)),),
        (compact(tokens), dollars(cost)),
        (compact(len(stack.get("/files")["files"])),),
    ]
    return figures, sorted(present(every))


def present(every: list[dict[str, Any]]) -> list[str]:
    """The names of those that have not ended, and of all that called them."""
    by_key = {(each["project"], f"{each['session']}/{each['agent_id']}"): each for each in every}
    kept = set()
    for key, agent in by_key.items():
        above = None if agent["status"] in OVER else key
        while above in by_key and above not in kept:
            kept.add(above)
            above = (above[0], by_key[above].get("parent", ""))
    return [by_key[key]["name"] for key in kept]


async def agent_table(page: Page) -> Any:
    found = await rows(page, ".agents tbody tr")
    note = await page.locator(".agents .note").inner_text()
    return note, sorted([row[0], row[1], *row[3:7]] for row in found)


def told_agent_table(stack: Stack) -> Any:
    every = agents(stack)
    active = sum(each["status"] == "active" for each in every)
    told = [
        [each["name"], each["status"], short(each["session"])]
        + [count(each[figure]) for figure in ("invocations", "tool_calls", "failures")]
        for each in every
    ]
    return f"{active} active of {len(every)}", sorted(told)


async def lanes(page: Page) -> Any:
    options = await page.locator(".lanes [role=option]").all_inner_texts()
    told = [re.fullmatch(r"(.+), (\w+), (\d+) calls begun, (\d+) failed", each) for each in options]
    return sorted(each.groups() for each in told if each)


def told_lanes(stack: Stack) -> Any:
    """Calls that were begun, which are more than those that ended."""
    acts = stack.get("/events?q=type:tool_use%20project:webshop&limit=1000")
    assert "next" not in acts
    begun: dict[str, set[str]] = defaultdict(set)
    failed: Counter[str] = Counter()
    for act in acts["events"]:
        key = f"{act['session']}/{act['data'].get('agent_id', 'main')}"
        begun[key].add(act["data"]["tool_use_id"])
        failed[key] += act["data"]["phase"] == "failed"
    keyed = {f"{each['session']}/{each['agent_id']}": each for each in stack.get("/agents?project=webshop")["agents"]}
    return sorted((each["name"], each["status"], str(len(begun[key])), str(failed[key])) for key, each in keyed.items())


async def graph(page: Page) -> Any:
    found = await rows(page, ".agent-graph tbody tr")
    note = await page.locator(".agent-graph .note").inner_text()
    return note, sum(int(row[3]) for row in found), sum(int(row[4]) for row in found), sorted({row[0] for row in found})


def told_graph(stack: Stack) -> Any:
    every = agents(stack)
    names = sorted({each["name"] for each in every})
    return f"{len(every)} agents", len(every), sum(each["invocations"] for each in every), names


async def sessions(page: Page) -> Any:
    return sorted(map(shown_session, await rows(page, ".sessions tbody tr")))


def shown_session(cells: list[str]) -> list[str]:
    _, status, context, _, tokens, cost, turns, compactions = cells
    filled = re.findall(r"[\d.]+ %", context)[:1]
    return [status.split()[0], *filled, number(cost), number(turns), number(compactions), leading(tokens)]


def leading(text: str) -> str:
    """`144 k` of `144 k input 12 cache read ...`."""
    found = re.match(r"[\d.,]+(?: [kM]\b)?", text)
    return found[0] if found else NONE


def number(text: str) -> str:
    found = re.match(r"\$?[\d.,]+", text)
    return found[0] if found else NONE


def told_sessions(stack: Stack) -> Any:
    return sorted(map(told_session, stack.get("/sessions")["sessions"]))


def told_session(session: dict[str, Any]) -> list[str]:
    filled, cost = session.get("context_percentage"), session.get("cost_usd")
    tokens = sum(session.get("tokens", {}).values())
    return [
        session["status"],
        *([] if filled is None else [percent(filled)]),
        NONE if cost is None else dollars(cost),
        count(session["turns"]),
        count(session["compactions"]),
        compact(tokens) if tokens else NONE,
    ]


async def file_tree(page: Page) -> Any:
    found = await rows(page, ".tree-rows .tree-row:not(.folder-row)")
    return await page.locator(".files-tree .note").inner_text(), sorted(
        [row[0].split()[0], *row[2:5], row[6]] for row in found
    )


def told_file_tree(stack: Stack) -> Any:
    files = stack.get("/files")["files"]
    return str(len(files)), sorted([each["path"].rpartition("/")[2], *touched(each)] for each in files)


def touched(file: dict[str, Any]) -> list[str]:
    figures = [compact(file[each]) if file[each] else NONE for each in ("reads", "edits", "writes")]
    return [*figures, size(file["size"]) if file.get("size") else NONE]


async def recent_files(page: Page) -> Any:
    found = await page.locator(".listing-canvas .listing-row").evaluate_all(NUMBERED)
    return [[cells[1], path(cells[3]), *cells[4:7], cells[8]] for _, cells in sorted(found)]


def path(text: str) -> str:
    return "".join(text.split()).removesuffix("conflict")


def told_recent_files(stack: Stack) -> Any:
    return [[each["agent_name"], each["path"], *touched(each)] for each in stack.get("/files")["files"]]


async def events(page: Page) -> Any:
    words = await page.locator(".histogram-words").inner_text()
    counted = re.match(r"([\d,]+) events?, ([\d,]+) errors?", words)
    found = await rows(page, ".canvas .row")
    newest = sorted(([int(row[0]), row[2], row[3]] for row in found if row[0]), reverse=True)[:10]
    return counted and counted.groups(), newest


def told_events(stack: Stack) -> Any:
    histogram = stack.get("/events/histogram")
    newest = stack.get("/events?limit=10")["events"]
    counted = count(sum(histogram["counts"])), count(sum(histogram["errors"]))
    return counted, [[each["seq"], each["event"], each.get("agent", "")] for each in newest]


async def errors(page: Page) -> Any:
    note = await page.locator(".events .note").inner_text()
    return note.partition(" ")[0], sorted(int(row[0]) for row in await rows(page, ".canvas .row"))


def told_errors(stack: Stack) -> Any:
    found = stack.get("/events?q=is:error&limit=1000")["events"]
    return count(len(found)), sorted(each["seq"] for each in found)


async def usage(page: Page) -> Any:
    slowest = [[row[0], row[1]] for row in await rows(page, ".slowest-calls tbody tr")]
    return sorted([row[0], *row[1:]] for row in await rows(page, ".usage tbody tr")), slowest


def told_usage(stack: Stack) -> Any:
    answer = stack.get("/tools")
    tools = [each for each in answer["tools"] if not each.get("agent")]
    several = len({each["project"] for each in tools}) > 1
    slowest = [[lasting(each["duration_ms"]), each["agent"] or "main"] for each in answer["slowest"]]
    return sorted(told_tool(each, several) for each in tools), slowest[:10]


def told_tool(tool: dict[str, Any], several: bool) -> list[str]:
    name = f"{tool['tool']} {tool['project']}" if several else tool["tool"]
    average = tool["total_ms"] / tool["calls"] if tool["calls"] else None
    times = [average, tool.get("p50_ms"), tool.get("p95_ms"), tool.get("max_ms")]
    return [name, count(tool["calls"]), count(tool["failures"]), *map(lasting, times)]


async def system(page: Page) -> Any:
    services = sorted(row[:2] for row in await rows(page, ".services-table tbody tr"))
    types = sorted([row[0], row[2]] for row in await rows(page, ".system-types li") if len(row) == 3)
    facts = " ".join((await page.locator(".ingest").inner_text()).split())
    log = " ".join((await page.locator(".log").inner_text()).split())
    found = [re.search(r"Requests ([\d,]+)", facts), re.search(r"Stored ([\d,]+) events", facts)]
    found += [re.search(r"Events ([\d,]+: #[\d,]+ to #[\d,]+)", log)]
    return services, types, [each and each[1] for each in found]


def told_system(stack: Stack) -> Any:
    status = stack.get("/status")
    types: Counter[str] = Counter()
    for project in stack.get("/state")["state"]["projects"].values():
        types.update(project["activity"]["types"])
    [ingest] = [each["beat"] for each in status["instances"] if each["beat"]["service"] == "ingest"]
    first, last = status["log"]["first"], status["log"]["last"]
    facts = [count(ingest["counters"]["requests"]), count(ingest["counters"]["stored"])]
    facts += [f"{count(last - first + 1)}: #{count(first)} to #{count(last)}"]
    shown = sorted([name, count(number)] for name, number in types.most_common(20))
    return sorted([name, word] for name, word in status["services"].items()), shown, facts


VIEWS = {
    "overview": View("/", overview, told_overview),
    "agents.table": View("/?view=agents.table", agent_table, told_agent_table),
    "agents.lanes": View("/?project=webshop&view=agents.lanes&idle=1&range=3600", lanes, told_lanes),
    "agents.graph": View("/?view=agents.graph&table=1", graph, told_graph),
    "sessions": View("/?view=sessions", sessions, told_sessions),
    "files.tree": View("/?view=files", file_tree, told_file_tree),
    "files.recent": View("/?view=files.recent", recent_files, told_recent_files),
    "events": View("/?view=events&grp=0", events, told_events),
    "events.errors": View("/?view=events&grp=0&q=is:error", errors, told_errors),
    "performance": View("/?view=performance", usage, told_usage),
    "system": View("/?view=system", system, told_system),
}


async def agreed(page: Page, view: View, stack: Stack) -> Any:
    """What both say, when both say the same; fails with the difference where they never do."""
    deadline = time.monotonic() + PATIENCE
    while True:
        told = await asyncio.to_thread(view.told, stack)
        shown = await view.shown(page)
        if shown == told or time.monotonic() > deadline:
            assert shown == told
            return told
        await asyncio.sleep(0.2)


@pytest.mark.parametrize(("number", "name"), list(enumerate(VIEWS)))
async def test_a_view_shows_what_the_api_says_and_does_so_live(
    stack: Stack, open_page: Opener, number: int, name: str
) -> None:
    view = VIEWS[name]
    page = await open_page(stack.url + view.address, height=3000)
    before = await agreed(page, view, stack)
    await page.evaluate("() => { window.opened = 'once'; }")
    await asyncio.to_thread(more, stack, number)
    after = await agreed(page, view, stack)
    assert after != before
    assert await page.evaluate("() => window.opened") == "once"
