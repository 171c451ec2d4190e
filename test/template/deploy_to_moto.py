"""Deploys the translated template to moto's CloudFormation, looks every resource up through its own service's API, deletes
the stack and looks again. Prints one line for each thing that is wrong; none where all is well.

Usage: AWS_ENDPOINT_URL=… python deploy_to_moto.py translated.json
"""

import io
import json
import sys
import zipfile

import boto3
from botocore.exceptions import ClientError

STACK = "phoenat"

# What moto 5.2.1 cannot make, and why that is no matter here.
LEFT_OUT = {
    "Custom::PhoenatZones": "its creation runs a function, which moto does in Docker only; test:moto drives the function itself",
    "AWS::CloudWatch::Alarm": "moto's CloudFormation does not know it; cfn-lint has checked it",
    "AWS::Lambda::EventInvokeConfig": "moto's CloudFormation does not know it; cfn-lint has checked it",
    "AWS::SNS::Subscription": "moto's CloudFormation does not know it; cfn-lint has checked it",
    "AWS::SQS::QueuePolicy": "moto's CloudFormation does not know it; cfn-lint has checked it",
}

# What moto's CloudFormation makes and does not delete.
LEFT_BEHIND_BY_MOTO = {"AWS::EC2::EIP"}

# These are part of another resource, and go with it.
PARTS = {"AWS::EC2::SecurityGroupIngress", "AWS::IAM::Policy", "AWS::Lambda::Permission"}


def client(service):
    return boto3.client(service, region_name="us-east-1")


def make_vpc():
    """A VPC with two subnets, and the bucket with the artefacts: what people have before they deploy."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]["SubnetId"]
        for n, zone in enumerate("aabb")
    ]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("handler.mjs", "export async function handler() {}")
    client("s3").create_bucket(Bucket="artefacts")
    client("s3").put_object(Bucket="artefacts", Key="function.zip", Body=archive.getvalue())
    return vpc, subnets


def deployable(template):
    """The template without what moto cannot make, and without what refers to that."""
    resources = template["Resources"]
    gone = {name for name, resource in resources.items() if resource["Type"] in LEFT_OUT}
    kept = {name: resource for name, resource in resources.items() if name not in gone}
    for resource in kept.values():
        needed = resource.get("DependsOn", [])
        needed = [needed] if isinstance(needed, str) else needed
        resource["DependsOn"] = [name for name in needed if name not in gone]
        if resource["Type"] == "AWS::CloudWatch::Dashboard":
            body = resource["Properties"]["DashboardBody"]["Fn::Sub"]
            for name in gone:
                body = body.replace("${" + name + ".Arn}", f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}")
            resource["Properties"]["DashboardBody"]["Fn::Sub"] = body
    outputs = {
        name: output
        for name, output in template["Outputs"].items()
        if not any(f'"{lost}' in json.dumps(output["Value"]) for lost in gone)
    }
    return {**template, "Resources": kept, "Outputs": outputs}


def found(call, key, **arguments):
    try:
        return bool(call(**arguments).get(key))
    except ClientError:
        return False


def policies_of(roles):
    iam = client("iam")
    return [name for role in roles for name in iam.list_role_policies(RoleName=role)["PolicyNames"]]


def is_there(kind, resource, physical_id, physical):
    """Whether the service itself knows the resource. `physical` has the physical ids of the stack's other resources."""
    properties = resource.get("Properties", {})
    match kind:
        case "AWS::Logs::LogGroup":
            return found(client("logs").describe_log_groups, "logGroups", logGroupNamePrefix=physical_id)
        case "AWS::IAM::Role":
            return found(client("iam").get_role, "Role", RoleName=physical_id)
        case "AWS::IAM::Policy":
            roles = [physical[role["Ref"]] for role in properties["Roles"]]
            return policies_of(roles).count(properties["PolicyName"]) == len(roles)
        case "AWS::IAM::InstanceProfile":
            return found(client("iam").get_instance_profile, "InstanceProfile", InstanceProfileName=physical_id)
        case "AWS::Lambda::Function":
            return found(client("lambda").get_function, "Configuration", FunctionName=physical_id)
        case "AWS::Lambda::Permission":
            function = physical[properties["FunctionName"]["Ref"]]
            rule = physical[properties["SourceArn"]["Fn::GetAtt"][0]]
            return rule in client("lambda").get_policy(FunctionName=function)["Policy"]
        case "AWS::Events::Rule":
            name = physical_id.split("/")[-1]
            return found(client("events").describe_rule, "Arn", Name=name) and found(
                client("events").list_targets_by_rule, "Targets", Rule=name
            )
        case "AWS::EC2::SecurityGroup":
            return found(client("ec2").describe_security_groups, "SecurityGroups", GroupIds=[physical_id])
        case "AWS::EC2::SecurityGroupIngress":
            group = physical[properties["GroupId"]["Fn::GetAtt"][0]]
            rules = client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
            return any(rule.get("FromPort") == properties["FromPort"] for rule in rules)
        case "AWS::EC2::EIP":
            return found(client("ec2").describe_addresses, "Addresses", PublicIps=[physical_id])
        case "AWS::SQS::Queue":
            return found(client("sqs").get_queue_attributes, "Attributes", QueueUrl=physical_id, AttributeNames=["All"])
        case "AWS::SNS::Topic":
            return found(client("sns").get_topic_attributes, "Attributes", TopicArn=physical_id)
        case "AWS::CloudWatch::Dashboard":
            return found(client("cloudwatch").get_dashboard, "DashboardBody", DashboardName=physical_id)
        case _:
            raise SystemExit(f"{kind} cannot be looked up: teach deploy_to_moto.py how")


