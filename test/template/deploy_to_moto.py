"""Deploys a translated template to moto's CloudFormation, looks every resource up through its own service's API, deletes the
stack and looks again. Prints one line for each thing that is wrong; none where all is well.

Usage: AWS_ENDPOINT_URL=… python deploy_to_moto.py deployment.json, which holds the template, the parameters, and the names
of the resources whose condition does not hold with these.
"""

import io
import json
import sys
import zipfile

import boto3
from botocore.exceptions import ClientError
from moto.cloudformation.parsing import get_model_map

STACK = "phoenat"

# What moto cannot make, and why that is no matter here. An entry that is needless by now is a problem.
LEFT_OUT = {
    "Custom::PhoenatZones": "its creation runs a function, which moto does in Docker only; test:moto drives the function itself",
    "AWS::CloudWatch::Alarm": "moto's CloudFormation does not know it; cfn-lint has checked it",
    "AWS::CloudWatch::CompositeAlarm": "moto's CloudFormation does not know it; cfn-lint has checked it",
    "AWS::EC2::SecurityGroupEgress": "moto's CloudFormation does not know it; cfn-lint has checked it, and test:deploy makes it",
    "AWS::Lambda::EventInvokeConfig": "moto's CloudFormation does not know it; cfn-lint has checked it",
    "AWS::SNS::Subscription": "moto's CloudFormation does not know it; cfn-lint has checked it",
    "AWS::SQS::QueuePolicy": "moto's CloudFormation does not know it; cfn-lint has checked it",
}

# What moto's CloudFormation makes and does not delete.
LEFT_BEHIND_BY_MOTO = {"AWS::EC2::EIP", "AWS::IAM::ManagedPolicy"}

# These are part of another resource, and go with it.
PARTS = {"AWS::EC2::SecurityGroupIngress", "AWS::IAM::Policy", "AWS::Lambda::Permission"}


def client(service):
    return boto3.client(service, region_name="us-east-1")


def make_surroundings():
    """What people have before they deploy: a VPC with its subnets, an address, the bucket with the artefacts. Gives the ids,
    by parameter."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]["SubnetId"]
        for n, zone in enumerate("aabbaabbaabb")
    ]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("handler.mjs", "export async function handler() {}")
    client("s3").create_bucket(Bucket="artefacts")
    client("s3").put_object(Bucket="artefacts", Key="function.zip", Body=archive.getvalue())
    return {
        "VpcId": vpc,
        **{f"Zone{letter}PublicSubnet": subnets[2 * n] for n, letter in enumerate("ABCDEF")},
        **{f"Zone{letter}PrivateSubnets": subnets[2 * n + 1] for n, letter in enumerate("ABCDEF")},
        "ZoneBAllocationId": ec2.allocate_address(Domain="vpc")["AllocationId"],
    }


def needless_exceptions(template):
    kinds = {resource["Type"] for resource in template["Resources"].values()}
    known = get_model_map()
    for kind in sorted(LEFT_OUT):
        if kind not in kinds:
            yield f"{kind} is left out in deploy_to_moto.py, and the template has none"
        if kind in known:
            yield f"{kind} is left out in deploy_to_moto.py, and moto can make it"


def deployable(template):
    """The template without what moto cannot make, and without what refers to that."""
    resources = template["Resources"]
    gone = {name for name, resource in resources.items() if resource["Type"] in LEFT_OUT}
    kept = {name: resource for name, resource in resources.items() if name not in gone}
    for resource in kept.values():
        needed = resource.get("DependsOn", [])
        needed = [needed] if isinstance(needed, str) else needed
        resource["DependsOn"] = [name for name in needed if name not in gone]
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


def named(value):
    """The logical id to which a property refers."""
    return value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0]


def policies_of(roles):
    iam = client("iam")
    return [name for role in roles for name in iam.list_role_policies(RoleName=role)["PolicyNames"]]


def let_in_by(group):
    """Protocol, ports and group of what a security group lets in from other groups."""
    [described] = client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    for rule in described["IpPermissions"]:
        for pair in rule["UserIdGroupPairs"]:
            yield rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort"), pair["GroupId"]


def is_there(kind, resource, physical_id, physical):
    """Whether the service itself knows the resource. `physical` has the physical ids of the stack's other resources."""
    properties = resource.get("Properties", {})
    match kind:
        case "AWS::Logs::LogGroup":
            return found(client("logs").describe_log_groups, "logGroups", logGroupNamePrefix=physical_id)
        case "AWS::IAM::Role":
            return found(client("iam").get_role, "Role", RoleName=physical_id)
        case "AWS::IAM::Policy":
            roles = [physical[named(role)] for role in properties["Roles"]]
            return policies_of(roles).count(properties["PolicyName"]) == len(roles)
        case "AWS::IAM::ManagedPolicy":
            return found(client("iam").get_policy, "Policy", PolicyArn=physical_id)
        case "AWS::IAM::InstanceProfile":
            return found(client("iam").get_instance_profile, "InstanceProfile", InstanceProfileName=physical_id)
        case "AWS::Lambda::Function":
            return found(client("lambda").get_function, "Configuration", FunctionName=physical_id)
        case "AWS::Lambda::Permission":
            function = physical[named(properties["FunctionName"])]
            end = properties["SourceArn"]["Fn::Sub"][0].split("}")[-1]
            rules = [rule["Arn"] for rule in client("events").list_rules()["Rules"] if rule["Arn"].endswith(end)]
            policy = client("lambda").get_policy(FunctionName=function)["Policy"]
            return len(rules) == 1 and rules[0] in policy
        case "AWS::Events::Rule":
            name = physical_id.split("/")[-1]
            return found(client("events").describe_rule, "Arn", Name=name) and found(
                client("events").list_targets_by_rule, "Targets", Rule=name
            )
        case "AWS::EC2::SecurityGroup":
            return found(client("ec2").describe_security_groups, "SecurityGroups", GroupIds=[physical_id])
        case "AWS::EC2::SecurityGroupIngress":
            ports = (properties["IpProtocol"], properties["FromPort"], properties["ToPort"])
            source = physical[named(properties["SourceSecurityGroupId"])]
            return (*ports, source) in let_in_by(physical[named(properties["GroupId"])])
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


