"""Lets these tests import the reference, whose modules import each other by plain names."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "spec" / "reference"))