def expected_in(template, parameters):
    """The resources whose condition holds for two zones, the first address allocated and the second brought."""
    absent = {"ZoneBAddress", "ZoneCAddress"}
    assert parameters["ZoneBAllocationId"] != "" and parameters["AlarmEmail"] != ""
    return {name: resource for name, resource in template["Resources"].items() if name not in absent}


def main():
    with open(sys.argv[1], encoding="utf8") as file:
        template = deployable(json.load(file))
    vpc, (public_a, private_a, public_b, private_b) = make_vpc()
    parameters = {
        "VpcId": vpc,
        "ClientCidrs": "10.0.0.0/16",
        "ZoneAPublicSubnet": public_a,
        "ZoneAPrivateSubnets": private_a,
        "ZoneBPublicSubnet": public_b,
        "ZoneBPrivateSubnets": private_b,
        "ZoneBAllocationId": client("ec2").allocate_address(Domain="vpc")["AllocationId"],
        "AlarmEmail": "oncall@example.com",
    }
    cloudformation = client("cloudformation")
    cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    made = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    # moto lists a resource without its name where its condition does not hold, and where it is a part of another one.
    physical = {entry["LogicalResourceId"]: entry.get("PhysicalResourceId") for entry in made if "LogicalResourceId" in entry}
    expected = expected_in(template, parameters)
    is_part = {name for name, resource in expected.items() if resource["Type"] in PARTS}
    problems = [f"{name} was not made" for name in expected if name not in physical and name not in is_part]
    problems += [f"{name} was made though its condition does not hold" for name in physical if name not in expected]
    for name, resource in expected.items():
        if name in physical.keys() | is_part and not is_there(resource["Type"], resource, physical.get(name), physical):
            problems.append(f"{name} ({physical.get(name)}) is not known to its service")
    cloudformation.delete_stack(StackName=STACK)
    for name in physical.keys() - is_part:
        kind = expected[name]["Type"]
        if kind not in LEFT_BEHIND_BY_MOTO and is_there(kind, expected[name], physical[name], physical):
            problems.append(f"{name} ({physical[name]}) is left after the deletion")
    print("\n".join(problems), end="")
    print(f"{len(expected)} resources looked up; left out: {', '.join(sorted(LEFT_OUT))}", file=sys.stderr)


main()
