"""MiniStack with what it lacks for Phoenat. All of it is in this file, and listed in README.md.

MOTO_URL is the moto server that is its EC2; FUNCTION_LOGS a folder for what the functions print. It ends when its
standard input does, so that it does not outlive a harness that was killed.
"""

import asyncio
import datetime
import json
import os
import sys
import threading

import boto3
import ministack.services.cloudformation.changesets as changesets
import ministack.services.cloudformation.custom_resource as custom_resource
import ministack.services.cloudformation.engine as engine
import ministack.services.cloudformation.handlers as handlers
import ministack.services.cloudformation.provisioners as provisioners
import ministack.services.cloudformation.stacks as stacks
import ministack.services.cloudwatch as cloudwatch
import ministack.services.cloudwatch_logs as cloudwatch_logs
import ministack.services.eventbridge as eventbridge
import ministack.services.lambda_svc as lambda_svc
import ministack.services.ssm as ssm
from ministack.app import main

REGION = "us-east-1"


def moto(service):
    return boto3.client(
        service,
        endpoint_url=os.environ["MOTO_URL"],
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


ec2 = moto("ec2")
iam = moto("iam")


# --- CloudFormation's EC2 types, made in moto. MiniStack would make them in an EC2 of its own, and lacks some. ---


def tag_specifications(props, kind):
    tags = [{"Key": tag["Key"], "Value": str(tag["Value"])} for tag in props.get("Tags") or []]
    return [{"ResourceType": kind, "Tags": tags}] if tags else []


def permission(rule):
    """A rule of a template as the EC2 API takes it."""
    wanted = {"IpProtocol": str(rule["IpProtocol"])}
    wanted.update({key: int(rule[key]) for key in ("FromPort", "ToPort") if key in rule})
    if "CidrIp" in rule:
        wanted["IpRanges"] = [{"CidrIp": rule["CidrIp"]}]
    group = rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId")
    if group:
        wanted["UserIdGroupPairs"] = [{"GroupId": group}]
    return wanted


def create_vpc(_logical_id, props, _stack):
    made = ec2.create_vpc(CidrBlock=props["CidrBlock"], TagSpecifications=tag_specifications(props, "vpc"))
    vpc_id = made["Vpc"]["VpcId"]
    return vpc_id, {"VpcId": vpc_id, "CidrBlock": props["CidrBlock"]}


def create_internet_gateway(_logical_id, props, _stack):
    tags = tag_specifications(props, "internet-gateway")
    gateway_id = ec2.create_internet_gateway(TagSpecifications=tags)["InternetGateway"]["InternetGatewayId"]
    return gateway_id, {"InternetGatewayId": gateway_id}


def attach_gateway(_logical_id, props, _stack):
    ec2.attach_internet_gateway(InternetGatewayId=props["InternetGatewayId"], VpcId=props["VpcId"])
    return f"IGW|{props['VpcId']}", {}


def detach_gateway(_physical_id, props):
    ec2.detach_internet_gateway(InternetGatewayId=props["InternetGatewayId"], VpcId=props["VpcId"])


def create_subnet(_logical_id, props, _stack):
    made = ec2.create_subnet(
        VpcId=props["VpcId"],
        CidrBlock=props["CidrBlock"],
        AvailabilityZone=props["AvailabilityZone"],
        TagSpecifications=tag_specifications(props, "subnet"),
    )
    return made["Subnet"]["SubnetId"], {"SubnetId": made["Subnet"]["SubnetId"]}


def create_route_table(_logical_id, props, _stack):
    tags = tag_specifications(props, "route-table")
    table_id = ec2.create_route_table(VpcId=props["VpcId"], TagSpecifications=tags)["RouteTable"]["RouteTableId"]
    return table_id, {"RouteTableId": table_id}


def route_key(props):
    return {"RouteTableId": props["RouteTableId"], "DestinationCidrBlock": props["DestinationCidrBlock"]}


def create_route(_logical_id, props, _stack):
    ec2.create_route(**route_key(props), GatewayId=props["GatewayId"])
    return f"{props['RouteTableId']}|{props['DestinationCidrBlock']}", {}


def associate(_logical_id, props, _stack):
    made = ec2.associate_route_table(RouteTableId=props["RouteTableId"], SubnetId=props["SubnetId"])
    return made["AssociationId"], {"Id": made["AssociationId"]}


EVERYTHING_OUT = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def create_group(logical_id, props, stack):
    group_id = ec2.create_security_group(
        GroupName=f"{stack}-{logical_id}",
        Description=props["GroupDescription"],
        VpcId=props["VpcId"],
        TagSpecifications=tag_specifications(props, "security-group"),
    )["GroupId"]
    if props.get("SecurityGroupEgress"):
        ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=[EVERYTHING_OUT])
    allow(group_id, props)
    return group_id, {"GroupId": group_id, "VpcId": props["VpcId"]}


