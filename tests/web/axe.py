"""What is wrong with how a page looks: what axe-core finds, and what is wider than the window."""

from __future__ import annotations

from playwright.async_api import Page

from tests.web.scripted import Json

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""The rules that look at colours: all others find the same in either theme."""

WIDTHS = (1440, 390)
WIDEST = "() => document.documentElement.scrollWidth"
RUN = """async rules => {
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    return (await axe.run({ runOnly: rules, resultTypes: ["violations"], preload: false })).violations;
}"""
"""Once what changed with the width or the theme has been drawn."""


async def wrong_in_any_look(page: Page) -> list[str]:
    """The rules that are violated at each width in each theme, with some of the elements that do. A scripted Lookout
    serves axe itself."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.add_script_tag(url="/axe.js")
    found = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        # A colour that fades in is not the colour that is read.
        await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found += [f"{width} dark: {_described(each)}" for each in await page.evaluate(RUN, TAGS)]
        await page.emulate_media(color_scheme="light", reduced_motion="reduce")
        found += [f"{width} light: {_described(each)}" for each in await page.evaluate(RUN, COLOURS)]
        if (widest := await page.evaluate(WIDEST)) > width:
            found.append(f"{width}: it is {widest} px wide")
    return found


def _described(violation: Json) -> str:
    return f"{violation['id']}: {[node['html'] for node in violation['nodes'][:3]]}"
