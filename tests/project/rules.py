"""Makes the modules of script/rules known to the tests beside this file."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "script" / "rules"))
