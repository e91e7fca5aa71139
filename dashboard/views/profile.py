"""TODO."""

from dashboard import components, filters


def show() -> None:
    """Draw the page."""
    components.header("profile")
    filters.area_and_year()