def attached_to(policy):
    roles = client("iam").list_entities_for_policy(PolicyArn=policy, EntityFilter="Role")["PolicyRoles"]
    return {role["RoleName"] for role in roles}


def detach(expected, physical):
    """CloudFormation deletes a policy that names roles before them, and takes it off them; moto leaves it, and then cannot
    delete the roles."""
    for name, resource in expected.items():
        if resource["Type"] == "AWS::IAM::ManagedPolicy" and "Roles" in resource["Properties"]:
            for role in attached_to(physical[name]):
                client("iam").detach_role_policy(RoleName=role, PolicyArn=physical[name])


def create(template, parameters):
    """Gives the physical ids, by logical id."""
    cloudformation = client("cloudformation")
    try:
        cloudformation.create_stack(
            StackName=STACK,
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
    except ClientError as error:
        raise SystemExit(f"the stack was not created: {error}") from error
    made = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    unfinished = [entry for entry in made if entry["ResourceStatus"] != "CREATE_COMPLETE"]
    if unfinished:
        raise SystemExit(f"the stack was not created: {unfinished}")
    # moto lists a resource without its name where its condition does not hold, and where it is a part of another one.
    return {entry["LogicalResourceId"]: entry.get("PhysicalResourceId") for entry in made if "LogicalResourceId" in entry}


def missing(expected, physical):
    for name in sorted(physical.keys() - expected.keys()):
        yield f"{name} was made though its condition does not hold"
    for name, resource in expected.items():
        if name not in physical and resource["Type"] not in PARTS:
            yield f"{name} was not made"
        elif not is_there(resource["Type"], resource, physical.get(name), physical):
            yield f"{name} ({physical.get(name)}) is not known to its service"
        elif resource["Type"] == "AWS::IAM::ManagedPolicy":
            roles = [physical[named(role)] for role in resource["Properties"].get("Roles", [])]
            if not attached_to(physical[name]) >= set(roles):
                yield f"{name} is not attached to the roles that it names"


def left(expected, physical):
    if found(client("cloudformation").describe_stacks, "Stacks", StackName=STACK):
        yield "the stack is left after the deletion"
    for name, resource in expected.items():
        kind = resource["Type"]
        if kind in PARTS or name not in physical:
            continue
        is_left = is_there(kind, resource, physical[name], physical)
        if is_left and kind not in LEFT_BEHIND_BY_MOTO:
            yield f"{name} ({physical[name]}) is left after the deletion"
        if not is_left and kind in LEFT_BEHIND_BY_MOTO:
            yield f"{kind} is said in deploy_to_moto.py to be left behind by moto, and is not"


def main():
    with open(sys.argv[1], encoding="utf8") as file:
        deployment = json.load(file)
    problems = list(needless_exceptions(deployment["template"]))
    template = deployable(deployment["template"])
    expected = {name: resource for name, resource in template["Resources"].items() if name not in deployment["absent"]}
    surroundings = make_surroundings()
    # A parameter that is given stands for the real one where there is one.
    parameters = {name: surroundings.get(name, value) for name, value in deployment["parameters"].items()}
    try:
        physical = create(template, parameters)
        problems += missing(expected, physical)
        detach(expected, physical)
    finally:
        client("cloudformation").delete_stack(StackName=STACK)
    problems += left(expected, physical)
    print("\n".join(problems), end="")


main()
