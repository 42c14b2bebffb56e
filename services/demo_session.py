"""The recorded session: an afternoon of two projects in five minutes. Nobody and nothing in it is real.

webshop   Dana's agents look for a discount that gets lost, while Sam's add an audit trail; both touch pricing.py.
ledger    Kim's PM, under claude-mpm, rounds invoices.
"""

from __future__ import annotations

from services.demo_claude import Agent, Session
from services.demo_mpm import MpmSession
from services.demo_recording import Recording

WEBSHOP = "/home/dev/webshop"
LEDGER = "/home/dev/ledger"
PRICING = "src/cart/pricing.py"


def record(recording: Recording) -> None:
    lost_discount(Session(recording, WEBSHOP, "claude-opus-5", at=0))
    audit_trail(Session(recording, WEBSHOP, "claude-sonnet-5", at=14))
    rounding(MpmSession(recording, LEDGER, at=40))


def lost_discount(session: Session) -> None:
    """Its context window fills up and is compacted; it ends."""
    plan = ("Reproduce it", "Find the cause", "Fix it", "Cover it with tests", "Have it reviewed")
    main = session.main
    main.starts("startup", percent=11)
    main.prompted("The checkout loses its discount when the cart is edited. Find out why, and fix it.")
    main.todo(0, *plan)
    main.read("CLAUDE.md", "src/cart/cart.py", "tests/cart/test_cart.py")
    main.run("pytest -q tests/cart", 4, error="Exit code 1\n1 failed, 41 passed: assert 90.00 == 81.00")
    main.fills(24)
    main.todo(1, *plan)
    _explored(main)
    main.fills(52)
    main.read(PRICING, "src/cart/discounts.py", "src/checkout/total.py")
    main.todo(2, *plan)
    engineer = main.delegates("python-engineer", "Keep the discount when a cart is edited")
    _repaired(engineer)
    main.awaits(engineer)
    main.fills(71)
    main.run("git diff --stat && git diff", 0.6)
    main.fills(83)
    main.read("src/cart/cart.py", PRICING, "tests/cart/test_discounts.py")
    main.fills(91)
    _reviewed(main)
    main.fills(96.5)
    main.run("pytest -q", 9, "312 passed in 8.71s")
    main.fills(98)
    main.compacts(percent=17)
    main.todo(5, *plan)
    main.run("git commit -aqm 'Keep the discount of an edited cart'", 0.4)
    main.run("git push origin keep-discount", 2.6)
    main.mcp("github", "create_pull_request", {"title": "Keep the discount of an edited cart"}, 1.8)
    main.stops()
    _receipts(main)
    main.stops()
    main.leaves()


def _explored(main: Agent) -> None:
    """Two agents search side by side."""
    explorer = main.delegates("Explore", "Map how a cart becomes an order")
    historian = main.delegates("git-historian", "Find when discounts broke")
    explorer.find("src/**/*.py", "src/cart/cart.py", "src/checkout/order.py", "src/checkout/total.py")
    explorer.read("src/cart/cart.py", "src/checkout/order.py", "src/checkout/total.py")
    explorer.grep("discount", PRICING, "src/cart/discounts.py", "src/checkout/total.py")
    explorer.read(PRICING, "src/cart/discounts.py", "src/api/cart_routes.py", "src/api/schemas.py")
    historian.run("git log --oneline -20 -- src/cart", 0.5)
    historian.run("git bisect start HEAD v2.3 && git bisect run pytest -q tests/cart", 11)
    historian.mcp("github", "list_pull_requests", {"state": "closed"}, 1.6)
    historian.mcp("github", "get_pull_request", {"number": 418}, 0.9, error="MCP error -32603: 502 Bad Gateway")
    historian.mcp("github", "get_pull_request", {"number": 418}, 1.1)
    historian.run("git show 7c1e0b2", 0.3)
    main.awaits(explorer, historian)


def _repaired(engineer: Agent) -> None:
    """An agent that has agents of its own: one for the tests, one for their data, at the same time."""
    engineer.read(PRICING, "src/cart/discounts.py", "src/cart/events.py")
    engineer.until(82)
    engineer.edit(PRICING, 14, 6)
    engineer.edit("src/cart/cart.py", 4, 2)
    engineer.run("ruff check src/cart", 0.8, error="Exit code 1\nsrc/cart/cart.py:41:5 F841 unused variable `total`")
    engineer.edit("src/cart/cart.py", 1, 2)
    engineer.run("ruff check src/cart", 0.7)
    tester = engineer.delegates("test-writer", "Cover edited carts with tests")
    builder = engineer.delegates("fixture-builder", "Build carts with every kind of discount")
    tester.read("tests/cart/test_cart.py", "tests/conftest.py")
    tester.write("tests/cart/test_discounts.py", 64)
    tester.run("pytest -q tests/cart/test_discounts.py", 3, error="Exit code 2\nfixture 'cart_with_voucher' not found")
    tester.edit("tests/conftest.py", 9)
    tester.run("pytest -q tests/cart/test_discounts.py", 3, "9 passed in 1.20s")
    builder.read("tests/conftest.py", "src/cart/discounts.py")
    builder.write("tests/fixtures/carts.json", 120)
    builder.edit("tests/conftest.py", 22, 3)
    builder.run("python -m json.tool tests/fixtures/carts.json", 0.3)
    engineer.awaits(tester, builder)
    engineer.edit(PRICING, 5, 3)
    engineer.run("pytest -q tests/cart", 4, "51 passed in 3.90s")


