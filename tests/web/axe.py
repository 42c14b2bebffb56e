"""What axe-core finds wrong with a page."""

from __future__ import annotations

from playwright.async_api import Page

from tests.web.scripted import Json

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def violations(page: Page) -> list[str]:
    """The rules that are violated, each with some of the elements that do. A scripted Lookout serves axe itself."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.add_script_tag(url="/axe.js")
    found = await page.evaluate("tags => axe.run({runOnly: tags})", TAGS)
    return [_described(violation) for violation in found["violations"]]


def _described(violation: Json) -> str:
    return f"{violation['id']}: {[node['html'] for node in violation['nodes'][:3]]}"
