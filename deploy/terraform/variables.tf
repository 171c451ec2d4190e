# Written by npm run terraform:variables from the stack's parameters. Change scripts/terraform-variables.ts or template.yaml, not this: the variables.

variable "name" {
  description = "Name of the CloudFormation stack, and the beginning of the names of what it creates."
  type        = string
  default     = "phoenat"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9-]{0,127}$", var.name))
    error_message = "The name must begin with a letter and have up to 128 letters, digits and hyphens."
  }
}

variable "zones" {
  description = "One object for each NAT instance, 1 to 6: the public subnet that it is launched in, the private subnets whose default route leads to it, and, if you have one for it, the allocation ID of an unused Elastic IP. The route tables of its private subnets may serve no other zone and no public subnet. The order counts: the first is zone a."
  type = list(object({
    public_subnet_id   = string
    private_subnet_ids = list(string)
    allocation_id      = optional(string, "")
  }))
  nullable = false

  validation {
    condition     = length(var.zones) >= 1 && length(var.zones) <= 6
    error_message = "There must be 1 to 6 zones."
  }
  validation {
    condition     = alltrue([for zone in var.zones : length(zone.private_subnet_ids) > 0])
    error_message = "Each zone needs at least one private subnet: leave out a zone that serves nothing."
  }
  validation {
    condition     = length(distinct(flatten(var.zones[*].private_subnet_ids))) == length(flatten(var.zones[*].private_subnet_ids))
    error_message = "A private subnet can be in one zone only."
  }
}

variable "artifacts_directory" {
  description = "Folder with phoenat.template.yaml and the functions' archives. If null, the folder artifacts of this module, where a release has them."
  type        = string
  default     = null
}

variable "artifacts_bucket" {
  description = "Name of an S3 bucket in the stack's Region to upload the template and the functions' archives to. If null, the module creates one."
  type        = string
  default     = null
}

variable "artifacts_prefix" {
  description = "What the names of the uploaded objects begin with."
  type        = string
  default     = "phoenat/"
  nullable    = false
}

# Network and allowed traffic

variable "vpc_id" {
  description = "The VPC whose private subnets get internet access. A stack serves one VPC and cannot be moved to another."
  type        = string
  nullable    = false
}

variable "client_cidr_blocks" {
  description = "IPv4 CIDR ranges whose traffic the NAT instances accept, usually the CIDR blocks of the VPC, such as 10.0.0.0/16. Up to 5. If empty, only the traffic of client security groups is accepted."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for value in var.client_cidr_blocks : can(regex("^(\\d{1,3}(\\.\\d{1,3}){3}/\\d{1,2})?$", value))])
    error_message = "client_cidr_blocks must be up to 5 IPv4 CIDR ranges such as 10.0.0.0/16, or empty."
  }
}

variable "client_security_group_ids" {
  description = "IDs of security groups whose members' traffic the NAT instances accept too. Up to 3. The group that this stack creates (output client_security_group_id) is always accepted. If client_cidr_blocks is not empty, the address of a member must also be in one of those ranges."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for value in var.client_security_group_ids : can(regex("^(sg-[0-9a-f]{8,17})?$", value))])
    error_message = "client_security_group_ids must be up to 3 security group IDs (sg-…), or empty."
  }
}

variable "traffic" {
  description = "What clients may send to the internet. https: TCP port 443. web: TCP ports 80 and 443. all: every protocol and port, as through a NAT gateway."
  type        = string
  default     = "web"
  nullable    = false

  validation {
    condition     = contains(["https", "web", "all"], var.traffic)
    error_message = "traffic must be one of https, web, all."
  }
}

variable "egress_allow_list" {
  description = "IPv4 CIDR ranges that clients may reach: 203.0.113.0/24 (TCP port 443), 203.0.113.7/32:5432 (TCP port 5432), 198.51.100.0/24:123/udp (UDP port 123). Clients then reach nothing else, whatever traffic says, except allowed_domains. If empty, destinations are not restricted by address."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for value in var.egress_allow_list : can(regex("^(\\d{1,3}(\\.\\d{1,3}){3}/\\d{1,2}(:\\d{1,5}(/(tcp|udp))?)?)?$", value))])
    error_message = "egress_allow_list must be IPv4 CIDR ranges, with or without a port, such as 203.0.113.0/24:443, or empty."
  }
}

