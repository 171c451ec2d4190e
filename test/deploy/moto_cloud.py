"""moto with what its EC2 lacks where something is removed. All of it is in this file, and listed in README.md.

Takes the arguments of moto_server.
"""

import copy
import sys

from moto.ec2.exceptions import DependencyViolationError, EC2ClientError
from moto.ec2.models.elastic_network_interfaces import NetworkInterfaceBackend
from moto.ec2.models.instances import Instance
from moto.ec2.models.subnets import SubnetBackend
from moto.server import main

moto_prepare, moto_terminate = Instance.prep_nics, Instance.terminate
moto_delete_interface = NetworkInterfaceBackend.delete_network_interface
moto_delete_subnet = SubnetBackend.delete_subnet


def prepare(self, interfaces, *rest, **named):
    """An interface that a launch makes goes with its instance if nothing else is said (EC2 API, RunInstances)."""
    self.nics = {}
    interfaces = interfaces or ([{"DeviceIndex": 0}] if self.subnet_id else [])
    for interface in interfaces:
        if not interface.get("NetworkInterfaceId"):
            interface.setdefault("DeleteOnTermination", True)
    return moto_prepare(self, interfaces, *rest, **named)


def terminate(self):
    """Its interfaces are detached; moto leaves those that outlive it "in-use", and at an instance that is gone."""
    if self._state.name == "terminated":
        return copy.copy(self._state)
    for interface in self.nics.values():
        interface.instance = None
        interface.attachment_id = None
        interface.attach_time = None
        interface.status = "available"
    return moto_terminate(self)


def delete_interface(self, eni_id):
    interface = self.enis.get(eni_id)
    if interface is not None and interface.status == "in-use":
        raise EC2ClientError("InvalidParameterValue", f"Network interface '{eni_id}' is currently in use.")
    return moto_delete_interface(self, eni_id)


def delete_subnet(self, subnet_id):
    if any(interface.subnet.id == subnet_id for interface in self.enis.values()):
        raise DependencyViolationError(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
    return moto_delete_subnet(self, subnet_id)


Instance.prep_nics, Instance.terminate = prepare, terminate
NetworkInterfaceBackend.delete_network_interface = delete_interface
SubnetBackend.delete_subnet = delete_subnet

sys.exit(main())
