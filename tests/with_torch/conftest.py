"""These tests need the extra "models"; without it none of them is collected."""

import importlib.util
import os

import pytest

collect_ignore_glob = [] if importlib.util.find_spec("torch") else ["test_*.py"]


@pytest.fixture(autouse=True, scope="session")
def _quietly_offline() -> None:
    """Nothing may be fetched, and two cores are enough."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["DELAMINATE_DEVICE"] = "cpu"
    import torch
    from transformers.utils import logging

    torch.set_num_threads(2)
    logging.disable_progress_bar()
    logging.set_verbosity_error()
