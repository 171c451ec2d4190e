"""Translates the SAM template as `sam deploy` has CloudFormation do it, offline: template in, CloudFormation JSON out."""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.parser.parser import Parser  # noqa: E402
from samtranslator.translator.translator import Translator  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

with open(sys.argv[1], encoding="utf8") as file:
    template = yaml_parse(file.read())

# `sam package` uploads the artefacts and puts their addresses here.
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = "s3://artefacts/function.zip"
    if resource["Type"] == "AWS::Lambda::Function":
        resource["Properties"]["Code"] = {"S3Bucket": "artefacts", "S3Key": "function.zip"}

json.dump(Translator({}, Parser()).translate(template, {}), sys.stdout, indent=1, default=str)