variable "allowed_domains" {
  description = "Domain names that clients may reach over HTTP and HTTPS: example.com, or .example.com for it and all its subdomains. Clients then reach nothing else, whatever traffic says, except egress_allow_list. If empty, destinations are not restricted by name."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for value in var.allowed_domains : can(regex("^(\\.?([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z][a-z0-9-]*[a-z0-9])?$", value))])
    error_message = "allowed_domains must be domain names in lower case such as example.com, or .example.com with its subdomains, or empty."
  }
}

variable "admin_cidr_block" {
  description = "IPv4 CIDR range from which SSH to the NAT instances is allowed. They have no key pair; EC2 Instance Connect can send a key, if the AMI supports it. If empty, SSH is closed: Session Manager needs no open port."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(\\d{1,3}(\\.\\d{1,3}){3}/\\d{1,2})?$", var.admin_cidr_block))
    error_message = "admin_cidr_block must be an IPv4 CIDR range such as 198.51.100.7/32, or empty."
  }
}

# NAT instances

variable "ami" {
  description = "The AMI of the NAT instances: al2023 (Amazon Linux 2023), fck-nat, amzn-ami-vpc-nat (x86_64 only, end of life), an AMI ID (ami-…), or an owner and a name pattern, such as self:my-nat-*. The newest match is taken at each launch."
  type        = string
  default     = "al2023"
  nullable    = false

  validation {
    condition     = can(regex("^(al2023|fck-nat|amzn-ami-vpc-nat|ami-[0-9a-f]{8,17}|(\\d{12}|amazon|self|aws-marketplace):\\S.{0,255})$", var.ami))
    error_message = "ami must be al2023, fck-nat, amzn-ami-vpc-nat, an AMI ID (ami-…), or owner:name-pattern."
  }
}

variable "instance_types" {
  description = "EC2 instance types in the order in which they are tried. Name more than one: if EC2 has no capacity for the first, the next one is launched."
  type        = list(string)
  default     = ["t4g.nano", "t4g.micro"]
  nullable    = false

  validation {
    condition     = alltrue([for value in var.instance_types : can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", value))])
    error_message = "instance_types must be EC2 instance types such as t4g.nano."
  }
}

variable "market_type" {
  description = "spot: launches ask for Spot capacity first, which costs a fraction, and are on demand where EC2 refuses it, where a neighbouring zone depends on a new Spot Instance or is in trouble, or where one did not last an hour or got a warning in it. EC2 may take a Spot Instance back two minutes after a warning, and Phoenat replaces it then. The account needs Spot's service-linked role (docs/security.md). What runs stays as it is until its next launch. on-demand: no launch asks for Spot."
  type        = string
  default     = "on-demand"
  nullable    = false

  validation {
    condition     = contains(["on-demand", "spot"], var.market_type)
    error_message = "market_type must be one of on-demand, spot."
  }
}

variable "volume_size" {
  description = "Size of the encrypted root volume in GiB, 8 to 100."
  type        = number
  default     = 8
  nullable    = false

  validation {
    condition     = var.volume_size >= 8 && var.volume_size <= 100 && floor(var.volume_size) == var.volume_size
    error_message = "volume_size must be a whole number from 8 to 100."
  }
}

variable "volume_kms_key_arn" {
  description = "ARN of the customer managed KMS key that is the default for EBS encryption in this account and Region. Without it, Phoenat may not launch instances with that key. Leave empty if the default is the AWS managed key (aws/ebs)."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\\d{12}:key/[0-9a-zA-Z-]+)?$", var.volume_kms_key_arn))
    error_message = "volume_kms_key_arn must be the ARN of a KMS key (arn:aws:kms:…:key/…), not of an alias, or empty."
  }
}

variable "max_instance_age_days" {
  description = "Days after which an instance is replaced by one from the newest AMI, 1 to 365. 0 means never."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.max_instance_age_days >= 0 && var.max_instance_age_days <= 365 && floor(var.max_instance_age_days) == var.max_instance_age_days
    error_message = "max_instance_age_days must be a whole number from 0 to 365."
  }
}

