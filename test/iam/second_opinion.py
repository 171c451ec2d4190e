"""What parliament, which has IAM's data from elsewhere, finds in the policies: {"name": document} in, lines out."""

import json
import sys

from parliament import analyze_policy_string

# It wants each statement with RunInstances to name all types of resource that a launch is judged for. Ours divide them, so
# that each has conditions of its own; that together they are whole is what the judged launches show.
EXPECTED = {"RESOURCE_MISMATCH"}
# Lambda checks that a probe's role may make interfaces anywhere. And the key that marks the calls of a function's code comes
# with credentials, so that it is in no action's list.
EXPECTED_OF = {"probe": {"RESOURCE_STAR", "UNKNOWN_CONDITION_FOR_ACTION"}}

for name, document in json.load(sys.stdin).items():
    for finding in analyze_policy_string(json.dumps(document)).findings:
        if finding.issue not in EXPECTED | EXPECTED_OF.get(name, set()):
            print(f"{name}: {finding.issue}: {finding.detail or finding.title} {finding.location}")
