"""The catalogue of hostile inputs is complete, and what pages must never do is not written."""

import ast
import re
from contextlib import suppress
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse

from dashboard import serve
from dashboard.headers import Headers

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = (ROOT / "docs" / "hostile-inputs.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \|.*\| (`.+`) \|$", CATALOGUE, re.MULTILINE)
NEVER = ("unsafe_allow_html", "unsafe_allow_javascript", "ImageColumn", "LinkColumn")
"""What would take markup, script or an address from data."""


def names_in(file):
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


def test_all_sixty_are_in_the_catalogue():
    assert [int(number) for number, _ in ROWS] == list(range(1, 61))


@pytest.mark.parametrize(("number", "cell"), ROWS)
def test_each_has_a_test(number, cell):
    for file, start in re.findall(r"`([\w/.]+)::(\w+)`", cell):
        assert [name for name in names_in(file) if name.startswith(start)], (number, file, start)


def test_pages_never_take_markup_script_or_addresses_from_data():
    for file in (ROOT / "dashboard").rglob("*.py"):
        found = [word for word in NEVER if word in file.read_text(encoding="utf-8")]
        assert not found, file.name


def test_pages_load_nothing_from_elsewhere():
    headers = answer_of(Headers(PlainTextResponse("x")))
    policy = dict(part.strip().split(" ", 1) for part in headers[POLICY].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == "'none'"
    allowed = {word for where in policy.values() for word in where.split()}
    assert all(word.startswith("'") or word.endswith(":") for word in allowed)
    assert not {"http:", "https:", "*"} & allowed
    assert headers["x-content-type-options"] == "nosniff"
    assert Headers in [kind.cls for kind in serve.app._user_middleware]


POLICY = "content-security-policy"


def answer_of(app):
    """Return the headers with which an application answers, which waits for nothing."""
    sent = []

    async def keep(message):
        sent.append(message)

    running = app({"type": "http", "method": "GET", "headers": []}, None, keep)
    with suppress(StopIteration):
        running.send(None)
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}