variable "ready_timeout_seconds" {
  description = "Seconds in which a new instance must be ready, 120 to 3600. After that it is terminated and another is launched."
  type        = number
  default     = 600
  nullable    = false

  validation {
    condition     = var.ready_timeout_seconds >= 120 && var.ready_timeout_seconds <= 3600 && floor(var.ready_timeout_seconds) == var.ready_timeout_seconds
    error_message = "ready_timeout_seconds must be a whole number from 120 to 3600."
  }
}

variable "hand_over_seconds" {
  description = "Seconds for which an instance that is stopped or terminated (with stand_in = true and several zones, or a standby, also one that is rebooted) holds its shutdown at most, 0 to 180. It goes on forwarding until its public address has moved. Needs probe = true: without probes the zone is healed as if the instance were gone. How long EC2 lets it hold is not known: it may switch the instance off sooner. 0: it does not hold it."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.hand_over_seconds >= 0 && var.hand_over_seconds <= 180 && floor(var.hand_over_seconds) == var.hand_over_seconds
    error_message = "hand_over_seconds must be a whole number from 0 to 180."
  }
}

variable "max_launches_per_hour" {
  description = "Instances that may be launched in a zone within an hour, 1 to 20. At this number the zone's circuit breaker opens: nothing is launched there until the first of them is an hour old."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.max_launches_per_hour >= 1 && var.max_launches_per_hour <= 20 && floor(var.max_launches_per_hour) == var.max_launches_per_hour
    error_message = "max_launches_per_hour must be a whole number from 1 to 20."
  }
}

variable "stand_in" {
  description = "true: with several zones, each NAT instance gets a secondary private address and translates what comes from other zones to it. A zone whose instance fails is then carried by the instance of the next zone, at its own Elastic IP, until an instance of its own is ready. What a route leads to a neighbour without the zone's Elastic IP is lost. Has no effect with one zone, allowed_domains or amzn-ami-vpc-nat. false: a zone without an instance waits for a launch."
  type        = bool
  default     = true
  nullable    = false
}

variable "standby" {
  description = "true: with one zone, a second NAT instance runs beside its own, in the same public subnet and with an Elastic IP of its own. When the zone's instance fails, it carries the zone at the zone's own Elastic IP until there is another. It costs as much as another zone. Refused with several zones, which stand in for one another (stand_in), with allowed_domains and with amzn-ami-vpc-nat. false: a zone without an instance waits for a launch."
  type        = bool
  default     = false
  nullable    = false
}

variable "spare_interface" {
  description = "true: each zone keeps a free network interface in its public subnet, so that a failover need not make one first, which saves one round trip to EC2 (some 0.1 s) and works in a subnet that is full by then. It costs nothing, and takes a private address of the subnet, or two where zones stand in for one another. false: interfaces that nothing uses are deleted."
  type        = bool
  default     = true
  nullable    = false
}

variable "flow_table" {
  description = "true: packets of TCP and UDP connections that are let through take the kernel's flow table, a short way past most of its work, where the kernel has one: each costs less of the CPU then. Where it has none, the instance forwards without, and its health answer says so. Its counters of what it lets through then stand still, and are left out. The gain is not measured on EC2. false: every packet takes the usual way."
  type        = bool
  default     = false
  nullable    = false
}

variable "keep_connections" {
  description = "Which TCP connections outlive a NAT instance that dies without a word, where no copy of them is known. senders: those whose client sends something. all: those whose client only listens, too. For five minutes after a boot, and after a public address has come to an instance, it copies each packet from a permitted server that belongs to no known connection to the clients of its zone, or of all other zones where it stands in for one, and only the owner answers. Such packets must reach the instance first, so its security group then lets TCP 32768-65535 in from anywhere, and out to anywhere; the instance's own rules drop all else. Clients get copies of packets that are not theirs. UDP, QUIC too, and connections through allowed_domains are not kept."
  type        = string
  default     = "senders"
  nullable    = false

  validation {
    condition     = contains(["senders", "all"], var.keep_connections)
    error_message = "keep_connections must be one of senders, all."
  }
}

# Probes and watches

variable "probe" {
  description = "true: a Lambda function in the first private subnet of each zone sends requests through the NAT instance, at least once a minute, and Phoenat acts on what it sees. false: there are no such functions, and Phoenat relies on EC2's status checks, which pass for an instance that forwards nothing."
  type        = bool
  default     = true
  nullable    = false
}

