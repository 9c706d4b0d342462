"""The browser and the dashboard of the browser tests, and as many threads as whoever uses the product has."""

import os

import torch

from tests.browser.conftest import browser, dashboard

__all__ = ["browser", "dashboard"]

os.environ.pop("OMP_NUM_THREADS", None)  # of servers
torch.set_num_threads(os.cpu_count() or 1)