def allow(group_id, props):
    for rule in props.get("SecurityGroupIngress") or []:
        ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission(rule)])
    for rule in props.get("SecurityGroupEgress") or []:
        ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=[permission(rule)])


def update_group(group_id, old, new, _stack):
    for rule in old.get("SecurityGroupIngress") or []:
        ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=[permission(rule)])
    for rule in old.get("SecurityGroupEgress") or []:
        ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=[permission(rule)])
    allow(group_id, new)
    return group_id, {"GroupId": group_id, "VpcId": new["VpcId"]}


def create_ingress(logical_id, props, stack):
    ec2.authorize_security_group_ingress(GroupId=props["GroupId"], IpPermissions=[permission(props)])
    return f"sgr-{stack}-{logical_id}", {"Id": f"sgr-{stack}-{logical_id}"}


def delete_ingress(_physical_id, props):
    ec2.revoke_security_group_ingress(GroupId=props["GroupId"], IpPermissions=[permission(props)])


def create_egress(logical_id, props, stack):
    ec2.authorize_security_group_egress(GroupId=props["GroupId"], IpPermissions=[permission(props)])
    return f"sgr-{stack}-{logical_id}", {"Id": f"sgr-{stack}-{logical_id}"}


def delete_egress(_physical_id, props):
    ec2.revoke_security_group_egress(GroupId=props["GroupId"], IpPermissions=[permission(props)])


def create_address(_logical_id, props, _stack):
    made = ec2.allocate_address(Domain="vpc", TagSpecifications=tag_specifications(props, "elastic-ip"))
    return made["PublicIp"], {"AllocationId": made["AllocationId"], "PublicIp": made["PublicIp"]}


def release_address(public_ip, _props):
    address = ec2.describe_addresses(PublicIps=[public_ip])["Addresses"][0]
    ec2.release_address(AllocationId=address["AllocationId"])


def place_of(props):
    """Where an instance is: by its subnet, or by the interface that says whether it has a public address."""
    if not props.get("NetworkInterfaces"):
        return {"SubnetId": props["SubnetId"], "SecurityGroupIds": props.get("SecurityGroupIds") or []}
    first = props["NetworkInterfaces"][0]
    wanted = {
        "DeviceIndex": int(first["DeviceIndex"]),
        "SubnetId": first["SubnetId"],
        "Groups": first.get("GroupSet") or [],
        "AssociatePublicIpAddress": str(first.get("AssociatePublicIpAddress")).lower() == "true",
    }
    return {"NetworkInterfaces": [wanted]}


def create_instance(_logical_id, props, _stack):
    profile = props.get("IamInstanceProfile")
    made = ec2.run_instances(
        MinCount=1,
        MaxCount=1,
        ImageId=props["ImageId"],
        InstanceType=props["InstanceType"],
        TagSpecifications=tag_specifications(props, "instance"),
        **place_of(props),
        **({"IamInstanceProfile": {"Name": profile}} if profile else {}),
    )["Instances"][0]
    return made["InstanceId"], {"PrivateIp": made["PrivateIpAddress"]}


EC2_TYPES = {
    "VPC": (create_vpc, lambda vpc_id, _: ec2.delete_vpc(VpcId=vpc_id)),
    "InternetGateway": (
        create_internet_gateway,
        lambda gateway_id, _: ec2.delete_internet_gateway(InternetGatewayId=gateway_id),
    ),
    "VPCGatewayAttachment": (attach_gateway, detach_gateway),
    "Subnet": (create_subnet, lambda subnet_id, _: ec2.delete_subnet(SubnetId=subnet_id)),
    "RouteTable": (create_route_table, lambda table_id, _: ec2.delete_route_table(RouteTableId=table_id)),
    "Route": (create_route, lambda _, props: ec2.delete_route(**route_key(props))),
    "SubnetRouteTableAssociation": (
        associate,
        lambda association_id, _: ec2.disassociate_route_table(AssociationId=association_id),
    ),
    "SecurityGroup": (create_group, lambda group_id, _: ec2.delete_security_group(GroupId=group_id)),
    "SecurityGroupIngress": (create_ingress, delete_ingress),
    "SecurityGroupEgress": (create_egress, delete_egress),
    "EIP": (create_address, release_address),
    "Instance": (create_instance, lambda instance_id, _: ec2.terminate_instances(InstanceIds=[instance_id])),
}


