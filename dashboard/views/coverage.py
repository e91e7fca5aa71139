"""TODO"""

from dashboard import components, filters


def show() -> None:
    """Draw the page."""
    components.header("coverage")
    filters.area_and_year()