variable "probe_targets" {
  description = "Up to 5 HTTPS URLs that the probes request, best of several independent operators: a zone counts as cut off only if none answers. egress_allow_list and allowed_domains must allow them. If empty: https://checkip.amazonaws.com/, https://www.gstatic.com/generate_204 and https://1.1.1.1/, as far as they are allowed, and up to 5 in all of allowed_domains."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for value in var.probe_targets : can(regex("^(https://[!-~]{1,192})?$", value))])
    error_message = "probe_targets must be up to 5 URLs that begin with https://, on port 443, or empty."
  }
}

variable "watch" {
  description = "auto: on where instances stand in for one another (stand_in with two or more zones, or a standby), with probe = true, and where the keys of tags have letters, digits and + - = . , _ : @ only; otherwise off, and the report says why if it is the keys. on: with two or more zones, or a standby, each NAT instance pings that of another zone five times a second, and 0.8 s of silence wakes Phoenat, which looks and asks the probes of both zones. An instance that hangs is then found within seconds. Without probes it costs something and finds nothing; other keys of tags are refused. off: nobody watches."
  type        = string
  default     = "auto"
  nullable    = false

  validation {
    condition     = contains(["auto", "on", "off"], var.watch)
    error_message = "watch must be one of auto, on, off."
  }
}

# Tags, permissions and functions

variable "tags" {
  description = "Tags of everything that the stack creates, and of the NAT instances, their volumes and network interfaces, which it launches. Up to 40; a value cannot contain a comma."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key, value in var.tags : !strcontains(key, "=") && !strcontains("${key}${value}", ",") && !startswith(lower(key), "aws:") && !startswith(lower(key), "phoenat:")])
    error_message = "tags: no key or value may contain a comma, no key an equals sign, and no key may begin with aws: or phoenat:."
  }
}

variable "permissions_boundary" {
  description = "ARN of the IAM policy to set as permissions boundary of the roles that this stack creates, if your organisation requires one. It must allow what docs/security.md lists. If empty, the roles have none."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(arn:[a-z-]+:iam::(\\d{12}|aws):policy/[\\w+=,.@/-]+)?$", var.permissions_boundary))
    error_message = "permissions_boundary must be the ARN of an IAM policy, or empty."
  }
}

variable "architecture" {
  description = "Processor of the functions. Their code is the same on both. x86_64, for an organisation that asks for it, costs a quarter more. The NAT instances' own is that of instance_types."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be one of arm64, x86_64."
  }
}

# Metrics, logs and alarms

variable "metric_namespace" {
  description = "CloudWatch namespace of Phoenat's metrics."
  type        = string
  default     = "Phoenat"
  nullable    = false
}

variable "log_retention_days" {
  description = "Days for which the logs of the Lambda functions are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 180, 365], var.log_retention_days)
    error_message = "log_retention_days must be one of 1, 3, 5, 7, 14, 30, 60, 90, 180, 365."
  }
}

variable "alarm_email" {
  description = "Email address for alarms that are worth waking somebody for and, if morning_email is empty, for all others. AWS mails a confirmation link for each of the two SNS topics; no alarm arrives before it is opened. If empty, subscribe to the topic of the output alarm_topic_arn yourself."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^([^@\\s]+@[^@\\s]+\\.[^@\\s]+)?$", var.alarm_email))
    error_message = "alarm_email must be an email address, or empty."
  }
}

variable "morning_email" {
  description = "Email address for alarms that can wait until morning. AWS mails a confirmation link; no alarm arrives before it is opened. If empty, they go to alarm_email."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^([^@\\s]+@[^@\\s]+\\.[^@\\s]+)?$", var.morning_email))
    error_message = "morning_email must be an email address, or empty."
  }
}

variable "runbook_url" {
  description = "Address of the page that the text of each alarm ends with, followed by its section (…#phoenat-zone-down). By default it is the page in a checkout of Phoenat. Give the URL of a copy that whoever is woken can open, such as in your wiki."
  type        = string
  default     = "docs/operations"
  nullable    = false

  validation {
    condition     = can(regex("^(https?://[^\\s#]+|docs/operations)$", var.runbook_url))
    error_message = "runbook_url must be docs/operations, or a URL of up to 300 characters that begins with https:// or http:// and has no fragment (#…)."
  }
}