def _reviewed(main: Agent) -> None:
    """A reviewer is awaited while a writer goes on in the background."""
    writer = main.delegates("docs-writer", "Note the fix in the changelog", background=True)
    reviewer = main.delegates("code-reviewer", "Review the change")
    writer.read("CHANGELOG.md", "docs/discounts.md")
    writer.edit("CHANGELOG.md", 3, 0)
    writer.edit("docs/discounts.md", 11, 4)
    writer.ends()
    reviewer.run("git diff main", 0.4)
    reviewer.read(PRICING, "src/cart/cart.py", "tests/cart/test_discounts.py")
    reviewer.grep("apply_discount", PRICING, "src/checkout/total.py")
    reviewer.denied("rm -rf .pytest_cache .ruff_cache", "Deleting folders is not part of a review.")
    reviewer.run("pytest -q tests/checkout", 5, "88 passed in 4.40s")
    main.awaits(reviewer)


def _receipts(main: Agent) -> None:
    """The second turn: three agents at once, one of which meets a flaky browser."""
    main.thinks(6)
    main.prompted("Now show the discount on the receipt as well: page, mail and PDF.")
    page = main.delegates("frontend-engineer", "Show the discount on the page")
    mail = main.delegates("python-engineer", "Show the discount in the mail")
    pdf = main.delegates("python-engineer", "Show the discount in the PDF")
    page.find("web/receipt/*", "web/receipt/Receipt.tsx", "web/receipt/receipt.css")
    page.read("web/receipt/Receipt.tsx", "web/receipt/receipt.css")
    page.edit("web/receipt/Receipt.tsx", 17, 3)
    page.edit("web/receipt/receipt.css", 9, 0)
    page.mcp("browser", "navigate", {"url": "http://localhost:3000/receipt/1"}, 3.0, error="Timeout 3000ms exceeded")
    page.mcp("browser", "navigate", {"url": "http://localhost:3000/receipt/1"}, 1.4)
    page.mcp("browser", "screenshot", {"full_page": True}, 1.1)
    page.edit("web/receipt/receipt.css", 2, 2)
    page.mcp("browser", "screenshot", {"full_page": True}, 0.9)
    page.run("npm test -- receipt", 6, "14 passed")
    mail.read("src/mail/receipt.py", "src/mail/templates/receipt.txt")
    mail.edit("src/mail/templates/receipt.txt", 4, 1)
    mail.edit("src/mail/receipt.py", 11, 2)
    mail.run("pytest -q tests/mail", 3, "23 passed in 2.60s")
    pdf.read("src/pdf/receipt.py", "src/pdf/layout.py")
    pdf.edit("src/pdf/receipt.py", 15, 4)
    pdf.run("python -m src.pdf.receipt --sample", 2, error="Exit code 1\nOverflow: 3 columns do not fit into 170 mm")
    pdf.edit("src/pdf/layout.py", 8, 5)
    pdf.run("python -m src.pdf.receipt --sample", 2)
    pdf.run("pytest -q tests/pdf", 3, "11 passed in 2.10s")
    main.awaits(page, mail, pdf)
    main.fills(33)
    main.run("pytest -q && npm test", 12, "335 passed")
    main.run("git commit -aqm 'Show the discount on receipts' && git push", 2.2)


def audit_trail(session: Session) -> None:
    """It waits for leave twice: once for half a minute, and at the end for ever."""
    main = session.main
    main.starts("startup", percent=9)
    main.prompted("Every change of an order has to leave a trail: who, when, what. Add it.")
    main.task("TaskCreated", 1, "A table for the trail", "data-engineer")
    main.task("TaskCreated", 2, "Write to it on every change", "python-engineer")
    main.read("src/checkout/order.py", "migrations/env.py", "docs/data.md")
    main.mcp("postgres", "list_tables", {"schema": "public"}, 0.6)
    main.mcp("postgres", "describe_table", {"table": "orders"}, 0.5)
    engineer = main.delegates("data-engineer", "Write the migration for the trail")
    engineer.find("migrations/versions/*.py", "migrations/versions/0041_vouchers.py")
    engineer.read("migrations/versions/0041_vouchers.py", "src/checkout/models.py")
    engineer.write("migrations/versions/0042_trail.py", 48)
    engineer.edit("src/checkout/models.py", 19)
    engineer.run("alembic check", 2.2, error="Exit code 255\nTarget database is not up to date.")
    main.awaits(engineer)
    main.fills(31)
    main.asks("alembic upgrade head", waits=31)
    main.task("TaskCompleted", 1, "A table for the trail", "data-engineer")
    main.until(104)
    main.edit(PRICING, 7, 2)
    main.edit("src/checkout/order.py", 23, 8)
    main.fills(44)
    _trail_written(main)
    main.fills(58)
    main.run("pytest -q tests/checkout", 6, error="Exit code 1\n2 failed, 90 passed: KeyError: 'actor'")
    main.read("tests/checkout/test_order.py")
    main.edit("src/checkout/trail.py", 6, 2)
    main.run("pytest -q tests/checkout", 6, "92 passed in 5.60s")
    main.task("TaskCompleted", 2, "Write to it on every change", "python-engineer")
    main.stops()
    _asked_for_more(main)
    main.asks("psql $STAGING -f scripts/backfill_trail.sql")


