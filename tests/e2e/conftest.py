"""How the browser is started: Debian's Chromium, quiet towards the outside."""

import shutil

import pytest

FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync"""


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict:
    return {"executable_path": shutil.which("chromium"), "headless": True, "args": FLAGS.split()}


@pytest.fixture(scope="session")
def browser_context_args() -> dict:
    """A worker's phone: small, touched, in China."""
    return {
        "viewport": {"width": 360, "height": 740},
        "device_scale_factor": 2,
        "has_touch": True,
        "is_mobile": True,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
    }
