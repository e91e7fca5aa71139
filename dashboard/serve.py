"""How the pages are served: `streamlit run dashboard/serve.py`.

Streamlit's own page of HTML is English, and opened at `/peta` it first looks for a server below
that address, which the browser reports as errors. Here each page's address gets the same HTML
told where the server is and which language is read.
"""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from streamlit import config, file_util

from dashboard import assets, people_pages
from dashboard.headers import Headers

ADDRESSES = (
    *("", "peta", "pertumbuhan", "perubahan", "cakupan"),
    *("profil", "batas", "penerbitan", "metode"),
    *people_pages.ADDRESSES,
)

_HTML = Path(file_util.get_static_dir(), "index.html").read_text(encoding="utf-8")
_LANGUAGES = {"id": "id", "en": "en"}


def page(request: Request) -> HTMLResponse:
    """Answer with Streamlit's HTML, told where the server is; nothing of the address is echoed."""
    language = _LANGUAGES.get(request.query_params.get("bahasa", ""), "id")
    base = config.get_option("server.baseUrlPath").strip("/")
    root = "/".join(part for part in ("${location.origin}", base) if part)
    script = (
        f"<script>window.__streamlit = {{ BACKEND_BASE_URL: `{root}/`, "
        f"MAIN_PAGE_BASE_URL: `{root}/` }};</script>"
    )
    html = _HTML.replace('<html lang="en">', f'<html lang="{language}">')
    html = html.replace("<title>Streamlit</title>", f"<title>PBRT</title>{script}")
    return HTMLResponse(html, headers={"Cache-Control": "no-cache"})


def _routes() -> list[Route]:
    return [Route(f"/{address}", page, methods=["GET", "HEAD"]) for address in ADDRESSES]


assets.STATIC.mkdir(exist_ok=True)  # Streamlit looks for it once, before the first page
app = st.App(Path(__file__).with_name("app.py"), routes=_routes(), middleware=[Middleware(Headers)])
