"""Every recorded request against AWS's own model of it, as botocore ships it: members, types, enums and bounds.

Requests in, as JSON lines of {"service", "name", "input"}; a line for each that AWS would not understand out.
"""

import json
import sys

import botocore.session
from botocore.validate import ParamValidator

session = botocore.session.get_session()
models = {}


def model_of(service):
    if service not in models:
        models[service] = session.get_service_model(service)
    return models[service]


def beyond(shape, value, path):
    """What botocore's validator leaves to the service: enums, the most members, the longest text, the highest number."""
    limits = shape.metadata
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, inner in value.items():
            if name in shape.members:
                yield from beyond(shape.members[name], inner, f"{path}.{name}")
    elif shape.type_name == "list" and isinstance(value, list):
        if len(value) > limits.get("max", len(value)):
            yield f"{path}: {len(value)} members, at most {limits['max']}"
        for index, inner in enumerate(value):
            yield from beyond(shape.member, inner, f"{path}[{index}]")
    elif shape.type_name == "string" and isinstance(value, str):
        if shape.enum and value not in shape.enum:
            yield f"{path}: {value} is none of its values"
        if len(value) > limits.get("max", len(value)):
            yield f"{path}: {len(value)} characters, at most {limits['max']}"
    elif shape.type_name in ("integer", "long") and isinstance(value, int):
        if not limits.get("min", value) <= value <= limits.get("max", value):
            yield f"{path}: {value} is not from {limits.get('min')} to {limits.get('max')}"


def problems_with(request):
    model = model_of(request["service"]).operation_model(request["name"])
    report = ParamValidator().validate(request["input"], model.input_shape)
    if report.has_errors():
        yield report.generate_report()
    yield from beyond(model.input_shape, request["input"], request["name"])


seen = set()
for line in sys.stdin:
    recorded = json.loads(line)
    try:
        found = list(problems_with(recorded))
    except botocore.model.OperationNotFoundError:
        found = ["botocore's model knows no such call"]
    for problem in found:
        text = f"{recorded['service']}:{recorded['name']}, made in \"{recorded['test']}\": {problem}"
        if (recorded["name"], problem) not in seen:
            print(text.replace("\n", "; "))
        seen.add((recorded["name"], problem))
