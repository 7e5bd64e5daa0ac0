"""render.py CHART < values.json: what Helm finds in the chart, and what it makes of it, as JSON."""

import json
import sys

from helm_python import chart

path, values = sys.argv[1], json.load(sys.stdin)
found = chart.lint(path, values, strict=True)
rendered = chart.Chart.load(path).render(values, name="carryover", namespace="carryover")
json.dump({"lint": found, "files": rendered}, sys.stdout)
