"""What parliament, which has IAM's data from elsewhere, finds in the policies: {"name": document} in, lines out."""

import json
import sys

from parliament import analyze_policy_string

# It wants each statement with RunInstances to name all types of resource that a launch is judged for. Ours divide them, so
# that each has conditions of its own; that together they are whole is what the judged launches show.
EXPECTED = {"RESOURCE_MISMATCH"}

for name, document in json.load(sys.stdin).items():
    for finding in analyze_policy_string(json.dumps(document)).findings:
        if finding.issue not in EXPECTED:
            print(f"{name}: {finding.issue}: {finding.detail or finding.title} {finding.location}")
