"""The browser and the dashboard of the browser tests."""

from tests.browser.conftest import browser, dashboard

__all__ = ["browser", "dashboard"]