def _trail_written(main: Agent) -> None:
    writer = main.delegates("python-engineer", "Write to the trail on every change of an order")
    tester = main.delegates("test-writer", "Test the trail")
    writer.read("src/checkout/order.py", "src/checkout/events.py")
    writer.write("src/checkout/trail.py", 72)
    writer.edit("src/checkout/order.py", 12, 4)
    writer.edit("src/api/order_routes.py", 8, 3)
    writer.run("mypy src/checkout", 5, error="Exit code 1\nsrc/checkout/trail.py:31: error: Missing return statement")
    writer.edit("src/checkout/trail.py", 3, 1)
    writer.run("mypy src/checkout", 4)
    tester.read("tests/checkout/test_order.py", "src/checkout/models.py")
    tester.write("tests/checkout/test_trail.py", 55)
    tester.edit("tests/conftest.py", 6)
    tester.run("pytest -q tests/checkout/test_trail.py", 4, "7 passed in 2.10s")
    main.awaits(writer, tester)


def _asked_for_more(main: Agent) -> None:
    main.until(212)
    main.prompted("Good. Fill the trail for the orders that are there already, on staging first.")
    main.read("scripts/README.md", "src/checkout/trail.py")
    analyst = main.delegates("data-analyst", "Count what has to be filled")
    analyst.mcp("postgres", "query", {"sql": "select count(*) from orders"}, 2.4)
    analyst.mcp("postgres", "query", {"sql": "select min(created_at), max(created_at) from orders"}, 1.9)
    analyst.fetch("https://docs.example/backfills", 1.2)
    analyst.write("scripts/backfill_trail.sql", 34)
    analyst.mcp("postgres", "explain", {"sql": "insert into trail select"}, 1.2)
    analyst.edit("scripts/backfill_trail.sql", 5, 3)
    main.awaits(analyst)
    main.fills(67)
    main.read("scripts/backfill_trail.sql")
    main.run("psql $LOCAL -f scripts/backfill_trail.sql", 7)
    main.fills(72)
    main.until(262)


def rounding(session: MpmSession) -> None:
    plan = ("Find where invoices are rounded", "Round once, at the end", "Check old invoices")
    session.starts()
    session.prompted("Sums of invoices differ by a cent. Round once, at the end.")
    session.todo(0, *plan)
    research = session.delegates("research", "Find where invoices are rounded")
    session.read("ledger/invoice.py", "ledger/money.py", "ledger/tax.py", "ledger/lines.py")
    session.run("grep -rn 'round(' ledger", 0.5)
    session.read("tests/test_invoice.py", "docs/rounding.md")
    session.returns("research", research)
    session.todo(1, *plan)
    engineer = session.delegates("python-engineer", "Round once, at the end")
    session.edit("ledger/money.py", 640)
    session.edit("ledger/tax.py", 410)
    session.run("pytest -q", 6, ok=False)
    session.edit("ledger/invoice.py", 980)
    session.edit("ledger/lines.py", 350)
    session.run("pytest -q", 6)
    session.returns("python-engineer", engineer)
    session.todo(2, *plan)
    qa = session.delegates("qa", "Check old invoices")
    session.run("python -m ledger.replay --year 2025", 18)
    session.read("out/differences.csv")
    session.run("python -m ledger.replay --year 2026", 14)
    session.read("out/differences.csv")
    session.returns("qa", qa)
    session.todo(3, *plan)
    session.stops(tokens=84_000)
    _credit_notes(session)


def _credit_notes(session: MpmSession) -> None:
    session.thinks(18)
    session.prompted("Credit notes too, please.")
    engineer = session.delegates("python-engineer", "Round credit notes once")
    session.read("ledger/credit_note.py", "tests/test_credit_note.py")
    session.edit("ledger/credit_note.py", 720)
    session.run("pytest -q tests/test_credit_note.py", 3, ok=False)
    session.edit("tests/test_credit_note.py", 530)
    session.run("pytest -q", 7)
    session.returns("python-engineer", engineer)
    docs = session.delegates("documentation", "Say how sums are rounded")
    session.read("docs/rounding.md")
    session.edit("docs/rounding.md", 1_150)
    session.returns("documentation", docs)
    session.run("git commit -aqm 'Round once'", 0.5)
    session.stops(tokens=121_000)