def refuse_update(kind):
    def update(physical_id, _old, _new, _stack):
        raise ValueError(f"test/deploy/cloud.py cannot update {kind} ({physical_id})")

    return update


for name, (create, delete) in EC2_TYPES.items():
    update = update_group if name == "SecurityGroup" else refuse_update(name)
    provisioners._RESOURCE_HANDLERS[f"AWS::EC2::{name}"] = {"create": create, "update": update, "delete": delete}


# --- Instance profiles are in MiniStack's IAM; moto's EC2 asks moto's. ---

profiles = provisioners._RESOURCE_HANDLERS["AWS::IAM::InstanceProfile"]
ministack_create_profile, ministack_delete_profile = profiles["create"], profiles["delete"]


def create_profile(logical_id, props, stack):
    """A Ref to a profile is its name (AWS::IAM::InstanceProfile, "Return values"); MiniStack's is the ARN."""
    arn, attributes = ministack_create_profile(logical_id, props, stack)
    name = arn.split("/")[-1]
    iam.create_instance_profile(InstanceProfileName=name)
    return name, attributes


def delete_profile(name, props):
    arn = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Arn"]
    iam.delete_instance_profile(InstanceProfileName=name)
    ministack_delete_profile(arn, props)


profiles.update(create=create_profile, update=refuse_update("InstanceProfile"), delete=delete_profile)


# --- Composite alarms, which MiniStack's CloudWatch knows and its CloudFormation does not ---


def put_composite_alarm(_logical_id, props, _stack):
    status, _headers, body = cloudwatch._put_composite_alarm({}, props, False, is_json=True)
    if status >= 400:
        raise ValueError(body.decode())
    name = props["AlarmName"]
    return name, {"Arn": f"arn:aws:cloudwatch:{REGION}:{os.environ['MINISTACK_ACCOUNT_ID']}:alarm:{name}"}


provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::CompositeAlarm"] = {
    "create": put_composite_alarm,
    "update": lambda name, _old, new, stack: put_composite_alarm(name, new, stack),
    "delete": lambda name, _props: cloudwatch._delete_alarms({}, {"AlarmNames": [name]}, False, is_json=True),
}


# --- Where MiniStack's CloudFormation is not as AWS's ---

# The SAM CLI writes it out before it uploads; a template as it is released has the short form.
engine.CfnLoader.add_constructor("!Contains", engine._construct_cfn_tag("Fn::Contains"))

ministack_rule_value = engine._rule_param_value


def rule_value(name, definition, params):
    """An empty list parameter is a list of one empty text in Rules (cfn-language-discussion#102), not an empty list."""
    value = ministack_rule_value(name, definition, params)
    return [""] if value == [] else value


engine._rule_param_value = rule_value

ministack_conditions = engine._evaluate_conditions


