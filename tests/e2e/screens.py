"""Screens other than a worker's phone, and where pictures of pages are kept (not in git)."""

from pathlib import Path

ARTIFACTS = Path(__file__).parent / "artifacts"
SMALL = {"viewport": {"width": 320, "height": 640}}
DESK = {"viewport": {"width": 1280, "height": 800}, "is_mobile": False, "has_touch": False, "device_scale_factor": 1}
