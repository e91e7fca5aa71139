"""Names the fixtures that tests of several folders share."""

pytest_plugins = ["registry.fixtures"]