def split_and_join(value, params):
    """Fn::Join, Fn::Split and Fn::Select inside a condition; MiniStack compares them unresolved."""
    if isinstance(value, list):
        return [split_and_join(item, params) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        separator, items = split_and_join(value["Fn::Join"], params)
        return separator.join(items if isinstance(items, list) else items.split(","))
    if "Fn::Split" in value:
        separator, text = split_and_join(value["Fn::Split"], params)
        return text.split(separator)
    if "Fn::Select" in value:
        index, items = split_and_join(value["Fn::Select"], params)
        return items[int(index)]
    if "Ref" in value and value["Ref"] in params:
        return params[value["Ref"]]["Value"]
    return {key: split_and_join(item, params) for key, item in value.items()}


def conditions(template, params):
    resolved = {name: split_and_join(wanted, params) for name, wanted in template.get("Conditions", {}).items()}
    return ministack_conditions({**template, "Conditions": resolved}, params)


for module in list(sys.modules.values()):
    if getattr(module, "_evaluate_conditions", None) is ministack_conditions:
        module._evaluate_conditions = conditions


# --- A custom resource whose creation failed is deleted in the rollback, like all that was begun ---

ministack_deliver = custom_resource.deliver_response
ministack_create_custom = provisioners._custom_resource_create
latest_ids = {}


def deliver(token, response):
    latest_ids[response.get("LogicalResourceId")] = response.get("PhysicalResourceId")
    return ministack_deliver(token, response)


def create_custom(logical_id, props, stack_name, resource_type):
    try:
        return ministack_create_custom(logical_id, props, stack_name, resource_type)
    except RuntimeError:
        provisioners._custom_resource_delete(
            latest_ids[logical_id], props, stack_name=stack_name, logical_id=logical_id, resource_type=resource_type
        )
        raise


custom_resource.deliver_response = deliver
provisioners._custom_resource_create = create_custom


# --- A stack that is deleted while it is created. MiniStack lets both run on, side by side, over the same resources: the
# creation's own end then passes for the deletion's, and what it makes after that is in no stack. ---

ministack_deploy, ministack_delete = stacks._deploy_stack_async, stacks._delete_stack_async
ministack_roll_back, ministack_provision = stacks._roll_back_operation, stacks._provision_keeping_seed
creations, broken_off = {}, set()


async def deploy_stack(stack_name, stack_id, *rest, **named):
    ended = creations[stack_id] = asyncio.Event()
    try:
        await ministack_deploy(stack_name, stack_id, *rest, **named)
    finally:
        del creations[stack_id]
        ended.set()


async def delete_stack(stack_name, stack_id, *rest, **named):
    """What is being made is waited for, nothing more is begun, and all of it is deleted."""
    creation = creations.get(stack_id)
    if creation is not None:
        broken_off.add(stack_name)
        stacks_there()[stack_name]["StackStatus"] = "DELETE_IN_PROGRESS"
        await creation.wait()
        broken_off.discard(stack_name)
    await ministack_delete(stack_name, stack_id, *rest, **named)


def stacks_there():
    from ministack.services.cloudformation import _stacks

    return _stacks


def provision(resource_type, logical_id, props, stack_name):
    if stack_name in broken_off:
        raise ValueError("Resource creation cancelled")
    return ministack_provision(resource_type, logical_id, props, stack_name)


async def roll_back(stack_name, *rest, **named):
    if stack_name not in broken_off:
        await ministack_roll_back(stack_name, *rest, **named)


stacks._deploy_stack_async = handlers._deploy_stack_async = changesets._deploy_stack_async = deploy_stack
stacks._delete_stack_async = handlers._delete_stack_async = delete_stack
stacks._roll_back_operation, stacks._provision_keeping_seed = roll_back, provision


# --- The public parameter of the newest AL2023 image for arm64 ---

IMAGE_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
ssm._PUBLIC_AMI_PARAMETERS[IMAGE_PARAMETER] = moto("ssm").get_parameter(Name=IMAGE_PARAMETER)["Parameter"]["Value"]


# --- EC2's events come from outside: moto sends none, so the harness does, and nobody else may. ---

ministack_put_events = eventbridge._put_events
eventbridge._put_events = lambda data, allow_aws_source=True: ministack_put_events(data, allow_aws_source)


# --- The functions' logs: a line's time is its own, not that of the invocation's end; and all of it outlives the stack. ---

ministack_append = cloudwatch_logs._append_log_events
ministack_emit = lambda_svc._emit_lambda_logs


def own_time(event):
    try:
        text = json.loads(event["message"])["timestamp"]
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (ValueError, KeyError, TypeError):
        return event
    return {**event, "timestamp": int(moment.timestamp() * 1000)}


def emit(function, request_id, text, error, duration_ms, **rest):
    name = (function.get("config") or function).get("FunctionName", "unknown")
    with open(os.path.join(os.environ["FUNCTION_LOGS"], f"{name}.log"), "a") as file:
        file.write(f"{text}\n")
    ministack_emit(function, request_id, text, error, duration_ms, **rest)


cloudwatch_logs._append_log_events = lambda stream, events: ministack_append(stream, [own_time(e) for e in events])
lambda_svc._emit_lambda_logs = emit


def end_with_stdin():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_stdin, daemon=True).start()
sys.argv = ["ministack"]
main()
